"""The function `notion` and those behind Pub/Sub over fakes, with the real engine."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from dev.fakes.clock import FakeClock
from dev.fakes.identity import FakeIdentity
from dev.fakes.messaging import FakePublisher
from dev.fakes.notion import FakeNotion
from dev.fakes.repository import FakeRepository
from dev.fakes.schedule import FakeSchedule
from dev.fakes.secrets import FakeSecrets
from dev.fakes.state import FakeStateStore
from shared.errors import InvalidRequest, UpstreamRejected
from shared.http.edge import create_app
from shared.http.notion_conflicts import CONFLICT_ROUTES, ConflictViews
from shared.http.notion_setup import SETUP_ROUTES, SetupViews
from shared.http.notion_sync import SYNC_ROUTES, SyncViews
from shared.http.operations import OPERATION_ROUTES, LongWork, OperationViews
from shared.http.webhooks import WEBHOOK_ROUTES, WebhookViews
from shared.ports.identity import Caller
from shared.ports.notion import NotionWorkspace
from shared.ports.repository import Repository
from shared.services.budget import Budget
from shared.services.conflicts import RESOLVE, Conflicts, resolve_conflict
from shared.services.connections import Connections, Deployment
from shared.services.following import FOLLOW, Following, FollowPorts, follow_pushes
from shared.services.operations import Operations
from shared.services.push_acts import PushActs
from shared.services.push_hooks import PushHooks
from shared.services.setup import SetUp, Setup, SetupPorts
from shared.services.setup_erase import ERASE_WORKSPACE, erase_workspace
from shared.services.setup_order import SetupOrder
from shared.services.sync_probes import SyncProbes
from shared.services.sync_requests import SYNC, sync_now
from shared.services.sync_status import SyncStatuses
from shared.services.syncing import Engine as EnginePort
from shared.services.syncing import Syncing, SyncPorts
from shared.services.webhooks import WebhookPorts, Webhooks
from shared.services.worker import Worker
from shared.services.workspaces import Workspaces
from shared.settings import Settings
from shared.sync.engine import Engine
from shared.sync.state import SyncState, read_state, state_path
from shared.sync.workspace import Workspace

TOKEN = "ntn_of_the_deployment"
GIT_URL = "https://git.example/nexus/demo.git"
PUBLIC = "https://nexus.example"
ADA = Caller(uid="ada", member=True)
MALLORY = Caller(uid="mallory")


@dataclass
class NotionHouse:
    """Fakes, and everything that stands on them.

    `notions`: by token, `repositories`: by address: what there is in the world. `wrap` is put
    around every port, for faults.
    """

    clock: FakeClock = field(default_factory=FakeClock)
    store: FakeStateStore = field(default_factory=FakeStateStore)
    identity: FakeIdentity = field(default_factory=FakeIdentity)
    publisher: FakePublisher = field(default_factory=FakePublisher)
    secrets: FakeSecrets = field(default_factory=FakeSecrets)
    schedule: FakeSchedule = field(default_factory=FakeSchedule)
    notions: dict[str, FakeNotion] = field(default_factory=dict)
    repositories: dict[str, FakeRepository] = field(default_factory=dict)
    deployment: Deployment = field(
        default_factory=lambda: Deployment(notion_token=TOKEN, git_url=GIT_URL, git_token="g1t")
    )
    webhook_token: str = ""
    wrap: Callable[[Any], Any] = lambda port: port
    engine: EnginePort | None = None
    opened: list[tuple[str, str, str]] = field(default_factory=list)
    tasks_begun: list[str] = field(default_factory=list)
    files_pushed: list[tuple[str, ...]] = field(default_factory=list)
    workers: Iterator[int] = field(default_factory=count)

    def __post_init__(self) -> None:
        self.notions.setdefault(TOKEN, FakeNotion(self.clock))
        self.repositories.setdefault(GIT_URL, FakeRepository()).commit("main", {"a.py": b"x = 1\n"})
        self._done = 0
        ids = count(1)
        self.engine = self.engine or Engine(self.store, self.clock, lambda: f"id{next(ids):06}")

    @property
    def notion(self) -> FakeNotion:
        """The deployment's."""
        return self.notions[TOKEN]

    @property
    def repository(self) -> FakeRepository:
        """The deployment's."""
        return self.repositories[GIT_URL]

    @property
    def operations(self) -> Operations:
        return Operations(self.store, self.publisher, self.clock)

    @property
    def workspaces(self) -> Workspaces:
        return Workspaces(self.store)

    def connections(self) -> Connections:
        return Connections(
            self.deployment,
            self.wrap(self.secrets),
            make_budget=lambda name: Budget(self.store, self.clock, name),
            open_notion=self._open_notion,
            open_repository=self._open_repository,
        )

    def setup(self) -> Setup:
        ports = SetupPorts(
            store=self.wrap(self.store),
            clock=self.clock,
            secrets=self.wrap(self.secrets),
            publisher=self.wrap(self.publisher),
            schedule=self.wrap(self.schedule),
        )
        return Setup(ports, self.connections())

    def set_up(self, caller: Caller = ADA, owner: str = "", **order: Any) -> SetUp:
        """Set a workspace up as the use case does."""
        return self.setup().run(caller, owner or caller.uid, SetupOrder(**order))

    def syncing(self) -> Syncing:
        probes = SyncProbes(self.store, self.clock, self.schedule)
        assert self.engine is not None
        ports = SyncPorts(
            store=self.store,
            clock=self.clock,
            publisher=self.publisher,
            engine=self.engine,
            connector=self.connections(),
            observe=probes.after_run,
            follow=Following(self.store, self.operations).after_run,
            sleep=self.clock.advance,
        )
        return Syncing(ports)

    def state(self, workspace: Workspace) -> SyncState:
        """The hot part as it is stored."""
        document = self.store.get(state_path(workspace.wid))
        assert document is not None
        return read_state(document.data)

    def redeliver(self) -> None:
        """Let all messages come again at the next `work`."""
        self._done = 0

    def work(self) -> None:
        """Do the operations whose messages were published since."""
        syncing, workspaces = self.syncing(), self.workspaces
        runners = {
            FOLLOW: follow_pushes(self.following()),
            SYNC: sync_now(syncing, workspaces),
            RESOLVE: resolve_conflict(self.store, syncing, workspaces),
            ERASE_WORKSPACE: erase_workspace(
                self.wrap(self.store), self.wrap(self.secrets), self.clock
            ),
        }
        worker = Worker(self.store, self.publisher, self.clock, runners)
        while self._done < len(self.publisher.messages):
            topic, message = self.publisher.messages[self._done]
            self._done += 1
            if topic == "operations":
                worker.run(message["operation_id"])

    def following(self) -> FollowPorts:
        """What follows pushes; what they set off goes to `tasks_begun` and `files_pushed`."""
        acts = PushActs(
            self.operations,
            lambda _, __, page: self.tasks_begun.append(page),
            lambda _, __, paths, ___: self.files_pushed.append(tuple(paths)),
        )
        return FollowPorts(
            store=self.wrap(self.store),
            clock=self.clock,
            workspaces=self.workspaces,
            connector=self.connections(),
            acts=acts,
            new_id=lambda: f"worker{next(self.workers)}",
        )

    def woken(self) -> list[dict[str, Any]]:
        """The messages that have workspaces synced, oldest first."""
        return [message for topic, message in self.publisher.messages if topic == "sync-workspace"]

    def client(self, sleep: Callable[[float], None] | None = None) -> FlaskClient:
        """A client of the function; while a request waits, operations are done."""

        def pass_time(seconds: float) -> None:
            self.clock.advance(seconds)
            self.work()

        long_work = LongWork(self.operations, self.clock, sleep or pass_time)
        app: Flask = create_app(
            "notion",
            Settings.from_env({"NEXUS_PROJECT_ID": "demo-nexus"}),
            self.identity,
            SETUP_ROUTES,
            SetupViews(
                self.setup().run, self.workspaces, self.operations, long_work, self.clock, PUBLIC
            ),
            (SYNC_ROUTES, SyncViews(self.store, self.statuses(), self.operations, long_work)),
            (CONFLICT_ROUTES, ConflictViews(Conflicts(self.store, self.operations), long_work)),
            (OPERATION_ROUTES, OperationViews(self.operations)),
            (WEBHOOK_ROUTES, WebhookViews(self.webhooks(), self.pushes())),
        )
        return app.test_client()

    def statuses(self) -> SyncStatuses:
        return SyncStatuses(self.store, self.clock, self.connections().usage)

    def webhooks(self) -> Webhooks:
        return Webhooks(
            WebhookPorts(
                store=self.store,
                secrets=self.secrets,
                publisher=self.publisher,
                clock=self.clock,
                token=self.webhook_token,
            )
        )

    def pushes(self) -> PushHooks:
        return PushHooks(self.store, self.secrets, self.publisher, self.clock)

    def headers(self, caller: Caller = ADA) -> Mapping[str, str]:
        """The headers of a request of theirs."""
        return {"Authorization": f"Bearer {self.identity.issue(caller)}"}

    def _open_notion(
        self, token: str, before: Callable[[], None], _: Callable[[float], None]
    ) -> NotionWorkspace:
        if token not in self.notions:
            refused: NotionWorkspace = self.wrap(_RefusedNotion())
            return refused
        self.notions[token].before_call = before
        opened: NotionWorkspace = self.wrap(self.notions[token])
        return opened

    def _open_repository(self, url: str, username: str, token: str) -> Repository:
        self.opened.append((url, username, token))
        if url not in self.repositories:
            raise InvalidRequest("The repository's host is not one of those allowed.")
        opened: Repository = self.wrap(self.repositories[url])
        return opened


class _RefusedNotion:
    """A connection with a token that Notion does not know."""

    def __getattr__(self, name: str) -> Any:
        raise UpstreamRejected("Notion refuses the token.", "notion")
