"""Webhooks: what happens is gathered for a while, signed, and delivered until it is taken.

https://developers.notion.com/reference/webhooks. The back-off between attempts is not published;
here it doubles from `retry_s`.
"""

import asyncio
import hashlib
import hmac
import json
import secrets
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from dev.notion_standin.clock import to_instant
from dev.notion_standin.ids import new_id
from dev.notion_standin.model import Json
from dev.notion_standin.workspace import Change, Workspace

ATTEMPTS_MAX = 8
_TIMEOUT_S = 10
_AT_ONCE = ("comment.", "page.locked", "page.unlocked", "file_upload.", "view.")
_OPPOSITES = {"deleted": ("created", "undeleted"), "undeleted": ("deleted",)}
API_VERSION = "2026-03-11"


def sign(token: str, raw: bytes) -> str:
    """Make `X-Notion-Signature` of a raw body with the verification token."""
    return "sha256=" + hmac.new(token.encode(), raw, hashlib.sha256).hexdigest()


@dataclass(slots=True, kw_only=True)
class Gathered:
    """An event that waits for the end of its window; `data` by the names of the event's own."""

    type: str
    entity_id: str
    entity_type: str
    authors: list[str]
    data: dict[str, list[Any]] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Delivery:
    """One attempt to deliver; `status` is None where nobody answered."""

    event_id: str | None
    type: str
    entity_id: str | None
    attempt_number: int
    status: int | None


