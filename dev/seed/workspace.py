"""The demo workspace of a fresh local stack, set up as its user would: through the product's API.

Notion is the stand-in and the repository the sample one. What is written in Notion is written as a
person does, so that the first sync makes files of it.
"""

import json
import time
from dataclasses import dataclass, field
from typing import Any, Final

from dev.seed.calls import SeedError, call
from dev.seed.pages import PAGES, SamplePage

_DEADLINE_S: Final = 90.0
_PAUSE_S: Final = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """What the seed talks to: addresses without a final slash, and the tokens they want."""

    product: str
    notion_control: str
    git_control: str
    git_url: str
    user_token: str = field(repr=False)
    admin_token: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seeded:
    """What came of it: the shared page, the data source of tasks, and the two webhooks."""

    parent_page_id: str
    tasks_id: str
    webhook_secret: str = field(repr=False)
    push_url: str
    push_secret: str = field(repr=False)


def seed_workspace(at: Addresses) -> Seeded:
    """Connect the webhooks, set the workspace of `demo` up, write pages, and sync them.

    Raises:
        SeedError: something was refused, not answered, or not done in time.
    """
    parent_page_id = str(call("GET", f"{at.notion_control}/info")["parent_page_id"])
    secret = _connect_notion(at)
    setup = _set_up(at, parent_page_id)
    push = setup["push_webhook"]
    call("POST", f"{at.git_control}/control/push", push)
    sources = {name: str(each["id"]) for name, each in setup["notion"]["data_sources"].items()}
    for page in PAGES:
        _write_page(at, sources[page.collection], page)
    _until_synced(at)
    return Seeded(
        parent_page_id=parent_page_id,
        tasks_id=sources["tasks"],
        webhook_secret=secret,
        push_url=push["url"],
        push_secret=push["secret"],
    )


def _connect_notion(at: Addresses) -> str:
    """Have Notion tell its events to the product; the secret that they are signed with."""
    hook = f"{at.product}/notion/webhook"
    call("POST", f"{hook}/arm", token=at.admin_token)
    subscribed = call("POST", f"{at.notion_control}/webhook", {"url": hook})
    if not subscribed["verified"]:
        raise SeedError(f"{hook} refused Notion's token with {subscribed['status']}")
    return str(subscribed["verification_token"])


def _set_up(at: Addresses, parent_page_id: str) -> dict[str, Any]:
    wanted = {
        "repository": {"url": at.git_url, "branch": "main"},
        "parent_page_id": parent_page_id,
        "branch_on_status": True,
        "docs_on_push": True,
    }
    url = f"{at.product}/notion/setup/demo"
    return call("POST", url, wanted, token=at.user_token)


def _write_page(at: Addresses, data_source_id: str, page: SamplePage) -> None:
    edit = {
        "action": "create",
        "parent": {"type": "data_source_id", "data_source_id": data_source_id},
        "title": page.title,
        "properties": page.properties,
        "markdown": page.markdown,
    }
    call("POST", f"{at.notion_control}/edits", edit)


def _until_synced(at: Addresses) -> None:
    """Wait until every page has its file; Notion's events have it done.

    A run that fails is repeated by the product, so only the deadline ends the wait.
    """
    call("POST", f"{at.notion_control}/webhook/flush")
    url = f"{at.product}/notion/sync-status/demo"
    deadline = time.monotonic() + _DEADLINE_S
    while True:
        (workspace,) = call("GET", url, token=at.user_token)["workspaces"]
        if workspace["state"] == "idle" and workspace["links"] >= len(PAGES):
            return
        if time.monotonic() > deadline:
            said = json.dumps({name: workspace[name] for name in ("state", "hold", "problems")})
            raise SeedError(f"the first sync is not done within {_DEADLINE_S:g} s: {said}")
        time.sleep(_PAUSE_S)
