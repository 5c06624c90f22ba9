"""What the control address may order: exact turns instead of recognition, and faults."""

from __future__ import annotations

from collections import deque
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator


class _Order(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ScriptedTurn(_Order):
    """One message of a script.

    ``at_ms``: sent when so much audio has come; without it, when the client forces the endpoint.
    ``transcript``, ``final``, ``turn_order``: a Turn message, written exactly so (the order counts
    up after each final turn unless given). ``raw``: sent as it is instead; a string goes out
    unchanged, so that it may be no JSON at all.
    """

    at_ms: int | None = Field(default=None, ge=0)
    transcript: str = ""
    final: bool = False
    turn_order: int | None = Field(default=None, ge=0)
    raw: dict[str, Any] | list[Any] | str | None = None


class Script(_Order):
    """The turns of one session; the next ``sessions`` sessions each play it from the start."""

    turns: tuple[ScriptedTurn, ...]
    sessions: int = Field(default=1, ge=1)


class Fault(_Order):
    """Something that goes wrong in the next ``times`` sessions, or in the open ones now.

    ``drop``: the connection breaks without a close. ``deaf``: nothing is sent any more, not even
    a close. ``slow``: each message is sent ``delay_ms`` late. ``error``: Error and close with
    ``code`` (3005). ``refuse``: the handshake is answered with the HTTP status ``code`` (503).
    ``no_begin``: the handshake succeeds, then nothing is ever sent. ``garbage``: a Turn without
    its fields, then a text that is not JSON. All but refuse and no_begin strike when ``after_ms``
    of audio have come; 0 is right after Begin.
    """

    kind: Literal["drop", "deaf", "slow", "error", "refuse", "no_begin", "garbage"]
    code: int | None = Field(default=None, ge=100, le=4999)
    after_ms: int = Field(default=0, ge=0)
    times: int = Field(default=1, ge=1)
    delay_ms: int = Field(default=500, ge=0)
    open_sessions: bool = False

    @model_validator(mode="after")
    def _before_begin(self) -> Fault:
        if self.open_sessions and self.kind in ("refuse", "no_begin"):
            raise ValueError(f"{self.kind} cannot strike a session that is open")
        if self.kind == "refuse" and self.code is not None and not 400 <= self.code <= 599:
            raise ValueError("refuse takes an HTTP status, 400-599")
        return self


class Orders:
    """Scripts and faults that wait for the next sessions."""

    def __init__(self) -> None:
        self._scripts: deque[tuple[Script, int]] = deque()
        self._faults: list[tuple[Fault, int]] = []

    def add_script(self, script: Script) -> None:
        """Queue a script behind those that wait."""
        self._scripts.append((script, script.sessions))

    def add_fault(self, fault: Fault) -> None:
        """Let a fault strike its next sessions, beside others that wait."""
        self._faults.append((fault, fault.times))

    def take_refusal(self) -> int | None:
        """Return the HTTP status that this handshake must be refused with, if any."""
        refusals = self._take(refuse=True)
        return (refusals[0].code or 503) if refusals else None

    def take_faults(self) -> list[Fault]:
        """Return the faults of the session that opens now."""
        return self._take(refuse=False)

    def take_script(self) -> Script | None:
        """Return the script of the session that opens now."""
        if not self._scripts:
            return None
        script, left = self._scripts.popleft()
        if left > 1:
            self._scripts.appendleft((script, left - 1))
        return script

    def _take(self, *, refuse: bool) -> list[Fault]:
        """Take each waiting fault once; of refusals only the first, since one ends it."""
        taken: list[Fault] = []
        waiting = []
        for fault, left in self._faults:
            strikes = (fault.kind == "refuse") is refuse and not (refuse and taken)
            if strikes:
                taken.append(fault)
            if left > strikes:
                waiting.append((fault, left - strikes))
        self._faults = waiting
        return taken
