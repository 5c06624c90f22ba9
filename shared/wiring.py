"""One builder per deployable: the only place that picks adapters.

Each builder imports what it needs, so that no deployable loads what only another one uses.
"""

from typing import TYPE_CHECKING, Final

from shared.settings import Settings

if TYPE_CHECKING:
    from flask import Flask

    from shared.http.sections import Sections

# Unreachable objects are looked for after so many more; until the voice service has loaded all,
# `gunicorn.conf.py` has them looked for less often still.
_ALLOCATIONS: Final = 20_000


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
    from shared.wiring_parts import observe

    observe(settings)
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
    from shared.wiring_parts import observe

    observe(settings)
    clock = SystemClock()
    store = FirestoreStore(
        settings.project_id, settings.firestore_emulator, settings.credentials_path
    )
    identity = FirebaseIdentity(settings.project_id, clock, settings.auth_emulator)
    views = HealthViews(settings, Health(store, identity, clock))
    return create_app("health", settings, identity, HEALTH_ROUTES, views)


def build_notion_api(settings: Settings) -> "Sections":
    """The application of the function `notion`: setup, sync, conflicts, webhooks, operations."""
    from shared.wiring_notion import NotionSections

    return NotionSections(settings).all()


def build_operations(settings: Settings) -> "Flask":
    """The application of the function `run_operation`, which only Pub/Sub may call."""
    from shared.http.push import create_push_app
    from shared.http.sync_messages import OperationMessage
    from shared.services.traced import traced_runners
    from shared.services.worker import Worker
    from shared.wiring_operations import late_runners
    from shared.wiring_parts import NotionParts

    parts = NotionParts(settings)
    runners = traced_runners(late_runners(parts, settings))
    worker = Worker(parts.store, parts.publisher, parts.clock, runners)
    return create_push_app(
        "run_operation",
        OperationMessage,
        lambda message, _: worker.run(message.operation_id),
    )


def build_sync_tick(settings: Settings) -> "Flask":
    """The application of the function `sync_tick`, which only Pub/Sub may call."""
    import time

    from shared.http.push import create_push_app
    from shared.http.sync_messages import TickMessage
    from shared.services.tick import Ticker, sleeper
    from shared.wiring_parts import NotionParts

    parts = NotionParts(settings)
    clock = parts.clock
    ticker = Ticker(parts.store, parts.publisher, clock, sleeper(clock, time.sleep))
    return create_push_app(
        "sync_tick",
        TickMessage,
        lambda _, delivery: ticker.run(delivery.published_at or clock.now()),
    )


def build_sync_workspace(settings: Settings) -> "Flask":
    """The application of the function `sync_workspace`, which only Pub/Sub may call."""
    from shared.http.push import create_push_app
    from shared.http.sync_messages import WorkspaceMessage
    from shared.wiring_parts import NotionParts

    syncing = NotionParts(settings).syncing()
    return create_push_app(
        "sync_workspace",
        WorkspaceMessage,
        lambda message, _: syncing.on_message(message.order()),
    )


def build_voice_ws(settings: Settings) -> "Flask":
    """The application of the voice service, with its engine running; call it after any fork."""
    import gc

    from shared.adapters.clock import SystemClock
    from shared.adapters.firestore import FirestoreStore
    from shared.adapters.identity import FirebaseIdentity
    from shared.adapters.websocket import WebSocketTransport
    from shared.http.voice_ws import create_app
    from shared.services.late_ports import LateModel, LateTranscriber
    from shared.services.late_repository import LateRepository
    from shared.services.voice_engine import EnginePorts, VoiceEngine
    from shared.voice.opening import Limits
    from shared.wiring_parts import observe
    from shared.wiring_voice import late_vendors, voice_repositories

    observe(settings)
    clock = SystemClock()
    store = FirestoreStore(
        settings.project_id, settings.firestore_emulator, settings.credentials_path
    )
    identity = FirebaseIdentity(settings.project_id, clock, settings.auth_emulator)
    speech, model = late_vendors(settings)
    repository = voice_repositories(settings, store, clock)

    async def load() -> None:
        try:
            await speech.get()  # first, since a session needs it first
            await model.get()
        finally:
            gc.freeze()  # what was loaded stays, and need not be looked through again
            gc.set_threshold(_ALLOCATIONS)

    def build() -> EnginePorts:
        return EnginePorts(
            store=store,
            identity=identity,
            clock=clock,
            transcriber=LateTranscriber(speech),
            model=LateModel(model),
            load=load,
            repository=lambda uid: LateRepository(lambda: repository(uid)),
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
