"""When a connection has to end: token, silence, age, shutdown, a client that left."""

from dataclasses import dataclass
from typing import Final, Literal

from shared.voice.effects import CloseSocket, Effect, Send, fault
from shared.voice.server_messages import Reconnect

TOKEN_NOTICE_S: Final = 60.0
IDLE_S: Final = 300.0
MAX_AGE_S: Final = 55 * 60.0
_LIMIT_PATIENCE_S: Final = 180.0
_DRAIN_S: Final = 7.0
_RESUME_GRACE_S: Final = 5.0
_GIVE_UP_S: Final = 60.0
_KEEP_EVERY_S: Final = 30.0
_TOKEN_TEXT: Final = "The ID token runs out in a minute; send `auth` with a fresh one."


@dataclass(slots=True, kw_only=True)
class Lifetime:
    """Times are monotonic seconds.

    Cloud Run ends a request after 60 minutes and kills an instance 10 s after SIGTERM
    (https://cloud.google.com/run/docs/triggering/websockets), so both are met before they strike.
    """

    opened_at: float
    token_ends: float | None
    input_at: float = 0.0
    kept_at: float = 0.0
    gone: bool = False
    draining: Literal["deploy", "limit"] | None = None
    _closed: bool = False
    _stopping: bool = False
    _told_token: bool = False
    _close_by: float = 0.0
    _end_turn_at: float | None = None
    _give_up_at: float = 0.0
    _given_up: bool = False

    def __post_init__(self) -> None:
        self.input_at = self.opened_at

    @property
    def accepting(self) -> bool:
        """Whether the client's audio is still taken."""
        return not (self._closed or self._stopping or self.draining == "deploy")

    def stop(self) -> None:
        """The client wants to close when all is done."""
        self._stopping = True

    def renew(self, token_ends: float) -> None:
        """A fresh token is good until then."""
        self.token_ends, self._told_token = token_ends, False

    def lose_client(self, now: float, *, resumable: bool) -> float:
        """The socket is closed: when to end the words that were being said.

        A client that can resume gets a moment to do so before.
        """
        self.gone = self._closed = True
        self._end_turn_at = now + _RESUME_GRACE_S if resumable else now
        self._give_up_at = now + _GIVE_UP_S
        return self._end_turn_at

    def wants_end_of_turn(self, now: float) -> bool:
        """Once, when a client has left for good in mid-turn."""
        if self._end_turn_at is None or now < self._end_turn_at:
            return False
        self._end_turn_at = None
        # A client that was sent elsewhere says its words again there.
        return self.draining is None

    def drain(self, reason: Literal["deploy", "limit"], now: float) -> list[Effect]:
        """Ask the client to come back elsewhere; running commands may finish."""
        if self.draining == "deploy" or self.draining == reason:
            return []
        self.draining = reason
        self._close_by = now + (_DRAIN_S if reason == "deploy" else _LIMIT_PATIENCE_S)
        return [] if self._closed else [Send(Reconnect(reason=reason))]

    def may_close(self, *, quiet: bool, heard: bool) -> bool:
        """Whether the socket can be closed; `quiet`: no command runs, `heard`: all is heard."""
        if self._closed or not quiet:
            return False
        return self.draining == "deploy" or (self._stopping and heard)

    def close_socket(self) -> list[Effect]:
        """Close for the reason there is."""
        if self.draining:
            return self._close(1012, "restarting, resume")
        return self._close(1000, "done")

    def done(self, *, quiet: bool, heard: bool) -> bool:
        """Whether nothing is left to do for a client that left.

        Words that could not be heard out in a minute stay with the client, who still has them.
        """
        if self.draining == "deploy":
            return True
        heard = heard or self._given_up or self.draining is not None
        return quiet and heard and self._end_turn_at is None

    def keep_due(self, now: float) -> bool:
        """Whether the session should be stored again to show that it lives."""
        return now >= self.kept_at + _KEEP_EVERY_S

    def tick(self, now: float, *, busy: bool) -> list[Effect]:
        """Do what is due; `busy`: a command runs."""
        if self._closed:
            self._given_up = self.gone and now >= self._give_up_at
            return []
        if self.draining and now >= self._close_by:
            return self._close(1012, "restarting, resume")
        if now >= self.opened_at + MAX_AGE_S and not self.draining:
            return self.drain("limit", now)
        if now >= self.input_at + IDLE_S:
            if not busy:
                return self._close(4408, "five minutes without audio or text")
            self.input_at = now  # whoever waits for an answer is not idle
        return self._tick_token(now)

    def next_at(self) -> float | None:
        """When `tick` should come."""
        if self._closed:
            waits = self.gone and not self._given_up
            return self._give_up_at if waits and self._end_turn_at is None else self._end_turn_at
        due = [self.input_at + IDLE_S, self.opened_at + MAX_AGE_S]
        if self.draining:
            due[1] = self._close_by
        if self.token_ends is not None:
            due.append(self.token_ends - (0.0 if self._told_token else TOKEN_NOTICE_S))
        return min(due)

    def _tick_token(self, now: float) -> list[Effect]:
        if self.token_ends is None:
            return []
        if now >= self.token_ends:
            return self._close(4401, "the token ran out")
        if now >= self.token_ends - TOKEN_NOTICE_S and not self._told_token:
            self._told_token = True
            return [fault("token_expiring", _TOKEN_TEXT)]
        return []

    def _close(self, code: int, reason: str) -> list[Effect]:
        self._closed = True
        return [CloseSocket(code, reason)]
