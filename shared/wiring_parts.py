"""What several deployables are made of; see wiring. SDKs are imported at their first call."""

from functools import cached_property
from typing import TYPE_CHECKING

from shared.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from shared.ports.clock import Clock
    from shared.ports.identity import Caller
    from shared.ports.messaging import Publisher
    from shared.ports.model import LanguageModel
    from shared.ports.notion import NotionWorkspace
    from shared.ports.repository import Repository
    from shared.ports.schedule import Schedule
    from shared.ports.secrets import Secrets
    from shared.ports.state import StateStore
    from shared.services.connections import Connections, Deployment, OpenRepository
    from shared.services.following import FollowPorts
    from shared.services.model_calls import ModelCalls
    from shared.services.setup import SetUp, Setup
    from shared.services.setup_order import SetupOrder
    from shared.services.sync_probes import SyncProbes
    from shared.services.syncing import Syncing
    from shared.sync.report import Hints, Report
    from shared.sync.workspace import Workspace


def observe(settings: Settings) -> None:
    """Write logs, and traces where they are wanted, from now on; call it after any fork."""
    from shared import traces
    from shared.telemetry import configure

    configure(settings.log_level, settings.project_id)
    if settings.traces:
        from shared.adapters.tracing import OtelTracer

        tracer = OtelTracer(
            settings.service,
            settings.project_id,
            one_in=settings.traces,
            collector=settings.traces_url,
        )
        traces.install(tracer)


class NotionParts:
    """What the functions of Notion share; the SDKs behind it are imported at their first call."""

    def __init__(self, settings: Settings) -> None:
        from shared.adapters.clock import SystemClock
        from shared.adapters.firestore import FirestoreStore

        observe(settings)
        self.clock = SystemClock()
        self.store = FirestoreStore(
            settings.project_id, settings.firestore_emulator, settings.credentials_path
        )
        self._settings = settings

    @cached_property
    def publisher(self) -> "Publisher":
        """What sends messages."""
        from shared.adapters.pubsub import PubSubPublisher

        return PubSubPublisher(self._settings.project_id, self._settings.pubsub_emulator)

    @cached_property
    def secrets(self) -> "Secrets":
        """What keeps keys."""
        return secrets_of(self._settings, self.clock)

    @cached_property
    def _schedule(self) -> "Schedule":
        from shared.adapters.scheduler import CloudScheduler

        settings = self._settings
        return CloudScheduler(
            settings.project_id,
            settings.scheduler_location,
            settings.scheduler_job,
            settings.scheduler_host,
        )

    @cached_property
    def connections(self) -> "Connections":
        """What opens a workspace's Notion and repository; not everybody needs it."""
        return _connections(self._settings, self.store, self.clock, self.secrets)

    def set_up(
        self, caller: "Caller", owner: str, order: "SetupOrder", workspace_id: str | None
    ) -> "SetUp":
        """Set a workspace up; see `Setup.run`."""
        return self._setup.run(caller, owner, order, workspace_id)

    @cached_property
    def _setup(self) -> "Setup":
        from shared.services.setup import Setup, SetupPorts

        ports = SetupPorts(
            store=self.store,
            clock=self.clock,
            secrets=self.secrets,
            publisher=self.publisher,
            schedule=self._schedule,
        )
        return Setup(ports, self.connections)

    def syncing(self) -> "Syncing":
        """What runs the engine."""
        import time

        from shared.services.syncing import Syncing, SyncPorts
        from shared.services.traced import TracedEngine

        ports = SyncPorts(
            store=self.store,
            clock=self.clock,
            publisher=self.publisher,
            engine=TracedEngine(_LateEngine(self)),
            connector=self.connections,
            observe=self._probes.after_run,
            follow=self._follow,
            sleep=time.sleep,
        )
        return Syncing(ports)

    @cached_property
    def _probes(self) -> "SyncProbes":
        """One for all: it keeps when each service is to be asked again."""
        from shared.services.sync_probes import SyncProbes

        return SyncProbes(self.store, self.clock, self._schedule)

    def _follow(self, workspace: "Workspace", heads: "Mapping[str, str]", *, moved: bool) -> None:
        from shared.services.following import Following
        from shared.services.operations import Operations

        operations = Operations(self.store, self.publisher, self.clock)
        Following(self.store, operations).after_run(workspace, heads, moved=moved)

    def following(self) -> "FollowPorts":
        """What following pushes takes."""
        from uuid import uuid4

        from shared.services.docs_requests import start_docs_for
        from shared.services.following import FollowPorts
        from shared.services.operations import Operations
        from shared.services.push_acts import PushActs
        from shared.services.task_requests import start_task_branch
        from shared.services.workspaces import Workspaces

        operations = Operations(self.store, self.publisher, self.clock)
        return FollowPorts(
            store=self.store,
            clock=self.clock,
            workspaces=Workspaces(self.store),
            connector=self.connections,
            acts=PushActs(operations, start_task_branch, start_docs_for),
            new_id=lambda: uuid4().hex,
        )


