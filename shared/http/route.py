"""A route as a value: what answers it, who may use it, and what its documentation says."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel
from werkzeug.datastructures import Headers

from shared.ports.identity import Caller

QueryT = TypeVar("QueryT")
BodyT = TypeVar("BodyT")


class Access(Enum):
    """Who may use a route."""

    PUBLIC = "public"
    """Anybody; a caller with a good token is known all the same."""

    OWNER = "owner"
    """The user of the path's `user_id`, or an admin."""

    SIGNED_IN = "signed-in"
    """Anybody with a good token."""

    ADMIN = "admin"
    """A token with the claim `admin`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Generic[QueryT, BodyT]):
    """What a handler is given: the request after identity and validation.

    `path`: the variables of the route's path. `query`, `body`: objects of the route's models, None
    where it has none; `body` is bytes on a raw route. `caller`: None only for a stranger on a
    public route.
    """

    caller: Caller | None
    path: Mapping[str, str]
    query: QueryT
    body: BodyT
    headers: Headers


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A reply with more to it than a model and the route's status. `content`: a model is sent as
    JSON, text as `media_type`, None as nothing."""

    content: BaseModel | str | None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    media_type: str = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One method on one path.

    `path`: as clients see it, with `{variables}`. `handler`: an unbound method of the views that
    the application is made with; it takes a `Call` and returns a model, an `Answer`, or None for
    204. `query`, `body`, `reply`: pydantic models, None where there is nothing. `raw`: the body is
    given as it came, since it is signed, and may have this many bytes. `problems`: the statuses of
    the failures that only this route has.
    """

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
    path: str
    summary: str
    handler: Callable[..., BaseModel | Answer | None]
    access: Access
    description: str = ""
    query: type[BaseModel] | None = None
    body: type[BaseModel] | None = None
    raw: int | None = None
    reply: type[BaseModel] | None = None
    also: Mapping[int, str] = field(default_factory=dict)
    problems: tuple[int, ...] = ()

    @property
    def name(self) -> str:
        """The operation's name, unique among all routes."""
        return self.handler.__name__

    @property
    def variables(self) -> tuple[str, ...]:
        """The names in the path's braces, in order."""
        parts = self.path.split("/")
        return tuple(part[1:-1] for part in parts if part.startswith("{"))


Routes = tuple[Route, ...]
Views = Any
