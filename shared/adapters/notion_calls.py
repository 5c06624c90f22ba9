"""Requests to Notion: one deadline each, counted before they are sent, repeated where that is safe.

The SDK's own retries are off: they wait for as long as Notion says and know neither the newer
error codes nor that a query may be repeated.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import httpx
import tenacity
from notion_client import Client

from shared.adapters.notion_errors import FAILURES, failure, is_conflict
from shared.errors import RateLimited, UpstreamUnavailable

VERSION: Final = "2026-03-11"
_LOG = logging.getLogger(__name__)
_DEFAULT_URL: Final = "https://api.notion.com"
_ATTEMPTS: Final = 3
_LONGEST_WAIT_S: Final = 2.0  # who is told to wait longer gives the turn back
_CONNECT_S: Final = 5.0
_FIRST_SHARE: Final = 0.6  # of the time that is left; the rest is for a repetition


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request. `capability`: what the connection needs for it. `reads`: may be repeated.

    `creates`: a failed one may tell the id of what it made all the same.
    """

    path: str
    capability: str
    method: Literal["GET", "POST", "PATCH"] = "GET"
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    reads: bool = False
    creates: bool = False


class NotionCalls:
    """Sends calls with the SDK; safe among threads. The client is made at the first call.

    `base_url`: of another server that speaks the protocol, "" for Notion. `before_call`: is called
    before every request, a repetition, too; what it raises is not caught. `on_limited`: is told
    the seconds for which Notion wants no more requests. `timeout_s`: for a call with its
    repetitions.
    """

    def __init__(
        self,
        token: str,
        base_url: str,
        before_call: Callable[[], None] | None,
        on_limited: Callable[[float], None] | None,
        timeout_s: float,
    ) -> None:
        self._token = token
        self._base_url = base_url or _DEFAULT_URL
        self._before_call = before_call
        self._on_limited = on_limited
        self._timeout_s = timeout_s
        self._client: Client | None = None
        self._lock = threading.Lock()
        self._turn = threading.local()

    def send(self, call: Call) -> Any:
        """The answer's JSON.

        Raises:
            NexusError: see `notion_errors`.
            CommittedButUnread: a failed create was saved.
        """
        ends_at = time.monotonic() + self._timeout_s
        attempts = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(_ATTEMPTS)
            | tenacity.stop_before_delay(self._timeout_s * 0.9),
            wait=_wait_s,
            retry=tenacity.retry_if_exception(lambda exc: _may_repeat(call, exc)),
            before_sleep=_tell,
            reraise=True,
        )
        return attempts(self._send_once, call, ends_at)

    def close(self) -> None:
        """Let go of the connections; the next call makes new ones."""
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            client.close()

    def _send_once(self, call: Call, ends_at: float) -> Any:
        if self._before_call is not None:
            self._before_call()
        left_s = max(0.1, ends_at - time.monotonic())
        self._turn.timeout_s = left_s * _FIRST_SHARE if call.reads else left_s
        client = self._opened()
        body = None if call.body is None else dict(call.body)
        try:
            return client.request(call.path, call.method, dict(call.query) or None, body)
        except FAILURES as exc:
            error = failure(exc, call.capability, creates=call.creates)
            if isinstance(error, RateLimited) and self._on_limited is not None:
                self._on_limited(error.retry_after_s)
            raise error from exc

    def _opened(self) -> Client:
        with self._lock:
            if self._client is None:
                self._client = Client(
                    auth=self._token,
                    base_url=self._base_url.rstrip("/"),
                    notion_version=VERSION,
                    timeout_ms=int(self._timeout_s * 1000),
                    retry=False,
                    # The SDK logs Notion's messages, which quote what people wrote.
                    logger=logging.getLogger(f"{__name__}.sdk"),
                    log_level=logging.CRITICAL,
                    client=httpx.Client(event_hooks={"request": [self._limit_time]}),
                )
            return self._client

    def _limit_time(self, request: httpx.Request) -> None:
        left_s: float = self._turn.timeout_s
        parts = dict.fromkeys(("read", "write", "pool"), left_s)
        request.extensions["timeout"] = {"connect": min(_CONNECT_S, left_s), **parts}


def _may_repeat(call: Call, exc: BaseException) -> bool:
    if exc.__cause__ is None or is_conflict(exc):
        return False  # of our own making, or to be decided by who knows what was read
    if isinstance(exc, RateLimited):
        return exc.retry_after_s <= _LONGEST_WAIT_S  # nothing was done, also of a write
    return call.reads and isinstance(exc, UpstreamUnavailable)


def _wait_s(state: tenacity.RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, RateLimited):
        return error.retry_after_s
    return tenacity.wait_random_exponential(multiplier=0.2, max=1.0)(state)


def _tell(state: tenacity.RetryCallState) -> None:
    error = state.outcome.exception() if state.outcome else None
    fields = {"error": type(error).__name__, "attempt": state.attempt_number}
    _LOG.info("a request to notion is repeated", extra=fields)
