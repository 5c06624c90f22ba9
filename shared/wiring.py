"""One builder per deployable: the only place that picks adapters.

Each builder imports what it needs, so that no deployable loads what only another one uses.
"""

from typing import TYPE_CHECKING

from shared.settings import Settings

if TYPE_CHECKING:
    from flask import Flask

    from shared.ports.clock import Clock
    from shared.ports.model import LanguageModel
    from shared.ports.secrets import Secrets
    from shared.ports.state import StateStore
    from shared.services.connections import Connections, Deployment, OpenRepository
    from shared.services.following import FollowPorts
    from shared.services.model_calls import ModelCalls
    from shared.services.syncing import Syncing


def build_voice_api(settings: Settings) -> "Flask":
    """The application of the function `voice`."""
    from shared.adapters.clock import SystemClock
    from shared.adapters.firestore import FirestoreStore
    from shared.adapters.identity import FirebaseIdentity
    from shared.adapters.pubsub import PubSubPublisher
    from shared.http.edge import create_app
    from shared.http.voice import VOICE_ROUTES, VoiceViews
    from shared.services.history import History
    from shared.services.operations import Operations
    from shared.telemetry import configure

    configure(settings.log_level)
    clock = SystemClock()
    store = FirestoreStore(
        settings.project_id, settings.firestore_emulator, settings.credentials_path
    )
    publisher = PubSubPublisher(settings.project_id, settings.pubsub_emulator)
    identity = FirebaseIdentity(settings.project_id, clock, settings.auth_emulator)
    history = History(store, Operations(store, publisher, clock), clock)
    return create_app("voice", settings, identity, VOICE_ROUTES, VoiceViews(history))


def build_health_api(settings: Settings) -> "Flask":
    """The application of the function `health`; it holds no vendor's key."""
    from shared.adapters.clock import SystemClock
    from shared.adapters.firestore import FirestoreStore
    from shared.adapters.identity import FirebaseIdentity
    from shared.http.edge import create_app
    from shared.http.health import HEALTH_ROUTES, HealthViews
    from shared.services.health import Health
    from shared.telemetry import configure

    configure(settings.log_level)
    clock = SystemClock()
    store = FirestoreStore(
        settings.project_id, settings.firestore_emulator, settings.credentials_path
    )
    identity = FirebaseIdentity(settings.project_id, clock, settings.auth_emulator)
    views = HealthViews(settings, Health(store, identity, clock))
    return create_app("health", settings, identity, HEALTH_ROUTES, views)


def build_notion_api(settings: Settings) -> "Flask":
    """The application of the function `notion`: setup, sync, conflicts, webhooks, operations."""
    import time

    from shared.adapters.identity import FirebaseIdentity
    from shared.http.edge import create_app
    from shared.http.notion_conflicts import CONFLICT_ROUTES, ConflictViews
    from shared.http.notion_docs import DOCS_ROUTES, DocsViews
    from shared.http.notion_setup import SETUP_ROUTES, SetupViews
    from shared.http.notion_sync import SYNC_ROUTES, SyncViews
    from shared.http.notion_tasks import TASK_ROUTES, TaskViews
    from shared.http.operations import OPERATION_ROUTES, LongWork, OperationViews
    from shared.http.webhooks import WEBHOOK_ROUTES, WebhookViews
    from shared.services.conflicts import Conflicts
    from shared.services.docs_requests import DocsRequests
    from shared.services.operations import Operations
    from shared.services.push_hooks import PushHooks
    from shared.services.setup import Setup, SetupPorts
    from shared.services.sync_status import SyncStatuses
    from shared.services.webhooks import WebhookPorts, Webhooks
    from shared.services.workspaces import Workspaces

    parts = _SyncParts(settings)
    store, clock, publisher = parts.store, parts.clock, parts.publisher
    identity = FirebaseIdentity(settings.project_id, clock, settings.auth_emulator)
    operations = Operations(store, publisher, clock)
    long_work = LongWork(operations, clock, time.sleep)
    setup_ports = SetupPorts(
        store=store,
        clock=clock,
        secrets=parts.secrets,
        publisher=publisher,
        schedule=parts.schedule,
    )
    webhook_ports = WebhookPorts(
        store=store,
        clock=clock,
        secrets=parts.secrets,
        publisher=publisher,
        token=settings.webhook_secret,
    )
    setup_views = SetupViews(
        Setup(setup_ports, parts.connections),
        Workspaces(store),
        operations,
        long_work,
        clock,
        settings.public_url,
    )
    statuses = SyncStatuses(store, clock, parts.connections.usage)
    pushes = PushHooks(store, parts.secrets, publisher, clock)
    docs = DocsRequests(operations, store, clock)
    return create_app(
        "notion",
        settings,
        identity,
        SETUP_ROUTES,
        setup_views,
        (SYNC_ROUTES, SyncViews(store, statuses, operations, long_work)),
        (CONFLICT_ROUTES, ConflictViews(Conflicts(store, operations), long_work)),
        (TASK_ROUTES, TaskViews(operations, long_work)),
        (DOCS_ROUTES, DocsViews(Workspaces(store), docs, long_work)),
        (OPERATION_ROUTES, OperationViews(operations)),
        (WEBHOOK_ROUTES, WebhookViews(Webhooks(webhook_ports), pushes)),
    )


