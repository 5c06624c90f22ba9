"""Follows the watched branches: notices that they moved, and does what that asks for.

A run of the engine tells where the branches are, and it costs one read to know whether that is
dealt with. Where it is not, an operation does it: so one that dies, or is put off because Notion
allows no more, is begun again by the next cycle.
"""

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from shared.errors import NexusError
from shared.ports.clock import Clock
from shared.ports.state import StateStore
from shared.services.commit_ledger import Cursor, Overtaken
from shared.services.connections import Connector
from shared.services.operations import Operation, Operations, Progress, Runner
from shared.services.push_acts import PushActs
from shared.services.push_trouble import PushTrouble
from shared.services.tracking import Tracking, TrackingPorts
from shared.services.workspaces import Workspaces
from shared.sync.report import WATCHED
from shared.sync.workspace import Remote, Workspace
from shared.telemetry import logger
from shared.tracker.cursor import Followed, heads_digest

FOLLOW: Final = "follow-pushes"
_MAX_ROUNDS: Final = 20


class Following:
    """Notices that branches moved."""

    def __init__(self, store: StateStore, operations: Operations) -> None:
        self._store = store
        self._operations = operations
        self._log = logger(__name__)

    def after_run(self, workspace: Workspace, heads: Mapping[str, str], *, moved: bool) -> None:
        """Start following unless all is dealt with; what fails here is begun by the next run.

        `heads`: where the watched branches were. `moved`: the run itself pushed since.
        """
        remote = workspace.repository
        if remote is None or remote.branch not in heads:
            return  # the engine tells that it is missing
        try:
            followed = Cursor(self._store, workspace.wid).load()
            if not moved and followed is not None and followed.digest == heads_digest(heads):
                return
            args = {"workspace": workspace.wid}
            self._operations.start(FOLLOW, workspace.owner, key=workspace.wid, args=args)
        except NexusError as error:
            self._log.warning(
                "could not follow the pushes", wid=workspace.wid, problem=error.problem
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowPorts:
    """What following takes. `new_id`: names this worker's marks."""

    store: StateStore
    clock: Clock
    workspaces: Workspaces
    connector: Connector
    acts: PushActs
    new_id: Callable[[], str]


def follow_pushes(ports: FollowPorts) -> Runner:
    """How to do an operation of kind `follow-pushes`; its args are `workspace`.

    The result is `{"followed"}`: whether all branches are dealt with. What only a person can mend
    is kept for the status of the sync.
    """

    def run(operation: Operation) -> Generator[Progress, None, Mapping[str, Any]]:
        trouble = PushTrouble(ports.store, ports.clock, operation.args["workspace"])
        try:
            result = yield from follow(operation)
        except NexusError as error:
            if not error.retryable:
                trouble.tell(error)
            raise
        trouble.end()
        return result

    def follow(operation: Operation) -> Generator[Progress, None, Mapping[str, Any]]:
        nonce = ports.new_id()
        for _ in range(_MAX_ROUNDS):
            workspace = ports.workspaces.get(operation.args["workspace"])
            remote = workspace.repository if workspace is not None else None
            if workspace is None or remote is None:
                return {"followed": False}
            follower = _Follower(ports, workspace, remote, nonce)
            try:
                if (yield from follower.round()):
                    return {"followed": follower.found}
            except Overtaken:
                yield Progress(note="again")
        raise Overtaken

    return run


class _Follower:
    """One worker that follows the pushes of a workspace. `found`: whether the branch is there."""

    def __init__(
        self, ports: FollowPorts, workspace: Workspace, remote: Remote, nonce: str
    ) -> None:
        repository = ports.connector.repository(workspace)
        assert repository is not None  # as it has a remote
        self._ports = ports
        self._workspace = workspace
        self._remote = remote
        self._repository = repository
        self._notion = ports.connector.notion(workspace)
        self._nonce = nonce
        self.found = True

    def round(self) -> Generator[Progress, None, bool]:
        """Deal with the branches as they are now; whether nothing was left to do."""
        branch = self._remote.branch
        cursor = Cursor(self._ports.store, self._workspace.wid)
        cursor.load()
        heads = self._repository.refs([branch, *WATCHED]).heads
        self.found = branch in heads
        tracking = Tracking(self._workspace, self._remote, self._tools(), cursor)
        if not self.found or (tracking.has_begun and _is_done(cursor, heads)):
            return True
        followed = cursor.value
        if followed is not None and followed.digest:
            # From now on it is not done, even if the branches go back to where they were.
            cursor.save(replace(followed, digest=""))
        if not tracking.has_begun:
            tracking.begin(heads[branch])
            yield Progress(note="begun")
        self._act(cursor, heads[branch])
        yield from tracking.record(heads)
        cursor.save(replace(_value(cursor), digest=heads_digest(heads)))
        return False

    def _act(self, cursor: Cursor, tip: str) -> None:
        """Start what the push sets off, before the rows: those may take minutes."""
        followed = _value(cursor)
        if followed.acted != tip:
            before = followed.acted or tip
            self._ports.acts.act(self._workspace, self._notion, self._repository, before, tip)
            cursor.save(replace(followed, acted=tip))

    def _tools(self) -> TrackingPorts:
        return TrackingPorts(
            store=self._ports.store,
            clock=self._ports.clock,
            notion=self._notion,
            repository=self._repository,
            nonce=self._nonce,
        )


def _value(cursor: Cursor) -> Followed:
    assert cursor.value is not None
    return cursor.value


def _is_done(cursor: Cursor, heads: Mapping[str, str]) -> bool:
    return cursor.value is not None and cursor.value.digest == heads_digest(heads)