class Webhooks:
    """The one subscription of the workspace."""

    def __init__(
        self, workspace: Workspace, url: str | None = None, token: str | None = None
    ) -> None:
        self._workspace = workspace
        self._at_start = (url, token or f"secret_{secrets.token_urlsafe(32)}")
        self.deliveries: list[Delivery] = []
        self._waiting: dict[tuple[str, str], Gathered] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        workspace.listener = self.hear
        self.reset()

    def reset(self) -> None:
        """Go back to the subscription at the start, nothing waiting and nothing delivered."""
        self.url, self.token = self._at_start
        self.verified = self.url is not None
        self.window_s, self.retry_s = 1.0, 1.0
        self.subscription_id = new_id()
        self.api_version = API_VERSION
        self.types: list[str] | None = None
        self._clear()

    def hear(self, change: Change) -> None:
        """Take a change; it is delivered when its window ends, comments at once."""
        if self.url is None or not self.verified or not self._workspace.shared(_place(change)):
            return
        if self.types is not None and change.type not in self.types:
            return
        if change.type.startswith(_AT_ONCE):
            self._spawn(self._deliver(_gathered(change)))
            return
        key = (change.entity_id, change.type)
        if self._cancels(change):
            return
        if key not in self._waiting:
            self._waiting[key] = _gathered(change)
            self._spawn(self._later(key))
        else:
            _add(self._waiting[key], change)

    def _cancels(self, change: Change) -> bool:
        """Let an event and its opposite in one window come to nothing."""
        kind, word = change.type.rsplit(".", 1)
        for opposite in _OPPOSITES.get(word, ()):
            if self._waiting.pop((change.entity_id, f"{kind}.{opposite}"), None) is None:
                continue
            if opposite == "created":
                for waiting in [key for key in self._waiting if key[0] == change.entity_id]:
                    del self._waiting[waiting]
            return True
        return False

    def _spawn(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _later(self, key: tuple[str, str]) -> None:
        await asyncio.sleep(self.window_s)
        gathered = self._waiting.pop(key, None)
        if gathered is not None:
            await self._deliver(gathered)

    async def _deliver(self, gathered: Gathered) -> None:
        event, wait = self._event(gathered), self.retry_s
        for attempt in range(1, ATTEMPTS_MAX + 1):
            event["attempt_number"] = attempt
            status = await self._post(event)
            self.deliveries.append(
                Delivery(
                    event_id=event["id"],
                    type=gathered.type,
                    entity_id=gathered.entity_id,
                    attempt_number=attempt,
                    status=status,
                )
            )
            if status is not None and 200 <= status < 300:
                return
            await asyncio.sleep(wait)
            wait *= 2

    async def _post(self, body: Json) -> int | None:
        raw = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        headers = {
            "Content-Type": "application/json",
            "X-Notion-Signature": sign(self.token, raw),
            "User-Agent": "notion-api",
        }
        timeout = aiohttp.ClientTimeout(total=_TIMEOUT_S)
        with suppress(aiohttp.ClientError, TimeoutError):
            async with (
                aiohttp.ClientSession(timeout=timeout) as session,
                session.post(self.url or "", data=raw, headers=headers) as answer,
            ):
                return answer.status
        return None

    def accept(self, url: str, token: str | None = None) -> None:
        """Take a subscription as verified without a handshake."""
        self.url, self.token = url, token or self.token
        self.verified, self.subscription_id = True, new_id()

    async def subscribe(self, url: str, token: str | None = None) -> int | None:
        """Start a subscription: send the verification token to `url`; gives the answer's status."""
        self.url, self.token = url, token or f"secret_{secrets.token_urlsafe(32)}"
        self.verified, self.subscription_id = False, new_id()
        status = await self._post({"verification_token": self.token})
        self.deliveries.append(
            Delivery(
                event_id=None,
                type="verification",
                entity_id=None,
                attempt_number=1,
                status=status,
            )
        )
        self.verified = status is not None and 200 <= status < 300
        return status

    def _clear(self) -> None:
        self._waiting.clear()
        self.deliveries.clear()
        for task in self._tasks:
            task.cancel()

    async def flush(self) -> None:
        """Deliver at once what waits for its window."""
        waiting = list(self._waiting.values())
        self._waiting.clear()
        for gathered in waiting:
            self._spawn(self._deliver(gathered))

    async def close(self) -> None:
        """Give up what is under way."""
        self._clear()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _event(self, gathered: Gathered) -> Json:
        workspace = self._workspace
        data = {} if gathered.entity_type == "file_upload" else {"data": self._data(gathered)}
        return {
            "id": new_id(),
            "timestamp": to_instant(workspace.clock.now()),
            "workspace_id": workspace.id,
            "workspace_name": workspace.name,
            "subscription_id": self.subscription_id,
            "integration_id": workspace.bot.id,
            "type": gathered.type,
            "authors": [{"id": one, "type": workspace.kind_of(one)} for one in gathered.authors],
            "attempt_number": 1,
            "api_version": self.api_version,
            "entity": {"id": gathered.entity_id, "type": gathered.entity_type},
            **data,
        }

    def _data(self, gathered: Gathered) -> Json:
        workspace, given = self._workspace, gathered.data
        if gathered.entity_type == "comment":
            return dict(given["comment"][0])
        if gathered.entity_type == "view":
            return dict(given["view"][0])
        data: Json = {"parent": workspace.event_parent(gathered.entity_id)}
        if "blocks" in given:
            unique = dict.fromkeys(given["blocks"])
            data["updated_blocks"] = [{"id": one, "type": _kind(workspace, one)} for one in unique]
        if "properties" in given:
            data["updated_properties"] = list(dict.fromkeys(given["properties"]))
        if "schema" in given:
            data["updated_properties"] = list({one["id"]: one for one in given["schema"]}.values())
        return data


def _place(change: Change) -> str:
    """Give the id that tells whether an event's entity is shared: a comment's is its page."""
    if change.entity_type == "comment":
        return str(change.data["comment"][0]["page_id"])
    return change.entity_id


def _kind(workspace: Workspace, found: str) -> str:
    node = workspace.nodes.get(found)
    return {"Page": "page", "Database": "database"}.get(type(node).__name__, "block")


def _gathered(change: Change) -> Gathered:
    made = Gathered(
        type=change.type, entity_id=change.entity_id, entity_type=change.entity_type, authors=[]
    )
    _add(made, change)
    return made


def _add(gathered: Gathered, change: Change) -> None:
    if change.actor not in gathered.authors:
        gathered.authors.append(change.actor)
    for name, values in change.data.items():
        gathered.data.setdefault(name, []).extend(values)
