"""A workspace as its people have it: Notion in one hand, a clone in the other, the product between.

What people do in Notion goes through the stand-in's control address; what Notion then shows is
read with the vendor's client. Commits are made by the git program and pushed by HTTP.
"""

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import requests
from notion_client import Client

from tests.support.git import git
from tests.support.stack import Stack
from tests.support.waiting import until

Json = dict[str, Any]
WITHIN_S = 60.0  # far more than it takes: build machines are slow and busy
_ANSWER_S = 60.0
_DIALECT = "v2"
_PUSHES = 5
_ID = re.compile(r'^id: "?([0-9a-f-]{36})"?$', re.MULTILINE)


def call(method: str, url: str, body: Any = None, **options: Any) -> Json:
    """The JSON that a request is answered with; fails with the answer's text."""
    reply = requests.request(method, url, json=body, timeout=_ANSWER_S, **options)
    assert reply.ok, f"{method} {url}: {reply.status_code} {reply.text[:2000]}"
    return dict(reply.json()) if reply.content else {}


def title_of(page: Mapping[str, Any]) -> str:
    """A page's title as plain text."""
    (found,) = (each for each in page["properties"].values() if each["type"] == "title")
    return "".join(part["plain_text"] for part in found["title"])


@dataclass(frozen=True, kw_only=True)
class NotionSide:
    """Notion's app in the hands of people. `sources`: data source by collection."""

    stack: Stack
    sources: Mapping[str, str]

    def edit(self, action: str, page_id: str | None = None, **fields: Any) -> Json:
        """Let a person do something, as the stand-in's control address takes it."""
        order = {"action": action, "user": "Ada", **fields}
        if page_id is not None:
            order["id"] = page_id
        return call("POST", f"{self.stack.run['notion']['control_url']}/edits", order)

    def write(self, collection: str, title: str, markdown: str = "", **properties: Any) -> str:
        """Let a person make a page; its id. `properties`: in Notion's own form."""
        parent = self._parent(collection)
        made = self.edit(
            "create", parent=parent, title=title, markdown=markdown, properties=properties
        )
        return str(made["id"])

    def move(self, page_id: str, collection: str) -> None:
        """Let a person move a row to another data source."""
        self.edit("move", page_id, parent=self._parent(collection))

    def page(self, page_id: str) -> Json:
        """A page as the API shows it."""
        return dict(self._client.pages.retrieve(page_id))  # type: ignore[arg-type]

    def body(self, page_id: str) -> str:
        """A page's body as Markdown."""
        path = f"pages/{page_id}/markdown"
        found: Any = self._client.request(path, method="GET", query={"markdown_version": _DIALECT})
        return str(found["markdown"])

    def outline(self, block_id: str) -> list[Any]:
        """The types of the blocks below a page or block; (type, children) where there are any."""
        found: Any = self._client.blocks.children.list(block_id)
        return [
            (each["type"], self.outline(each["id"])) if each["has_children"] else each["type"]
            for each in found["results"]
        ]

    def pages(self, collection: str) -> dict[str, Json]:
        """The rows that a data source shows, at most 100, by id."""
        found: Any = self._client.data_sources.query(self.sources[collection], page_size=100)
        return {row["id"]: row for row in found["results"]}

    def titled(self, collection: str, title: str) -> list[str]:
        """The ids of the rows with a title."""
        return [key for key, row in self.pages(collection).items() if title_of(row) == title]

    def comments(self, page_id: str) -> list[str]:
        """What the comments on a page say."""
        found: Any = self._client.comments.list(block_id=page_id)
        texts = [each["rich_text"] for each in found["results"]]
        return ["".join(part["plain_text"] for part in text) for text in texts]

    def writes(self) -> list[str]:
        """The requests that changed something, as "METHOD path", oldest first."""
        control = self.stack.run["notion"]["control_url"]
        requests_seen = call("GET", f"{control}/requests")["requests"]
        return [
            f"{each['method']} {each['path']}"
            for each in requests_seen
            if each["method"] != "GET" and not each["path"].endswith(("/query", "/search"))
        ]

    def _parent(self, collection: str) -> Json:
        return {"type": "data_source_id", "data_source_id": self.sources[collection]}

    @property
    def _client(self) -> Client:
        run = self.stack.run["notion"]
        return Client(auth=run["token"], base_url=run["base_url"])


