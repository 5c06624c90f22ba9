"""Workspaces for the tests of the sync: the seeded one, and such of a user of its own."""

import asyncio
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from dev.git_server.repositories import make_repository
from tests.support.git import git
from tests.support.stack import Stack
from tests.support.sync_client import GitSide, NotionSide, SyncClient, call

_OWNER = {"Authorization": "Bearer owner"}  # the emulator's administrator


def seeded_workspace(stack: Stack, folder: Path) -> SyncClient:
    """The workspace of `demo`, which hears of edits and pushes."""
    return _client(stack, "demo", call("POST", _setup_url(stack, "demo"), {}), "demo.git", folder)


def own_workspace(stack: Stack, folder: Path) -> SyncClient:
    """A workspace of a new user, with databases and a repository of its own, and its first sync.

    Its repository sends no webhooks.
    """
    user = f"test-{uuid.uuid4().hex[:12]}"
    name = f"{user}.git"
    bare = asyncio.run(make_repository(stack.state / "git", name))
    _first_commit(bare, folder / "first")
    control = stack.run["notion"]["control_url"]
    parent = call("POST", f"{control}/edits", {"action": "create", "title": user})["id"]
    remote = stack.run["git"]["remote_url"].replace("demo.git", name)
    wanted = {"repository": {"url": remote, "branch": "main"}, "parent_page_id": parent}
    client = _client(stack, user, call("POST", _setup_url(stack, user), wanted), name, folder)
    client.sync()
    return client


@contextmanager
def unhurried(stack: Stack) -> Iterator[None]:
    """Nobody runs out of the requests that Notion allows in a minute.

    A test does in seconds what people do in a day, and its own looks would be counted as well.
    """
    settings = f"{stack.run['notion']['control_url']}/settings"
    call("POST", settings, {"rate_limit": 0})
    new_minute(stack)
    yield
    call("POST", settings, {"rate_limit": 180})


def new_minute(stack: Stack) -> None:
    """Let the minute be over in which the product counts its requests to Notion."""
    for document in call("GET", _documents(stack, "budgets"), headers=_OWNER).get("documents", ()):
        url = f"http://{stack.run['firestore_emulator_host']}/v1/{document['name']}"
        call("DELETE", url, headers=_OWNER)


@contextmanager
def apart(client: SyncClient) -> Iterator[None]:
    """Nothing is synced while people write on both sides: as if another run went on."""
    _set_lease(client, timedelta(minutes=1))
    yield
    end_lease(client)


@contextmanager
def without_webhooks(stack: Stack) -> Iterator[None]:
    """Notion and the git host lose what they would tell of meanwhile."""
    notion, run = f"{stack.run['notion']['control_url']}/webhook", stack.run
    hook = {
        "url": f"{run['base_url']}/notion/webhook",
        "verification_token": run["notion"]["webhook_secret"],
        "verified": True,
    }
    switch = f"{run['services']['git']['control_url']}/control/webhooks"
    call("POST", notion, {**hook, "types": []})
    call("POST", switch, {"enabled": False})
    try:
        yield
    finally:
        call("POST", notion, hook)
        call("POST", switch, {"enabled": True})


def end_lease(client: SyncClient) -> None:
    """Let the lease of a run be over that died or was cut off: as if its two minutes had passed."""
    _set_lease(client, -timedelta(seconds=1))


def _set_lease(client: SyncClient, left: timedelta) -> None:
    until = (datetime.now(UTC) + left).isoformat().replace("+00:00", "Z")
    url = _documents(client.stack, f"sync_state/{client.wid}")
    fields = {"fields": {"lease_until": {"timestampValue": until}}}
    call("PATCH", f"{url}?updateMask.fieldPaths=lease_until", fields, headers=_OWNER)


def _client(
    stack: Stack, user: str, setup: dict[str, Any], repository: str, folder: Path
) -> SyncClient:
    sources = {name: each["id"] for name, each in setup["notion"]["data_sources"].items()}
    clone = folder / "clone"
    clone.mkdir(parents=True)
    git(clone, "init", "-q", "-b", "main")
    git(clone, "remote", "add", "origin", _address(stack, repository))
    return SyncClient(
        stack=stack,
        user=user,
        wid=setup["id"],
        notion=NotionSide(stack=stack, sources=sources),
        git=GitSide(bare=stack.state / "git" / repository, clone=clone),
    )


def _first_commit(bare: Path, folder: Path) -> None:
    folder.mkdir(parents=True)
    git(folder, "init", "-q", "-b", "main")
    (folder / "README.md").write_text("# A repository\n", encoding="utf8")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "Begin")
    git(folder, "push", "-q", str(bare), "HEAD:main")


def _address(stack: Stack, repository: str) -> str:
    known = stack.run["git"]
    address: str = known["remote_url"].replace("demo.git", repository)
    return address.replace("://", f"://{known['username']}:{known['password']}@")


def _setup_url(stack: Stack, user: str) -> str:
    return f"{stack.run['base_url']}/notion/setup/{user}"


def _documents(stack: Stack, path: str) -> str:
    run = stack.run
    base = f"http://{run['firestore_emulator_host']}/v1/projects/{run['project_id']}"
    return f"{base}/databases/(default)/documents/{path}"
