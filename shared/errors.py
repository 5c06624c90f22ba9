"""The exceptions that cross module borders.

Each class knows how the HTTP edge shows it (`status`, `problem`) and whether the same call may
succeed later (`retryable`). Adapters translate a vendor's exception once, with `raise ... from`.

    NexusError
    ├── InvalidRequest            422 validation
    │   ├── UnreadableBody        400 validation
    │   └── TooLarge              413 too-large
    ├── Unauthenticated           401 unauthenticated
    ├── Forbidden                 403 forbidden
    ├── NotFound                  404 not-found
    ├── Conflict                  409 conflict
    │   ├── StaleWrite            409 stale
    │   ├── Held                  409 held
    │   └── NotConfigured         409 not-configured
    ├── RateLimited               429 rate-limited           retryable
    ├── UpstreamRejected          502 upstream-rejected
    └── UpstreamUnavailable       503 upstream-unavailable   retryable
        └── UpstreamTimeout       503 upstream-unavailable   retryable

Problem types follow RFC 9457 (https://www.rfc-editor.org/rfc/rfc9457).
"""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldFault:
    """One wrong field of a request: its dotted path and what is wrong with it."""

    field: str
    message: str


class NexusError(Exception):
    """The root of every expected failure.

    `detail` is one sentence for the person who made the request: it names the mend and holds
    no secret, speech, page text or code.
    """

    status: ClassVar[int] = 500
    problem: ClassVar[str] = "internal"
    retryable: ClassVar[bool] = False

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class InvalidRequest(NexusError):
    """The request is well-formed but its values are not acceptable; `faults` names each."""

    status = 422
    problem = "validation"

    def __init__(self, detail: str, faults: tuple[FieldFault, ...] = ()) -> None:
        super().__init__(detail)
        self.faults = faults


class UnreadableBody(InvalidRequest):
    """The body is not the JSON it claims to be."""

    status = 400


class TooLarge(InvalidRequest):
    """The body is larger than the service accepts."""

    status = 413
    problem = "too-large"


class Unauthenticated(NexusError):
    """No token, or one that does not verify."""

    status = 401
    problem = "unauthenticated"


class Forbidden(NexusError):
    """The caller is known and may not do this."""

    status = 403
    problem = "forbidden"


class NotFound(NexusError):
    """The thing does not exist, or not for this caller."""

    status = 404
    problem = "not-found"


class Conflict(NexusError):
    """The request contradicts the present state, for example a name that is taken."""

    status = 409
    problem = "conflict"


class StaleWrite(Conflict):
    """A guarded write lost: the document changed, vanished or appeared since it was read."""

    problem = "stale"


class Held(Conflict):
    """The work waits for a person's confirmation."""

    problem = "held"


class NotConfigured(Conflict):
    """Something must be set up first; `detail` says what."""

    problem = "not-configured"


class RateLimited(NexusError):
    """Too much at once; try again after `retry_after_s` seconds."""

    status = 429
    problem = "rate-limited"
    retryable = True

    def __init__(self, detail: str, retry_after_s: float = 1.0) -> None:
        super().__init__(detail)
        self.retry_after_s = retry_after_s


class UpstreamRejected(NexusError):
    """A service that we depend on refused the call for good, for example for a wrong key."""

    status = 502
    problem = "upstream-rejected"

    def __init__(self, detail: str, service: str = "") -> None:
        super().__init__(detail)
        self.service = service


class UpstreamUnavailable(NexusError):
    """A service that we depend on does not answer now; try again after `retry_after_s` seconds."""

    status = 503
    problem = "upstream-unavailable"
    retryable = True

    def __init__(self, detail: str, service: str = "", retry_after_s: float = 1.0) -> None:
        super().__init__(detail)
        self.service = service
        self.retry_after_s = retry_after_s


class UpstreamTimeout(UpstreamUnavailable):
    """A service that we depend on took longer than the time it was given."""
