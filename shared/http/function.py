"""From a WSGI application to what functions-framework calls."""

import gc
from collections.abc import Callable, Iterable
from threading import Lock
from typing import Any, Final

from flask import Request
from werkzeug.wrappers import Response

# So many objects more may come before unreachable ones are looked for. With Python's own 700 it
# looks hundreds of times while SDKs load and nothing is unreachable: a tenth of a cold start.
_ALLOCATIONS: Final = 20_000

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class LazyApp:
    """A WSGI application that is built at its first request, once per process.

    functions-framework imports a function before it forks; what holds connections must come
    after. A build that fails is tried again at the next request.
    """

    def __init__(self, build: Callable[[], Wsgi]) -> None:
        self._build = build
        self._app: Wsgi | None = None
        self._lock = Lock()

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        """Answer a request."""
        return self._ready()(environ, start)

    def respond(self, request: Request) -> Response:
        """Answer a request of the outer application with the inner one."""
        return Response.from_app(self, request.environ)

    def _ready(self) -> Wsgi:
        with self._lock:
            if self._app is None:
                gc.set_threshold(_ALLOCATIONS)
                self._app = self._build()
            return self._app
