"""Who makes a request: the same answer for HTTP and for the WebSocket's handshake."""

import re
from collections.abc import Iterable
from typing import Final, Protocol
from urllib.parse import urlsplit

from shared.errors import FieldFault, Forbidden, InvalidRequest, Unauthenticated
from shared.ports.identity import Caller, Identity
from shared.settings import Settings

SUBPROTOCOL: Final = "nexus.v1"
LOCAL_USER: Final = "demo"
MAX_UID_CHARS: Final = 128
_LOCAL_HOSTS: Final = ("localhost", "127.0.0.1")
_RESERVED: Final = re.compile(r"__.*__", re.DOTALL)


class Headers(Protocol):
    """What is needed of a request's headers; names in any case."""

    def get(self, key: str, /) -> str | None:
        """The header's value, or None."""

    def keys(self) -> Iterable[str]:
        """The names of all headers."""


def identify(
    settings: Settings, identity: Identity, headers: Headers, path_uid: str | None
) -> Caller:
    """Tell who makes a request, and that they may act for the user of its path.

    Args:
        headers: of the request, or of the WebSocket's handshake, whose token may stand in
            `Sec-WebSocket-Protocol: nexus.v1, bearer.<token>`, since browsers cannot set others.
        path_uid: the user in the path; None where the path has none.

    Raises:
        InvalidRequest: `path_uid` cannot be a user.
        Unauthenticated: no token, or one that does not verify.
        Forbidden: a good token of another user who is no admin.
        UpstreamUnavailable: the token cannot be verified now.
    """
    if path_uid is not None:
        check_uid(path_uid)
    token = bearer_token(headers)
    if token is None:
        if not local_identity_holds(settings, headers):
            raise Unauthenticated("Send an ID token: Authorization: Bearer <token>.")
        return Caller(uid=path_uid or LOCAL_USER, member=True)
    caller = identity.verify(token)
    if path_uid is not None and caller.uid != path_uid and not caller.admin:
        raise Forbidden("The token belongs to another user than the path.")
    return caller


def bearer_token(headers: Headers) -> str | None:
    """The token that a request brings; None if it brings none.

    Raises:
        Unauthenticated: there is an Authorization header, but not `Bearer <token>`.
    """
    given = headers.get("Authorization")
    if given is not None:
        scheme, _, token = given.partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise Unauthenticated("The Authorization header must be: Bearer <token>.")
        return token.strip()
    offered = (headers.get("Sec-WebSocket-Protocol") or "").split(",")
    for protocol in map(str.strip, offered):
        if protocol.startswith("bearer."):
            return protocol.removeprefix("bearer.")
    return None


def local_identity_holds(settings: Settings, headers: Headers) -> bool:
    """Whether a request without a token counts as the user of its path.

    That is only so on a developer's machine: Auth and Firestore are emulators, the request was
    addressed to this machine by name, no proxy passed it on, and no foreign page made it.
    """
    host = (headers.get("Host") or "").lower()
    name, _, port = host.partition(":")
    forwarded = any(_is_forwarding(header) for header in headers.keys())  # noqa: SIM118
    return (
        settings.identity_is_local
        and name in _LOCAL_HOSTS
        and (not port or port.isdecimal())
        and not forwarded
        and origin_allowed(settings, headers.get("Origin"))
    )


def origin_allowed(settings: Settings, origin: str | None) -> bool:
    """Whether a page of `origin` may use us; absent, as from programs, is allowed.

    Ours are the allow-list and the place that we are served from ourselves.
    """
    if origin is None:
        return True
    if origin == "null":  # sandboxed pages and files: anybody's
        return False
    own = urlsplit(settings.public_url)
    return origin in settings.allowed_origins or (
        bool(own.netloc) and origin == f"{own.scheme}://{own.netloc}"
    )


def check_uid(uid: str) -> None:
    """Raise InvalidRequest unless `uid` can be a Firebase user and the id of a document.

    https://firebase.google.com/docs/firestore/quotas has the rules for ids.
    """
    if not 1 <= len(uid) <= MAX_UID_CHARS or not is_document_id(uid):
        message = f"1-{MAX_UID_CHARS} characters without '/', not '.', '..' or '__…__'"
        fault = FieldFault(field="user_id", message=message)
        raise InvalidRequest("The user id is not acceptable.", (fault,))


def is_document_id(text: str) -> bool:
    """Whether Firestore takes `text` as the id of a document."""
    reserved = text in ("", ".", "..") or "/" in text or _RESERVED.fullmatch(text)
    return not reserved and len(text.encode(errors="replace")) <= 1500


def _is_forwarding(header: str) -> bool:
    lowered = header.lower()
    return lowered == "forwarded" or lowered.startswith("x-forwarded-")