def build_operations(settings: Settings) -> "Flask":
    """The application of the function `run_operation`, which only Pub/Sub may call."""
    import time

    from shared.http.operations import OperationMessage
    from shared.http.push import create_push_app
    from shared.services.code_to_docs import DocsPorts, code_to_docs
    from shared.services.conflicts import RESOLVE, resolve_conflict
    from shared.services.docs_requests import CODE_TO_DOCS
    from shared.services.erase import erase_history
    from shared.services.following import FOLLOW, follow_pushes
    from shared.services.history import ERASE
    from shared.services.setup_erase import ERASE_WORKSPACE, erase_workspace
    from shared.services.sync_requests import SYNC, sync_now
    from shared.services.task_plans import TaskPlanner
    from shared.services.task_requests import TASK_TO_BRANCH
    from shared.services.task_to_branch import TaskPorts, task_to_branch
    from shared.services.worker import Worker
    from shared.services.workspaces import Workspaces

    parts = _SyncParts(settings)
    store, clock = parts.store, parts.clock
    syncing, workspaces = parts.syncing(), Workspaces(store)
    tasks = TaskPorts(
        store=store,
        clock=clock,
        connector=parts.connections,
        syncing=syncing,
        planner=TaskPlanner(store, clock, _model_calls(settings), settings.daily_model_calls),
    )
    docs = DocsPorts(
        store=store,
        clock=clock,
        connector=parts.connections,
        syncing=syncing,
        model=_model_calls(settings),
        sleep=time.sleep,
    )
    runners = {
        ERASE: erase_history(store),
        ERASE_WORKSPACE: erase_workspace(store, parts.secrets, clock),
        SYNC: sync_now(syncing, workspaces),
        RESOLVE: resolve_conflict(store, syncing, workspaces),
        FOLLOW: follow_pushes(parts.following()),
        TASK_TO_BRANCH: task_to_branch(tasks),
        CODE_TO_DOCS: code_to_docs(docs),
    }
    worker = Worker(store, parts.publisher, clock, runners)
    return create_push_app(
        "run_operation",
        settings,
        OperationMessage,
        lambda message, _: worker.run(message.operation_id),
    )


def build_sync_tick(settings: Settings) -> "Flask":
    """The application of the function `sync_tick`, which only Pub/Sub may call."""
    import time

    from shared.http.push import create_push_app
    from shared.http.sync_messages import TickMessage
    from shared.services.tick import Ticker, sleeper

    parts = _SyncParts(settings)
    clock = parts.clock
    ticker = Ticker(parts.store, parts.publisher, clock, sleeper(clock, time.sleep))
    return create_push_app(
        "sync_tick",
        settings,
        TickMessage,
        lambda _, delivery: ticker.run(delivery.published_at or clock.now()),
    )


def build_sync_workspace(settings: Settings) -> "Flask":
    """The application of the function `sync_workspace`, which only Pub/Sub may call."""
    from shared.http.push import create_push_app
    from shared.http.sync_messages import WorkspaceMessage

    syncing = _SyncParts(settings).syncing()
    return create_push_app(
        "sync_workspace",
        settings,
        WorkspaceMessage,
        lambda message, _: syncing.on_message(message.order()),
    )


