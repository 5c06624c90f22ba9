"""The functions' applications over fakes."""

from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any

from flask.testing import FlaskClient

from dev.fakes.clock import FakeClock
from dev.fakes.identity import FakeIdentity
from dev.fakes.messaging import FakePublisher
from dev.fakes.state import FakeStateStore
from shared.http.edge import create_app
from shared.http.health import HEALTH_ROUTES, HealthViews
from shared.http.voice import VOICE_ROUTES, VoiceViews
from shared.ports.identity import Caller
from shared.ports.state import Put
from shared.services.health import Health
from shared.services.history import History
from shared.services.operations import Operations
from shared.settings import Settings
from shared.voice.records import Interaction, interaction_id

_SALT = count()
ORIGIN = "https://nexus.example"


def settings_with(**changes: Any) -> Settings:
    values = {"project_id": "demo-nexus", "allowed_origins": (ORIGIN,), **changes}
    return Settings(**values)


@dataclass
class House:
    """Fakes, and clients of the functions that stand on them."""

    settings: Settings = field(default_factory=settings_with)
    store: FakeStateStore = field(default_factory=FakeStateStore)
    clock: FakeClock = field(default_factory=FakeClock)
    identity: FakeIdentity = field(default_factory=FakeIdentity)
    publisher: FakePublisher = field(default_factory=FakePublisher)

    def voice(self) -> FlaskClient:
        operations = Operations(self.store, self.publisher, self.clock)
        views = VoiceViews(History(self.store, operations, self.clock))
        return create_app("voice", self.settings, self.identity, VOICE_ROUTES, views).test_client()

    def health(self) -> FlaskClient:
        views = HealthViews(self.settings, Health(self.store, self.identity, self.clock))
        return create_app(
            "health", self.settings, self.identity, HEALTH_ROUTES, views
        ).test_client()

    def token(self, uid: str = "ada", **claims: bool) -> dict[str, str]:
        token = self.identity.issue(Caller(uid=uid, expires_at=2e9, **claims))
        return {"Authorization": f"Bearer {token}"}

    def keep(self, uid: str = "ada", *, age_s: float = 0.0, **values: Any) -> Interaction:
        """Store an interaction that began `age_s` ago."""
        created_at = self.clock.now() - timedelta(seconds=age_s)
        made: dict[str, Any] = {
            "id": interaction_id(created_at, next(_SALT)),
            "session_id": "s1",
            "turn": 1,
            "created_at": created_at,
            "deadline_at": created_at + timedelta(seconds=60),
            "expires_at": created_at + timedelta(days=90),
            "source": "voice",
            "transcript": "create a function",
            "raw_transcript": "Create a function.",
        }
        interaction = Interaction(**{**made, **values})
        path = f"users/{uid}/interactions/{interaction.id}"
        self.store.commit([Put(path=path, data=interaction.to_document())])
        return interaction
