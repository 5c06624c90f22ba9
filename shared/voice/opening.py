"""How a connection begins: who, when, with which limits."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from shared.voice.records import Interaction, interaction_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a user may use a day, and how long history is kept."""

    daily_audio_ms: int
    daily_model_calls: int
    history_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """The facts of a new connection.

    `wall`: the time of day at monotonic `at`. `token_ends`: Unix seconds, None for no end.
    `random`: draws 64 random bits, for ids.
    """

    session_id: str
    at: float
    wall: datetime
    token_ends: float | None
    limits: Limits
    random: Callable[[], int]

    def wall_at(self, now: float) -> datetime:
        """The time of day at a monotonic moment."""
        return self.wall + timedelta(seconds=now - self.at)

    def monotonic_at(self, unix_s: float) -> float:
        """The monotonic moment of a time of day."""
        return self.at + (datetime.fromtimestamp(unix_s, UTC) - self.wall).total_seconds()

    def interaction(
        self,
        *,
        session_id: str,
        turn: int,
        source: Literal["voice", "text"],
        text: str,
        raw: str,
        now: float,
    ) -> Interaction:
        """A new command of this connection."""
        created = self.wall_at(now)
        return Interaction(
            id=interaction_id(created, self.random()),
            session_id=session_id,
            turn=turn,
            created_at=created,
            deadline_at=created,
            expires_at=created + timedelta(days=self.limits.history_days),
            source=source,
            transcript=text,
            raw_transcript=raw,
        )