class _LateEngine:
    """The engine, which is loaded with the first run: most messages find nothing to do."""

    def __init__(self, parts: NotionParts) -> None:
        self._parts = parts

    def run(
        self,
        workspace: "Workspace",
        notion: "NotionWorkspace",
        repository: "Repository | None",
        hints: "Hints",
    ) -> "Report":
        """One cycle; see the engine."""
        from uuid import uuid4

        from shared.sync.engine import Engine

        engine = Engine(self._parts.store, self._parts.clock, lambda: uuid4().hex)
        return engine.run(workspace, notion, repository, hints)


def model_calls(settings: Settings) -> "ModelCalls":
    """Claude for workers; its SDK is loaded when it is first asked."""
    from shared.services.model_calls import ModelCalls

    return ModelCalls(model_opener(settings))


def model_opener(settings: Settings) -> "Callable[[], LanguageModel]":
    """How Claude is opened; the first call loads its SDK, which takes a second of CPU."""

    def open_model() -> "LanguageModel":
        from shared.adapters.anthropic import AnthropicModel

        return AnthropicModel(
            api_key=settings.anthropic_api_key,
            base_url=settings.anthropic_base_url,
            model=settings.anthropic_model,
        )

    return open_model


def secrets_of(settings: Settings, clock: "Clock") -> "Secrets":
    """The keeper of secrets: a folder of this machine if one is set, else Secret Manager."""
    from pathlib import Path

    from shared.adapters.secrets_cache import CachedSecrets
    from shared.adapters.secrets_local import LocalSecrets
    from shared.adapters.secrets_manager import SecretManager

    if settings.secrets_dir:
        return CachedSecrets(LocalSecrets(Path(settings.secrets_dir)), clock)
    return CachedSecrets(SecretManager(settings.project_id, {"app": "nexus"}), clock)


def _connections(
    settings: Settings, store: "StateStore", clock: "Clock", secrets: "Secrets"
) -> "Connections":
    from shared.services.budget import Budget
    from shared.services.connections import Connections

    def open_notion(
        token: str, before: "Callable[[], None]", limited: "Callable[[float], None]"
    ) -> "NotionWorkspace":
        from shared.adapters.notion import NotionClient

        return NotionClient(token, settings.notion_base_url, before, limited)

    return Connections(
        deployment_of(settings),
        secrets,
        make_budget=lambda connection: Budget(
            store, clock, connection, limit=settings.notion_requests_per_min
        ),
        open_notion=open_notion,
        open_repository=repository_opener(settings),
    )


def deployment_of(settings: Settings) -> "Deployment":
    """What the deployment itself brings."""
    from shared.services.connections import Deployment

    return Deployment(
        notion_token=settings.notion_token,
        docs_database=settings.notion_docs_db_id,
        git_url=settings.git_url,
        git_username=settings.git_username,
        git_token=settings.git_token,
        members=settings.members,
    )


def repository_opener(settings: Settings) -> "OpenRepository":
    """How repositories are opened, on the hosts that are allowed."""

    def open_repository(url: str, username: str, token: str) -> "Repository":
        from shared.adapters.git import DulwichRepository

        return DulwichRepository(
            url,
            username,
            token,
            allowed_hosts=settings.git_hosts,
            allow_private=settings.git_allow_private,
        )

    return open_repository
