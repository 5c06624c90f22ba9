"""What a voice connection reads and writes in the store; calls block."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from shared.errors import NexusError, StaleWrite
from shared.ports.clock import Clock
from shared.ports.state import Document, Patch, Put, Query, StateStore, Write
from shared.voice.effects import Save, Spent
from shared.voice.events import Loaded, Resumed, Usage
from shared.voice.records import Interaction
from shared.voice.window import Window, window_path

LIVE_S: Final = 50
_RESUMABLE_S: Final = 24 * 3600
_KEPT_TURNS: Final = 20
_TRIES: Final = 8
_ABSENT: Final = "absent"


class FencedError(NexusError):
    """Another connection has taken the session over; this one may not write any more."""


@dataclass(slots=True, kw_only=True)
class VoiceJournal:
    """The records of one connection.

    Every save is one commit that also rewrites `voice_sessions/{id}` under its last known
    version. Whoever resumes the session rewrites that document too, so from then on nothing of
    the older connection can be stored: its results, its window, its usage.

    `nonce`: random, names this connection; with the job's number it marks each write, so that a
    save whose answer was lost is recognised when it is repeated.
    """

    store: StateStore
    clock: Clock
    uid: str
    session_id: str
    nonce: str
    _open: bool = True
    _epoch: int = 1
    _version: str = _ABSENT
    _turns: dict[str, str] = field(default_factory=dict)
    _turn: int = 0
    _acked_ms: int = 0
    _window: Window = field(default_factory=Window)
    _window_version: str = _ABSENT

    def load(self) -> Loaded:
        """Read the window and today's usage."""
        window, usage = self.store.get_many([window_path(self.uid), self._usage_path()])
        self._see_window(window)
        return Loaded(self._window, _usage(usage))

    def fetch(self, interaction_id: str) -> Interaction | None:
        """Read an interaction of the history, unless it is erased."""
        found = self.store.get(self._interaction_path(interaction_id))
        if found is None:
            return None
        interaction = Interaction.from_document(found.data)
        return None if self._is_erased(interaction.created_at) else interaction

    def live_elsewhere(self, limit: int) -> int:
        """How many other sessions of the user live; counts up to `limit`."""
        where: tuple[Any, ...] = (
            ("uid", "==", self.uid),
            ("open", "==", True),
            ("live_until", ">", self.clock.now()),
        )
        query = Query(
            collection="voice_sessions", where=where, order_by="live_until", limit=limit + 1
        )
        found = self.store.query(query)
        return min(limit, sum(document.id != self.session_id for document in found))

    def check(self) -> None:
        """Raise FencedError if another connection has taken the session over."""
        found = self.store.get(f"voice_sessions/{self.session_id}")
        if found is not None and found.data["epoch"] != self._epoch:
            raise FencedError("The session goes on over another connection.")

    def resume(self, session_id: str, last_turn: int) -> Resumed | None:
        """Take a session over: from now on the connection that held it cannot write.

        None if it does not exist, is another user's, or is more than a day old.
        """
        for _ in range(_TRIES):
            found = self.store.get(f"voice_sessions/{session_id}")
            if found is None or not self._may_resume(found):
                return None
            try:
                self._take_over(session_id, found)
            except StaleWrite:
                continue
            loaded = self.load()
            return Resumed(
                session_id=session_id,
                turn=self._turn,
                acked_ms=self._acked_ms,
                window=loaded.window,
                usage=loaded.usage,
                interactions=self._since(last_turn),
            )
        raise StaleWrite("The session is being taken over by several connections at once.")

    def save(self, save: Save) -> Window | None:
        """Do a save, exactly once however often it is called; the window if it changed.

        Raises:
            FencedError: another connection has the session.
            UpstreamUnavailable: the outcome is not known; call again with the same save.
        """
        self._open = self._open and not save.closed
        for _ in range(_TRIES):
            window = self._changed_window(save)
            try:
                versions = self.store.commit(self._writes(save, window))
            except StaleWrite:
                if not self._was_written(save.job):
                    continue
                return self._window if window else None
            self._note(save)
            self._version = versions[0]
            if window:
                self._window, self._window_version = window, versions[1]
            return window
        raise StaleWrite("The context window is written by too many sessions at once.")

    def _writes(self, save: Save, window: Window | None) -> list[Write]:
        writes: list[Write] = [
            Put(
                path=f"voice_sessions/{self.session_id}",
                data=self._session_document(save),
                if_version=self._version,
            )
        ]
        if window:
            path, version = window_path(self.uid), self._window_version
            writes.append(Put(path=path, data=window.to_document(), if_version=version))
        if save.interaction and not self._is_erased(save.interaction.created_at):
            path = self._interaction_path(save.interaction.id)
            writes.append(Put(path=path, data=save.interaction.to_document()))
        if save.spent != Spent():
            writes.append(Patch(path=self._usage_path(), add=_added(save.spent)))
        return writes

    def _session_document(self, save: Save | None) -> dict[str, Any]:
        now = self.clock.now()
        turn, turns, acked = self._after(save)
        job = save.job if save else 0
        return {
            "uid": self.uid,
            "epoch": self._epoch,
            "turn": turn,
            "turns": turns,
            "acked_ms": acked,
            "open": self._open,
            "live_until": now + timedelta(seconds=LIVE_S),
            "expires_at": now + timedelta(seconds=_RESUMABLE_S),
            "writer": self._mark(job),
        }

    def _after(self, save: Save | None) -> tuple[int, dict[str, str], int]:
        if save is None or save.interaction is None:
            return self._turn, self._turns, self._acked_ms
        turn = save.interaction.turn
        turns = {**self._turns, str(turn): save.interaction.id}
        kept = dict(sorted(turns.items(), key=lambda item: int(item[0]))[-_KEPT_TURNS:])
        return max(self._turn, turn), kept, max(self._acked_ms, save.acked_ms)

    def _note(self, save: Save) -> None:
        self._turn, self._turns, self._acked_ms = self._after(save)

    def _changed_window(self, save: Save) -> Window | None:
        if save.forget:
            return self._window.drop(save.forget)
        if save.remember is None:
            return None
        if self._is_erased(save.remember.at):
            return None
        return self._window.add(save.remember)

    def _is_erased(self, created_at: datetime) -> bool:
        """Whether the user erased their history after this was said."""
        cleared_at = self._window.cleared_at
        return cleared_at is not None and created_at <= cleared_at

    def _was_written(self, job: int) -> bool:
        """After a stale commit: whether it was this very one; else make ready for the next try."""
        session, window = self.store.get_many(
            [f"voice_sessions/{self.session_id}", window_path(self.uid)]
        )
        self._see_window(window)
        if session is None:
            self._version = _ABSENT
            return False
        if session.data["epoch"] != self._epoch or not self._is_own(session):
            raise FencedError("The session goes on over another connection.")
        self._read_session(session)
        return str(session.data["writer"]) == self._mark(job)

    def _is_own(self, session: Document) -> bool:
        return str(session.data["writer"]).startswith(f"{self.nonce}:")

    def _may_resume(self, found: Document) -> bool:
        return bool(found.data["uid"] == self.uid and self.clock.now() < found.data["expires_at"])

    def _take_over(self, session_id: str, found: Document) -> None:
        self.session_id = session_id
        self._read_session(found)
        self._epoch = found.data["epoch"] + 1
        put = Put(path=found.path, data=self._session_document(None), if_version=found.version)
        [self._version] = self.store.commit([put])

    def _read_session(self, found: Document) -> None:
        self._version = found.version
        self._turn = found.data["turn"]
        self._turns = dict(found.data["turns"])
        self._acked_ms = found.data["acked_ms"]

    def _since(self, last_turn: int) -> Sequence[Interaction]:
        wanted = [id_ for turn, id_ in self._turns.items() if int(turn) > last_turn]
        found = self.store.get_many([self._interaction_path(id_) for id_ in wanted])
        interactions = [Interaction.from_document(one.data) for one in found if one]
        return sorted(interactions, key=lambda interaction: interaction.turn)

    def _see_window(self, found: Document | None) -> None:
        self._window = Window.from_document(found.data if found else None)
        self._window_version = found.version if found else _ABSENT

    def _mark(self, job: int) -> str:
        return f"{self.nonce}:{job}"

    def _interaction_path(self, interaction_id: str) -> str:
        return f"users/{self.uid}/interactions/{interaction_id}"

    def _usage_path(self) -> str:
        return usage_path(self.uid, self.clock.now())


def usage_path(uid: str, at: datetime) -> str:
    """Where a day's usage of a user lies; days are UTC."""
    return f"users/{uid}/usage/{at:%Y-%m-%d}"


def _usage(found: Document | None) -> Usage:
    data = found.data if found else {}
    return Usage(audio_ms=data.get("audio_ms", 0), model_calls=data.get("model_calls", 0))


def _added(spent: Spent) -> dict[str, int]:
    amounts = {
        "audio_ms": spent.audio_ms,
        "model_calls": spent.model_calls,
        "input_tokens": spent.usage.input_tokens,
        "output_tokens": spent.usage.output_tokens,
        "cache_read_tokens": spent.usage.cache_read_tokens,
    }
    return {name: amount for name, amount in amounts.items() if amount}