@dataclass(kw_only=True)
class GitSide:
    """A clone of a repository of the stack. `bare`: the folder that the server serves."""

    bare: Path
    clone: Path
    _seen: str = ""

    @property
    def head(self) -> str:
        """The commit of the server's `main`, "" without one; no process is started."""
        ref = self.bare / "refs" / "heads" / "main"
        return ref.read_text(encoding="utf8").strip() if ref.exists() else ""

    def commit(self, files: Mapping[str, str | None], *, moved: Mapping[str, str] = {}) -> str:
        """Commit onto what the server has now, and push; the commit.

        `files`: path → content, None to delete. `moved`: old path → new path, before that. Where
        the sync pushes in the same moment, the person takes its commit and does the same again.
        """
        for _ in range(_PUSHES):
            self._commit(files, moved)
            seen = git(self.clone, "rev-parse", "HEAD").strip()
            refused = git(self.clone, "push", "-q", "origin", "HEAD:main", check=False)
            if not refused:
                self._seen = seen
                return seen
            assert "rejected" in refused, refused
            self._seen = ""
        raise AssertionError("the server's branch moves all the time")

    def _commit(self, files: Mapping[str, str | None], moved: Mapping[str, str]) -> None:
        self._pull()
        for old, new in moved.items():
            (self.clone / new).parent.mkdir(parents=True, exist_ok=True)
            git(self.clone, "mv", old, new)
        for path, text in files.items():
            file = self.clone / path
            if text is None:
                file.unlink()
            else:
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text, encoding="utf8")
        git(self.clone, "add", "-A")
        git(self.clone, "commit", "-q", "-m", "Edit by hand")

    def files(self, folder: str = "notion") -> dict[str, str]:
        """The Markdown files below a folder, as the server has them now, by path."""
        self._pull()
        found = sorted((self.clone / folder).rglob("*.md"))
        return {
            path.relative_to(self.clone).as_posix(): path.read_text(encoding="utf8")
            for path in found
        }

    def holding(self, text: str, folder: str = "notion") -> list[str]:
        """The paths of the files that hold a text."""
        return [path for path, content in self.files(folder).items() if text in content]

    def _pull(self) -> None:
        if self.head and self.head != self._seen:
            git(self.clone, "fetch", "-q", "origin", "main")
            git(self.clone, "reset", "-q", "--hard", "FETCH_HEAD")
            self._seen = git(self.clone, "rev-parse", "HEAD").strip()


@dataclass(kw_only=True)
class SyncClient:
    """A user's workspace, and everything they can reach it by. `wid`: our own id of it."""

    stack: Stack
    user: str
    wid: str
    notion: NotionSide
    git: GitSide

    def status(self) -> Json:
        """How the sync of the one workspace stands."""
        (found,) = call("GET", self._url("sync-status"))["workspaces"]
        return dict(found)

    def sync(self, **body: str) -> Json:
        """Sync now, and wait until nothing is left to do; the last run."""
        return dict(self._long(self._url("sync"), body)["run"])

    def refused(self) -> Json:
        """Sync now where that is refused; the problem."""
        reply = requests.post(self._url("sync"), json={}, timeout=_ANSWER_S)
        assert reply.status_code == 409, reply.text
        return dict(reply.json())

    def conflicts(self, state: str = "open") -> list[Json]:
        """The conflicts in that state."""
        found: list[Json] = call("GET", self._url("conflicts"))["conflicts"]
        return [each for each in found if each["state"] == state]

    def resolve(self, conflict: Json, resolution: str, **more: str) -> Json:
        """Decide a conflict."""
        body = {"resolution": resolution, "etag": conflict["etag"], **more}
        url = f"{self._url('conflicts')}/{conflict['id']}"
        return self._long(url, body)

    def publish(self, message: Json | None = None, times: int = 1) -> None:
        """Publish a message that has the workspace synced, as webhooks and ticks do."""
        run = self.stack.run
        at = datetime.now(UTC).isoformat()
        text = json.dumps(message or {"workspace": self.wid, "at": at})
        data = base64.b64encode(text.encode()).decode()
        topic = f"projects/{run['project_id']}/topics/sync-workspace"
        url = f"http://{run['pubsub_emulator_host']}/v1/{topic}:publish"
        call("POST", url, {"messages": [{"data": data}] * times})

    def file_of(self, page_id: str) -> str:
        """Wait until a page has its file; the path."""
        return until(lambda: self.git.holding(page_id), WITHIN_S, f"page {page_id} has a file")[0]

    def page_of(self, path: str) -> str:
        """Wait until a file carries the id of its page; the id."""

        def found() -> str:
            line = _ID.search(self.git.files().get(path, ""))
            return line[1] if line else ""

        return until(found, WITHIN_S, f"{path} has its page's id")

    def until_body(self, page_id: str, *texts: str) -> str:
        """Wait until a page's body holds all these texts; the body."""

        def found() -> str:
            body = self.notion.body(page_id)
            return body if all(text in body for text in texts) else ""

        return until(found, WITHIN_S, f"page {page_id} holds {texts}")

    def until_file(self, path: str, *texts: str) -> str:
        """Wait until a file holds all these texts; the file."""

        def found() -> str:
            content = self.git.files().get(path, "")
            return content if all(text in content for text in texts) else ""

        return until(found, WITHIN_S, f"{path} holds {texts}")

    def _url(self, what: str) -> str:
        return f"{self.stack.run['base_url']}/notion/{what}/{self.user}"

    def _long(self, url: str, body: Json) -> Json:
        """What long work comes to; asked for again while it runs, which joins it."""

        def answered() -> tuple[requests.Response, ...]:
            reply = requests.post(url, json=body, timeout=_ANSWER_S)
            return (reply,) if reply.status_code != requests.codes.accepted else ()

        (reply,) = until(answered, WITHIN_S, f"{url} is done")
        assert reply.ok, f"{url}: {reply.status_code} {reply.text[:2000]}"
        return dict(reply.json())
