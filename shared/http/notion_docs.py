"""Code to docs: `POST /notion/code-to-docs`."""

import posixpath
import re
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from shared.http.notion_schemas import Order, WorkspaceQuery
from shared.http.operations import LongWork, known
from shared.http.route import Access, Answer, Call, Route, Routes
from shared.http.schemas import Reply
from shared.services.docs_requests import DocsRequests
from shared.services.docs_scope import Scope
from shared.services.workspaces import Workspaces

_MAX_FILES: Final = 200
_MAX_PATH: Final = 4000
_BAD_PATH = re.compile(r"[\x00-\x1f\x7f\\]")


def _inside(path: str) -> str:
    """A path in the repository, normalised; "" for all of it."""
    plain = posixpath.normpath(path.strip()).strip("/") if path.strip() else ""
    if path.startswith("/") or ".." in path.split("/") or _BAD_PATH.search(path):
        raise ValueError("a path is relative to the repository, with / and without ..")
    return "" if plain == "." else plain


def _file(path: str) -> str:
    plain = _inside(path)
    if not plain or path.endswith("/"):
        raise ValueError("a file has a name")
    return plain


class FileBody(Order):
    """A file that is in no repository. `path` tells its language and its page."""

    path: Annotated[str, Field(min_length=1, max_length=_MAX_PATH), AfterValidator(_file)]
    content: str


class DocsBody(Order):
    """What to document: a `path` of the repository (a file, a folder, or "" for all), or `files`.

    `ref`: a branch or a commit's whole id to read from; the synced branch without it. `summaries`:
    let the model write a sentence where the source says nothing.
    """

    path: Annotated[str, Field(max_length=_MAX_PATH), AfterValidator(_inside)] | None = None
    ref: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    files: Annotated[list[FileBody], Field(min_length=1, max_length=_MAX_FILES)] | None = None
    summaries: bool = False

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.path is None) == (self.files is None):
            raise ValueError("give either `path` or `files`")
        if self.files is not None and self.ref is not None:
            raise ValueError("`ref` goes with `path`")
        paths = [file.path for file in self.files or ()]
        if len(set(paths)) < len(paths):
            raise ValueError("each file has a path of its own")
        return self


class PageReply(Reply):
    """A source file and its page; `page_id` and `url` are null until the page exists.

    `symbols`: how many public names it has; `undocumented`: without a word in the source.
    """

    path: str
    page_id: str | None
    url: str | None
    action: Literal["created", "updated", "unchanged"]
    symbols: int
    undocumented: int


class WarningReply(Reply):
    """Something that was left out, or read only in part."""

    path: str
    detail: str


class DocsReply(Reply):
    """What was documented, in order of paths."""

    pages: list[PageReply]
    warnings: list[WarningReply]


class DocsViews:
    """Answers the route of the documentation."""

    def __init__(self, workspaces: Workspaces, requests: DocsRequests, long_work: LongWork) -> None:
        self._workspaces = workspaces
        self._requests = requests
        self._long_work = long_work

    def code_to_docs(self, call: Call[WorkspaceQuery, DocsBody]) -> Answer:
        """Document code."""
        caller, body = known(call), call.body
        workspace = self._workspaces.one(caller.uid, call.query.workspace_id)
        scope = Scope(path=body.path, ref=body.ref or "", summaries=body.summaries)
        files = {file.path: file.content for file in body.files} if body.files else None
        operation = self._requests.start(workspace, scope, files)
        return self._long_work.answer(call, caller, operation, _documented)


DOCS_ROUTES: Routes = (
    Route(
        method="POST",
        path="/notion/code-to-docs",
        summary="Document code on pages",
        description="Pages for source files, made without running them. What people wrote on a "
        "page stays; what did not change is not written. 409 `held` where the sync waits for a "
        "confirmation: the pages' files are committed, and the pages come with it.",
        handler=DocsViews.code_to_docs,
        access=Access.SIGNED_IN,
        query=WorkspaceQuery,
        body=DocsBody,
        reply=DocsReply,
        also={202: "It takes longer; `Location` tells how far it is"},
        problems=(404, 409, 502),
    ),
)


def _documented(result: Mapping[str, Any]) -> DocsReply:
    return DocsReply.model_validate(dict(result))
