"""A user's history: its pages, single interactions, the context window, and erasing it."""

import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from shared.errors import Conflict, FieldFault, InvalidRequest, NotFound, StaleWrite
from shared.ports.clock import Clock
from shared.ports.state import Document, Put, Query, StateStore
from shared.services.operations import Operations
from shared.voice.records import UNFINISHED, Interaction, State
from shared.voice.window import Window, window_path

ERASE: Final = "erase"
_MAX_READS: Final = 10
_MAX_TRIES: Final = 8

Condition = tuple[str, Literal["==", "<", "<=", ">", ">=", "in"], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryFilter:
    """Which interactions to show; None leaves a field free. `since` is included, `until` not."""

    intent: str | None = None
    state: State | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryPage:
    """Interactions, newest first, and where the next page begins; None at the end."""

    interactions: tuple[Interaction, ...]
    next_cursor: str | None


class History:
    """The use cases of the function `voice`."""

    def __init__(self, store: StateStore, operations: Operations, clock: Clock) -> None:
        self._store = store
        self._operations = operations
        self._clock = clock

    def page(
        self, uid: str, wanted: HistoryFilter, *, limit: int, cursor: str | None = None
    ) -> HistoryPage:
        """One page, newest first.

        A page may hold less than `limit` although there are more: reading stops after ten
        queries, for a filter that almost nothing passes. Its cursor then goes on from there.

        Raises:
            InvalidRequest: the cursor is not one of ours.
        """
        now = self._clock.now()
        cleared_at = self._window(uid).cleared_at
        conditions = _conditions(wanted, cleared_at)
        after = None if cursor is None else _read_cursor(cursor)
        found: list[Interaction] = []
        for _ in range(_MAX_READS):
            read = self._read(uid, conditions, after, limit + 1)
            found += [i for i in _as_of(now, read, cleared_at) if _passes(i, wanted)]
            if len(found) > limit:
                kept = tuple(found[:limit])
                return HistoryPage(interactions=kept, next_cursor=_cursor(kept[-1].id))
            if len(read) <= limit:
                return HistoryPage(interactions=tuple(found), next_cursor=None)
            after = read[-1].id
        return HistoryPage(interactions=tuple(found), next_cursor=_cursor(str(after)))

    def one(self, uid: str, interaction_id: str) -> Interaction:
        """One interaction as it stands now.

        Raises:
            NotFound: there is none, it was erased, or its time is over.
        """
        paths = [window_path(uid), f"{interactions_of(uid)}/{interaction_id}"]
        window, document = self._store.get_many(paths)
        cleared_at = _window_of(window).cleared_at
        if document is not None:
            read = [Interaction.from_document(document.data)]
            for interaction in _as_of(self._clock.now(), read, cleared_at):
                return interaction
        raise NotFound("There is no such interaction.")

    def context(self, uid: str) -> Window:
        """The context window, empty for a user without one."""
        return self._window(uid)

    def erase(self, uid: str) -> None:
        """Make the history invisible at once and have it erased.

        What was committed to a repository stays there, commit messages with it. Repeating an
        erasure that failed half-way is safe.

        Raises:
            Conflict: other writers of the context window left no gap in eight tries.
        """
        at = self._clear(uid, self._clock.now())
        # Each erasure is work of its own: one that runs already would miss what came since.
        self._operations.start(ERASE, uid, key=at.isoformat(), args={"cleared_at": at})

    def _clear(self, uid: str, at: datetime) -> datetime:
        path = window_path(uid)
        for _ in range(_MAX_TRIES):
            document = self._store.get(path)
            window = _window_of(document)
            if window.cleared_at is not None and window.cleared_at >= at:
                return window.cleared_at  # done: by a commit whose answer was lost, or later
            version = document.version if document else "absent"
            data = window.clear(at).to_document()
            try:
                self._store.commit([Put(path=path, data=data, if_version=version)])
            except StaleWrite:
                continue
            return at
        raise Conflict("The context is being written; try again.")

    def _window(self, uid: str) -> Window:
        document = self._store.get(window_path(uid))
        return _window_of(document)

    def _read(
        self, uid: str, where: tuple[Condition, ...], after: str | None, limit: int
    ) -> list[Interaction]:
        query = Query(
            collection=interactions_of(uid),
            where=where,
            order_by="id",
            descending=True,
            after=after,
            limit=limit,
        )
        return [Interaction.from_document(document.data) for document in self._store.query(query)]


def first_id(at: datetime) -> str:
    """An id that sorts before those of all interactions created at `at` or later.

    One millisecond lower than the time says, because ids were cut to it by way of a float.
    """
    return f"{max(int(at.timestamp() * 1000) - 1, 0):012x}"


def end_id(at: datetime) -> str:
    """An id that sorts after those of all interactions created before `at` or at it."""
    return f"{max(int(at.timestamp() * 1000) + 2, 0):012x}"


def interactions_of(uid: str) -> str:
    return f"users/{uid}/interactions"


def _window_of(document: Document | None) -> Window:
    return Window.from_document(document.data if document else None)


def _conditions(wanted: HistoryFilter, cleared_at: datetime | None) -> tuple[Condition, ...]:
    """What the store can decide; ids stand for times, as they sort by them."""
    conditions: list[Condition] = []
    if wanted.intent is not None:
        conditions.append(("intent", "==", wanted.intent))
    if wanted.state is State.FAILED:
        # A dead interaction is stored as unfinished and reads as failed.
        conditions.append(("state", "in", [State.FAILED.value, *(s.value for s in UNFINISHED)]))
    elif wanted.state is not None:
        conditions.append(("state", "==", wanted.state.value))
    since = [at for at in (wanted.since, cleared_at) if at is not None]
    if since:
        conditions.append(("id", ">=", first_id(max(since))))
    if wanted.until is not None:
        conditions.append(("id", "<", end_id(wanted.until)))
    return tuple(conditions)


def _passes(interaction: Interaction, wanted: HistoryFilter) -> bool:
    if wanted.state is not None and interaction.state is not wanted.state:
        return False
    if wanted.since is not None and interaction.created_at < wanted.since:
        return False
    return wanted.until is None or interaction.created_at < wanted.until


def _as_of(
    now: datetime, read: Iterable[Interaction], cleared_at: datetime | None
) -> Iterable[Interaction]:
    for interaction in read:
        erased = cleared_at is not None and interaction.created_at <= cleared_at
        # Firestore deletes what has expired within a day or so, not at once.
        if not erased and interaction.expires_at > now:
            yield interaction.as_of(now)


def _cursor(last_id: str) -> str:
    return base64.urlsafe_b64encode(f"1:{last_id}".encode()).decode().rstrip("=")


def _read_cursor(cursor: str) -> str:
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except (binascii.Error, ValueError):
        text = ""
    version, _, last_id = text.partition(":")
    if version != "1" or not last_id:
        fault = FieldFault(field="cursor", message="not a cursor of this service")
        raise InvalidRequest("The query is not acceptable.", (fault,))
    return last_id
