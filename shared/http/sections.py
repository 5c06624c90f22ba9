"""A function's application in sections: each is loaded when a path of it is first asked for.

An instance starts for one request, and one kind of request needs few of the models, use cases and
ports that all of them together need.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from shared.http.function import LazyApp


class Sections:
    """Takes a request to the section that its path names; a WSGI application.

    `name`: the function's, which may lead the path. `sections`: by the path's next segment.
    `otherwise`: what answers paths of no section.
    """

    def __init__(self, name: str, sections: Mapping[str, LazyApp], otherwise: LazyApp) -> None:
        self._prefix = f"/{name}/"
        self._sections = sections
        self._otherwise = otherwise

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        """Answer a request."""
        return self.of(environ.get("PATH_INFO", ""))(environ, start)

    def of(self, path: str) -> LazyApp:
        """The section of a path, with or without the function's name in front."""
        prefix = self._prefix if path.startswith(self._prefix) else "/"
        segment = path.removeprefix(prefix).partition("/")[0]
        return self._sections.get(segment, self._otherwise)
