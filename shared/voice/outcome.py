"""From a model's whole reply to the command's result, or the fault to send back."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from shared.voice.checks import Check, check_code
from shared.voice.records import Intent, Interaction
from shared.voice.reply import Header, MalformedReply, Reply
from shared.voice.repository import Applied, Undone, commit_map, edit_maps
from shared.voice.server_messages import Error, Result, ServerMessage, Status
from shared.voice.window import Command

_NEED_WORDS = frozenset({Intent.EXPLAIN, Intent.UNCLEAR})
_REWRITES = frozenset({Intent.MODIFY, Intent.DEBUG})
UNDONE = "The last command is forgotten; the next one starts from the one before it."
NOTHING_TO_UNDO = "There is nothing to take back."


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a usable reply comes to; `code` is None where there is none."""

    reply: Reply
    code: str | None
    checks: tuple[Check, ...]

    def to_result(self) -> dict[str, Any]:
        """The object `result` of the WebSocket message."""
        header = self.reply.header
        return {
            "code": self.code,
            "language": header.language,
            "filename": header.filename,
            "explanation": self.reply.explanation,
            "edits": [],
            "commit": None,
            "checks": [check.to_map() for check in self.checks],
        }


def judge(reply: Reply, commands: Sequence[Command]) -> Outcome:
    """Decide whether a reply can be shown.

    Raises:
        MalformedReply: its edits do not fit, or its code does not parse or has a bad path.
    """
    code = reply.code
    if reply.edits:
        reply, code = _apply(reply, commands)
    header = reply.header
    if header.intent in _NEED_WORDS and not reply.explanation:
        raise MalformedReply("The explanation or the question is missing.")
    if code is None:
        return Outcome(reply=reply, code=None, checks=())
    _check_seen_whole(reply.header, commands)
    checks = check_code(code, header.language, header.filename)
    for check in checks:
        if not check.ok and check.name in ("parse", "paths"):
            raise MalformedReply(f"The {check.name} check failed: {check.detail}.")
    return Outcome(reply=reply, code=code, checks=checks)


def _check_seen_whole(header: Header, commands: Sequence[Command]) -> None:
    """Refuse the new content of a file of which the model saw only the beginning."""
    known = next((c for c in reversed(commands) if c.code and c.filename == header.filename), None)
    if header.intent in _REWRITES and known is not None and known.is_cut:
        raise MalformedReply(
            "The file is longer than what you were shown, so it cannot be rewritten whole: "
            "answer `intent: unclear` and say that it is too long for one command."
        )


def as_command(interaction: Interaction) -> Command:
    """A finished command as the window keeps it."""
    result = interaction.result or {}
    return Command(
        interaction_id=interaction.id,
        at=interaction.created_at,
        transcript=interaction.transcript,
        intent=interaction.intent or Intent.UNCLEAR.value,
        language=result["language"],
        filename=result["filename"],
        code=result["code"] or "",
        explanation=result["explanation"],
    )


def applied_result(reply: Reply, applied: Applied) -> dict[str, Any]:
    """The `result` of a command that changed the repository."""
    return {
        "code": applied.code,
        "language": reply.header.language,
        "filename": applied.path or reply.header.filename,
        "explanation": reply.explanation,
        "edits": edit_maps(applied.edits),
        "commit": commit_map(applied.commit),
        "checks": [check.to_map() for check in applied.checks],
    }


def undone_result(undone: Undone) -> dict[str, Any]:
    """The `result` of taking the newest command in the repository back."""
    if undone.interaction_id is None:
        return plain_result(NOTHING_TO_UNDO)
    paths = ", ".join(change.path for change in undone.edits)
    result = plain_result(f"Taken back by a new commit: {paths}.")
    return result | {"edits": edit_maps(undone.edits), "commit": commit_map(undone.commit)}


def plain_result(explanation: str) -> dict[str, Any]:
    """The `result` of a command that made no code."""
    return {
        "code": None,
        "language": None,
        "filename": None,
        "explanation": explanation,
        "edits": [],
        "commit": None,
        "checks": [],
    }


def as_message(interaction: Interaction) -> ServerMessage:
    """The message that tells the client how a finished command ended."""
    if interaction.result is not None:
        return Result(
            turn=interaction.turn,
            interaction_id=interaction.id,
            transcript=interaction.transcript,
            intent=interaction.intent,
            result=interaction.result,
            timings=asdict(interaction.timings),
            usage=asdict(interaction.usage),
        )
    if interaction.error is not None:
        return Error(
            turn=interaction.turn, interaction_id=interaction.id, **asdict(interaction.error)
        )
    return Status(turn=interaction.turn, state="cancelled")


def _apply(reply: Reply, commands: Sequence[Command]) -> tuple[Reply, str]:
    """Apply edits to the newest code of their file in the window: each must fit exactly once."""
    paths = {edit.path for edit in reply.edits} | {reply.header.filename or reply.edits[0].path}
    path = next(iter(paths))
    known = next((c for c in reversed(commands) if c.code and c.filename == path), None)
    if len(paths) > 1 or known is None or known.is_cut:
        raise MalformedReply("Give the whole new content of one file in a fenced block.")
    code = known.code
    for edit in reply.edits:
        found = code.find(edit.search)
        if not edit.search or found < 0 or found != code.rfind(edit.search):
            raise MalformedReply(
                "A SEARCH part does not stand exactly once in the file. "
                "Give the whole new content of the file in a fenced block."
            )
        code = code[:found] + edit.replace + code[found + len(edit.search) :]
    return replace(reply, header=replace(reply.header, filename=path)), code