class _SyncParts:
    """What the functions of Notion share; the SDKs behind it are imported at their first call."""

    def __init__(self, settings: Settings) -> None:
        from shared.adapters.clock import SystemClock
        from shared.adapters.firestore import FirestoreStore
        from shared.adapters.pubsub import PubSubPublisher
        from shared.adapters.scheduler import CloudScheduler
        from shared.telemetry import configure

        configure(settings.log_level)
        project = settings.project_id
        self.clock = SystemClock()
        self.store = FirestoreStore(project, settings.firestore_emulator, settings.credentials_path)
        self.publisher = PubSubPublisher(project, settings.pubsub_emulator)
        self.schedule = CloudScheduler(
            project,
            settings.scheduler_location,
            settings.scheduler_job,
            settings.scheduler_host,
        )
        self.secrets = _secrets(settings, self.clock)
        self.connections = _connections(settings, self.store, self.clock, self.secrets)

    def syncing(self) -> "Syncing":
        import time
        from uuid import uuid4

        from shared.services.following import Following
        from shared.services.operations import Operations
        from shared.services.sync_probes import SyncProbes
        from shared.services.syncing import Syncing, SyncPorts
        from shared.sync.engine import Engine

        probes = SyncProbes(self.store, self.clock, self.schedule)
        operations = Operations(self.store, self.publisher, self.clock)
        ports = SyncPorts(
            store=self.store,
            clock=self.clock,
            publisher=self.publisher,
            engine=Engine(self.store, self.clock, lambda: uuid4().hex),
            connector=self.connections,
            observe=probes.after_run,
            follow=Following(self.store, operations).after_run,
            sleep=time.sleep,
        )
        return Syncing(ports)

    def following(self) -> "FollowPorts":
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


def _model_calls(settings: Settings) -> "ModelCalls":
    """Claude for workers; its SDK is loaded when it is first asked."""
    from shared.services.model_calls import ModelCalls

    def open_model() -> "LanguageModel":
        from shared.adapters.anthropic import AnthropicModel

        return AnthropicModel(
            api_key=settings.anthropic_api_key,
            base_url=settings.anthropic_base_url,
            model=settings.anthropic_model,
        )

    return ModelCalls(open_model)


def _secrets(settings: Settings, clock: "Clock") -> "Secrets":
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
    from shared.adapters.notion import NotionClient
    from shared.services.budget import Budget
    from shared.services.connections import Connections

    return Connections(
        _deployment(settings),
        secrets,
        make_budget=lambda connection: Budget(
            store, clock, connection, limit=settings.notion_requests_per_min
        ),
        open_notion=lambda token, before, limited: NotionClient(
            token, settings.notion_base_url, before, limited
        ),
        open_repository=_open_repository(settings),
    )


def _deployment(settings: Settings) -> "Deployment":
    from shared.services.connections import Deployment

    return Deployment(
        notion_token=settings.notion_token,
        docs_database=settings.notion_docs_db_id,
        git_url=settings.git_url,
        git_username=settings.git_username,
        git_token=settings.git_token,
        members=settings.members,
    )


def _open_repository(settings: Settings) -> "OpenRepository":
    from shared.adapters.git import DulwichRepository

    return lambda url, username, token: DulwichRepository(
        url,
        username,
        token,
        allowed_hosts=settings.git_hosts,
        allow_private=settings.git_allow_private,
    )


def build_voice_ws(settings: Settings) -> "Flask":
    """The application of the voice service, with its engine running; call it after any fork."""
    from shared.adapters.anthropic import AnthropicModel
    from shared.adapters.assemblyai import AssemblyAITranscriber
    from shared.adapters.clock import SystemClock
    from shared.adapters.firestore import FirestoreStore
    from shared.adapters.identity import FirebaseIdentity
    from shared.adapters.websocket import WebSocketTransport
    from shared.http.voice_ws import create_app
    from shared.services.connections import Repositories
    from shared.services.voice_engine import EnginePorts, VoiceEngine
    from shared.services.voice_repository import VoiceRepository
    from shared.services.voice_repository_memory import RepositoryMemory
    from shared.telemetry import configure
    from shared.voice.opening import Limits

    configure(settings.log_level)
    clock = SystemClock()
    store = FirestoreStore(
        settings.project_id, settings.firestore_emulator, settings.credentials_path
    )
    identity = FirebaseIdentity(settings.project_id, clock, settings.auth_emulator)

    repositories = Repositories(
        _deployment(settings), _secrets(settings, clock), _open_repository(settings)
    )
    memory = RepositoryMemory()

    def build() -> EnginePorts:
        return EnginePorts(
            store=store,
            identity=identity,
            clock=clock,
            transcriber=AssemblyAITranscriber(
                api_key=settings.assemblyai_api_key,
                base_url=settings.assemblyai_base_url,
                model=settings.assemblyai_model,
            ),
            model=AnthropicModel(
                api_key=settings.anthropic_api_key,
                base_url=settings.anthropic_base_url,
                model=settings.anthropic_model,
            ),
            repository=lambda uid: VoiceRepository(store, clock, repositories, uid, memory),
        )

    limits = Limits(
        daily_audio_ms=settings.daily_audio_s * 1000,
        daily_model_calls=settings.daily_model_calls,
        history_days=settings.history_days,
    )
    engine = VoiceEngine(build, limits)
    engine.start()
    app = create_app(settings, identity, engine, WebSocketTransport(engine.loop))
    app.extensions["voice_engine"] = engine
    return app
