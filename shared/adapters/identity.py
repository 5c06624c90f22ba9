"""The identity port on Firebase Auth."""

from collections.abc import Mapping
from threading import Lock
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from shared.errors import Unauthenticated, UpstreamUnavailable
from shared.ports.clock import Clock
from shared.ports.identity import Caller

if TYPE_CHECKING:
    from firebase_admin import App

CLOCK_SKEW_S: Final = 10
_TIMEOUT_S: Final = 3
_END_OF_TIME_S: Final = 1 << 40
_SERVICE: Final = "auth"
# The keys that Firebase signs ID tokens with:
# https://firebase.google.com/docs/auth/admin/verify-id-tokens
_KEYS_URL: Final = (
    "https://www.googleapis.com/robot/v1/metadata/x509/securetoken@system.gserviceaccount.com"
)


class FirebaseIdentity:
    """An `Identity` that verifies Firebase ID tokens with firebase_admin.

    `emulator`: host:port of the Auth emulator, or empty; the SDK itself knows of the emulator by
    its environment variable, without which it verifies signatures. Verifying needs public keys
    alone, so no credentials are looked for. The SDK is imported at the first call.
    """

    def __init__(self, project_id: str, clock: Clock, emulator: str = "") -> None:
        self._project_id = project_id
        self._clock = clock
        self._emulator = emulator
        self._opened: App | None = None
        self._lock = Lock()

    def verify(self, token: str) -> Caller:
        """Tell who holds a token; see the port."""
        from firebase_admin import auth
        from firebase_admin.exceptions import FirebaseError

        try:
            claims = auth.verify_id_token(token, app=self._app(), clock_skew_seconds=CLOCK_SKEW_S)
        except auth.CertificateFetchError as exc:
            raise _unavailable() from exc
        except (ValueError, FirebaseError) as exc:  # among them every InvalidIdTokenError
            raise Unauthenticated("The token does not verify; sign in again.") from exc
        return self._caller(claims)

    def probe(self) -> None:
        """Fetch what verifying depends on; see the port."""
        from google.auth.exceptions import TransportError
        from google.auth.transport.requests import Request

        url = f"http://{self._emulator}/" if self._emulator else _KEYS_URL
        try:
            answer = Request()(url, timeout=_TIMEOUT_S)
        except TransportError as exc:
            raise _unavailable() from exc
        if answer.status != 200:
            raise _unavailable()

    def _caller(self, claims: Mapping[str, Any]) -> Caller:
        # The emulator takes tokens of any age, so the end is checked here as well.
        expires_at = claims.get("exp")
        earliest = self._clock.now().timestamp() - CLOCK_SKEW_S
        if not isinstance(expires_at, int) or not earliest < expires_at < _END_OF_TIME_S:
            raise Unauthenticated("The token ran out; sign in again.")
        return Caller(
            uid=claims["uid"],
            admin=claims.get("admin") is True,
            member=claims.get("member") is True,
            expires_at=float(expires_at),
        )

    def _app(self) -> "App":
        with self._lock:
            if self._opened is None:
                self._opened = _open(self._project_id)
            return self._opened


def _open(project_id: str) -> "App":
    import firebase_admin

    options = {"projectId": project_id, "httpTimeout": _TIMEOUT_S}
    # The SDK names its instances for the whole process, ours belong to one object each.
    return firebase_admin.initialize_app(_no_credential(), options, name=uuid4().hex)


def _no_credential() -> Any:
    from firebase_admin.credentials import Base
    from google.auth.credentials import AnonymousCredentials

    class Nobody(Base):  # type: ignore[misc]
        def get_credential(self) -> AnonymousCredentials:
            return AnonymousCredentials()  # type: ignore[no-untyped-call]

    return Nobody()


def _unavailable() -> UpstreamUnavailable:
    return UpstreamUnavailable("Firebase Auth does not answer.", service=_SERVICE)
