"""What of the session's messages a client gets to see, by its mode."""

from typing import Any

from shared.voice.outcome import plain_result
from shared.voice.server_messages import Error, Result, ServerMessage, Status

_UNTOLD = frozenset({"token_expiring", "speech_gap"})


def present(message: ServerMessage, *, plain: bool) -> dict[str, Any] | None:
    """The message as JSON, without its number; None if this client does not get it.

    A plain client (it only sends audio) gets nothing but `result` messages, one per command; a
    failure is one whose `result` holds `error`.
    """
    if not plain or isinstance(message, Result):
        return message.to_wire()
    if isinstance(message, Error) and message.code not in _UNTOLD:
        error = {name: getattr(message, name) for name in ("code", "message", "retryable")}
        return _failed(message.turn, message.interaction_id, error)
    if isinstance(message, Status) and message.state == "cancelled":
        return {"type": "result", "turn": message.turn, "result": plain_result("Cancelled.")}
    return None


def _failed(turn: int | None, interaction_id: str | None, error: Any) -> dict[str, Any]:
    return {
        "type": "result",
        "turn": turn,
        "interaction_id": interaction_id,
        "result": {"code": None, "error": error},
    }
