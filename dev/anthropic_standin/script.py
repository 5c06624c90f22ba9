"""What the control address can order: scripted replies, faults and pace, and what was recorded."""

import time
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from dev.anthropic_standin.usage import PromptCache

FaultKind = Literal[
    "http",
    "overloaded_mid_stream",
    "cut",
    "hang",
    "refusal",
    "max_tokens",
    "thinking_first",
    "slow",
    "garbage_sse",
]


class Pace(BaseModel):
    """How fast a reply comes: waits in milliseconds, then tokens per second (0 = at once)."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    latency_ms: float = Field(default=120, ge=0)
    first_delta_ms: float = Field(default=15, ge=0)
    tokens_per_s: float = Field(default=400, ge=0)


class ScriptedReply(BaseModel):
    """A reply given instead of the rules' own.

    One of `text`, `chunks` (the exact text deltas) or `blocks` (vendor content blocks);
    `match` limits it to requests whose last user message holds that text (case ignored).
    """

    model_config = ConfigDict(extra="forbid")
    text: str | None = None
    chunks: list[str] | None = None
    blocks: list[dict[str, Any]] | None = None
    stop_reason: str | None = None
    match: str | None = None
    pace: Pace | None = None
    times: int = Field(default=1, ge=1)


class Fault(BaseModel):
    """A failure that the next `times` message requests meet, after `after_deltas` deltas."""

    model_config = ConfigDict(extra="forbid")
    kind: FaultKind
    status: int = Field(default=429, ge=400, le=599)
    retry_after: float | None = Field(default=None, ge=0)
    error_type: str | None = None
    message: str | None = None
    where: Literal["headers", "first_delta", "mid_stream"] = "mid_stream"
    after_deltas: int = Field(default=3, ge=0)
    times: int = Field(default=1, ge=1)
    match: str | None = None
    pace: Pace = Pace(latency_ms=2000, first_delta_ms=500, tokens_per_s=20)


@dataclass(slots=True, kw_only=True)
class Recorded:
    """One request as it came; `received_at` is Unix time in seconds; no key is kept."""

    number: int
    method: str
    path: str
    headers: dict[str, str]
    body: Any
    received_at: float
    status: int | None = None
    finished_at: float | None = None
    client_went_away: bool = False


@dataclass(slots=True)
class Script:
    """All mutable state of one stand-in; touched only on its event loop."""

    pace: Pace = field(default_factory=Pace)
    replies: list[ScriptedReply] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    requests: list[Recorded] = field(default_factory=list)
    cache: PromptCache = field(default_factory=PromptCache)
    _recorded: int = 0

    def next_reply(self, command: str) -> ScriptedReply | None:
        """Take the first queued reply that fits the command, None if there is none."""
        return _take(self.replies, command)

    def next_fault(self, command: str) -> Fault | None:
        """Take the first queued fault that fits the command, None if there is none."""
        return _take(self.faults, command)

    def record(self, method: str, path: str, headers: dict[str, str], body: Any) -> Recorded:
        """Keep a request and number it from 1."""
        self._recorded += 1
        entry = Recorded(
            number=self._recorded,
            method=method,
            path=path,
            headers=headers,
            body=body,
            received_at=time.time(),
        )
        self.requests.append(entry)
        return entry

    def reset(self) -> None:
        """Go back to the state after start: no script, no record, default pace, cold cache."""
        self.pace = Pace()
        self.replies.clear()
        self.faults.clear()
        self.requests.clear()
        self.cache.clear()


Queued = TypeVar("Queued", ScriptedReply, Fault)


def _take(queue: list[Queued], command: str) -> Queued | None:
    for item in queue:
        if item.match is None or item.match.lower() in command.lower():
            item.times -= 1
            if item.times == 0:
                queue.remove(item)
            return item
    return None
