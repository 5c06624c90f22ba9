"""What all calls of Google Cloud's clients have in common: a deadline with retries, translation."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from shared.errors import NexusError


def call_limits(timeout_s: float) -> dict[str, Any]:
    """The `retry` and `timeout` of a call that may be repeated, all tries within `timeout_s`.

    The clients' own limits are minutes: https://docs.cloud.google.com/python/docs/reference
    """
    from google.api_core import exceptions
    from google.api_core.retry import Retry, if_exception_type

    passing = if_exception_type(
        exceptions.ServiceUnavailable, exceptions.InternalServerError, exceptions.Aborted
    )
    retry = Retry(predicate=passing, initial=0.1, maximum=1.0, timeout=timeout_s)
    return {"retry": retry, "timeout": timeout_s}


@contextmanager
def translated(error_of: Callable[[BaseException | None], NexusError]) -> Iterator[None]:
    """Raise what `error_of` makes of a vendor's exception, for calls within."""
    from google.api_core.exceptions import GoogleAPICallError, RetryError
    from google.auth.exceptions import GoogleAuthError

    try:
        yield
    except RetryError as exc:
        raise error_of(exc.cause) from exc
    except (GoogleAPICallError, GoogleAuthError) as exc:
        raise error_of(exc) from exc
