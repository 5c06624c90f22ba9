"""Code to docs against the whole product: the sample's pages, once more, and after a push."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.support.stack import Stack
from tests.support.sync_client import WITHIN_S, SyncClient, call, title_of
from tests.support.sync_setup import seeded_workspace, unhurried
from tests.support.waiting import until

FOLDER = "src/pocketbook"
BOOK = f"{FOLDER}/book.py"
PAGE = f"notion/docs/code/{BOOK}.md"
PERSONS = "Written by Grace: balances are sums of cents."


@pytest.fixture(scope="module")
def seeded(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> SyncClient:
    """The seeded workspace, which documents what is pushed."""
    return seeded_workspace(stack, tmp_path_factory.mktemp("docs"))


@pytest.fixture(autouse=True)
def _unhurried(stack: Stack) -> Iterator[None]:
    with unhurried(stack):
        yield


def document(client: SyncClient, **body: Any) -> dict[str, Any]:
    """Document, and wait for the result."""
    url = f"{client.stack.run['base_url']}/notion/code-to-docs"

    def answered() -> tuple[requests.Response, ...]:
        reply = requests.post(url, json=body, timeout=WITHIN_S)
        return (reply,) if reply.status_code != requests.codes.accepted else ()

    (reply,) = until(answered, WITHIN_S, "the code is documented")
    assert reply.ok, reply.text
    return dict(reply.json())


def blocks(client: SyncClient, page: str) -> dict[str, str]:
    """The blocks of a page: id → what it says, in order."""
    run = client.stack.run["notion"]
    headers = {"Authorization": f"Bearer {run['token']}", "Notion-Version": "2026-03-11"}
    url = f"{run['base_url']}/v1/blocks/{page}/children?page_size=100"
    found = call("GET", url, headers=headers)["results"]
    return {
        each["id"]: "".join(part["plain_text"] for part in each[each["type"]].get("rich_text", ()))
        for each in found
    }


def test_the_sample_is_documented_once_and_a_push_changes_what_it_changed(
    seeded: SyncClient,
) -> None:
    result = document(seeded, path=FOLDER)
    assert result["warnings"] == []
    pages = {page["path"]: page for page in result["pages"]}
    assert sorted(pages) == [
        f"{FOLDER}/{name}.py" for name in ("__init__", "book", "money", "report")
    ]
    for path, page in pages.items():
        assert title_of(seeded.notion.page(page["page_id"])) == path
        assert page["symbols"] >= page["undocumented"] >= 0
    page = pages[BOOK]["page_id"]
    body = seeded.notion.body(page)
    link = re.search(r"blob/([0-9a-f]{40})/src/pocketbook/book\.py#L\d+-L\d+", body)
    assert link is not None
    assert "## `Book`" in body
    assert "Used by [src/pocketbook/" in body
    (index,) = seeded.notion.titled("docs", "Code index")
    assert pages[BOOK]["url"] in seeded.notion.body(index)

    head, writes = seeded.git.head, len(seeded.notion.writes())
    again = document(seeded, path=FOLDER)
    assert [each["action"] for each in again["pages"]] == ["unchanged"] * len(pages)
    assert [each["page_id"] for each in again["pages"]] == [
        each["page_id"] for each in result["pages"]
    ]
    assert seeded.git.head == head
    assert len(seeded.notion.writes()) == writes

    before = blocks(seeded, page)
    seeded.notion.edit(
        "markdown", page, old_str="### `Book.add`", new_str=f"{PERSONS}\n\n### `Book.add`"
    )
    seeded.until_file(PAGE, PERSONS)
    source = (seeded.git.clone / BOOK).read_text(encoding="utf8")
    changed = source.replace('note: str = ""\n', 'note: str = ""  # any\n').replace(
        'cents: int, note: str = "") -> Entry',
        'cents: int, note: str = "", *, at: int = 0) -> Entry',
    )
    assert changed != source
    commit = seeded.git.commit({BOOK: changed})
    try:
        body = seeded.until_body(page, "*, at: int = 0) -> Entry", commit)
        assert PERSONS in body
        after = blocks(seeded, page)
        kept = [key for key in before if key in after]
        assert len(kept) > 0.8 * len(before)
        assert seeded.page_of(PAGE) == page
        assert seeded.until_file(PAGE, commit).count(PERSONS) == 1
    finally:
        seeded.git.commit({BOOK: source})
