"""One request to the vendor's address, and the table of what can be asked."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from dev.notion_standin.errors import NotionError, failed
from dev.notion_standin.ids import read_id
from dev.notion_standin.model import Json
from dev.notion_standin.query import Queries, page_size
from dev.notion_standin.show import Shower
from dev.notion_standin.uploads import Part
from dev.notion_standin.workspace import Workspace


@dataclass(slots=True, kw_only=True)
class Call:
    """A request that passed the gate: version known, token right, body a JSON object.

    `query` holds lists of values by name; `status` may be raised to 202 by the handler,
    which tells in `committed` the children it made.
    """

    workspace: Workspace
    queries: Queries
    version: str
    path: dict[str, str]
    query: dict[str, list[str]]
    body: Json
    form: dict[str, Part] = field(default_factory=dict)
    partial: bool = False
    status: int = 200
    committed: list[str] | None = None
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def show(self) -> Shower:
        """Build answers in the shapes of the request's version."""
        return Shower(self.workspace, self.version)

    @property
    def actor(self) -> str:
        """The user that writes through the API: the bot."""
        return self.workspace.bot.id

    def id(self, name: str) -> str:
        """Give an id of the path; raises 400 if it is none."""
        return read_id(self.path[name], f"path.{name}")

    def one(self, name: str) -> str | None:
        """Give the first value of a query parameter."""
        return self.query.get(name, [None])[0]

    def only_properties(self) -> list[str] | None:
        """Give the ids of `filter_properties`, in either spelling; None for all."""
        return self.query.get("filter_properties[]") or self.query.get("filter_properties")

    def size(self) -> int:
        """Give the wanted page size from the body or the query."""
        if "page_size" in self.body:
            return page_size(self.body["page_size"], "body.page_size")
        return page_size(self.one("page_size"), "query.page_size")

    def cursor(self) -> Any:
        """Give the wanted start cursor from the body or the query."""
        return self.body.get("start_cursor") or self.one("start_cursor")

    def refuse(self, *names: str) -> None:
        """Raise 400 for body fields that may not be sent."""
        for name in names:
            if name in self.body:
                raise failed(f"body.{name}", "not present", self.body[name])

    def listing(self, results: list[Json], following: str | None, kind: str) -> Json:
        """Build a list answer whose results are of a kind ("block")."""
        return {
            "object": "list",
            "results": results,
            "next_cursor": following,
            "has_more": following is not None,
            "type": kind,
            kind: {},
        }


Handler = Callable[[Call], Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One address of the API; `needs` is the capability it takes, if any.

    `open` marks the token endpoints, which come without version and bearer token.
    """

    method: str
    pattern: str
    handler: Handler
    needs: str | None = None
    open: bool = False


class Router:
    """Finds the route of a request."""

    def __init__(self, routes: list[Route]) -> None:
        self._routes = [
            (route, re.compile("^" + re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", route.pattern) + "/?$"))
            for route in routes
        ]

    def find(self, method: str, path: str) -> tuple[Route, dict[str, str]]:
        """Give the route and the parts of the path; raises 400 `invalid_request_url`."""
        for route, expression in self._routes:
            match = expression.match(path)
            if match and route.method == method:
                return route, match.groupdict()
        raise NotionError("invalid_request_url", "Invalid request URL.")
