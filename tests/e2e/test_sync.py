"""Notion and the repository against the whole product: edits, merges, conflicts, webhooks."""

import uuid
from collections.abc import Iterator

import pytest
import requests

from tests.support.stack import Stack
from tests.support.sync_client import WITHIN_S, SyncClient, call, title_of
from tests.support.sync_setup import (
    apart,
    own_workspace,
    seeded_workspace,
    unhurried,
    without_webhooks,
)

THREE = "The first paragraph.\n\nThe second paragraph.\n\nThe third paragraph.\n"


@pytest.fixture(scope="module")
def seeded(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> SyncClient:
    """The seeded workspace: Notion and the git host tell it of changes."""
    return seeded_workspace(stack, tmp_path_factory.mktemp("seeded"))


@pytest.fixture(scope="module")
def own(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> SyncClient:
    """A workspace that is synced when a test asks for it."""
    return own_workspace(stack, tmp_path_factory.mktemp("own"))


@pytest.fixture(scope="module", autouse=True)
def lost(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> tuple[SyncClient, str, str]:
    """A page and its file in a workspace where all webhooks got lost, edited before all tests.

    What brings them together is a tick, up to 30 s later; the other tests fill that time.
    """
    client = own_workspace(stack, tmp_path_factory.mktemp("lost"))
    with without_webhooks(stack):
        page = client.notion.write("docs", "Lost", THREE)
        client.sync()
        path = client.file_of(page)
        told = client.git.files()[path].replace("The third", "By a commit, the third")
        client.notion.edit("markdown", page, old_str="The first", new_str="By Ada, the first")
        client.git.commit({path: told})
        (job,) = call("GET", f"{_scheduler(stack)}/jobs")["jobs"]
        call("POST", f"{_scheduler(stack)}/fire", {"name": job["name"]})
    return client, page, path


def _scheduler(stack: Stack) -> str:
    return str(stack.run["services"]["scheduler"]["control_url"])


@pytest.fixture(autouse=True)
def _unhurried(stack: Stack) -> Iterator[None]:
    with unhurried(stack):
        yield


def unique(words: str) -> str:
    """A title that no other test uses."""
    return f"{words} {uuid.uuid4().hex[:8]}"


def body_of(file: str) -> str:
    """What stands below the front matter."""
    return file.split("\n---\n", 1)[1].strip("\n")


def test_a_new_page_gets_a_file_and_edits_go_both_ways_by_webhooks(seeded: SyncClient) -> None:
    title = unique("Written in Notion")
    page = seeded.notion.write(
        "tasks", title, "One line.\n\nAnother line.\n", Status={"select": {"name": "To do"}}
    )
    path = seeded.file_of(page)
    file = seeded.git.files()[path]
    assert path.startswith("notion/tasks/written-in-notion-")
    assert f"title: {title}\n" in file
    assert "Status: To do\n" in file
    assert body_of(file) == "One line.\n\nAnother line."

    seeded.notion.edit("markdown", page, old_str="One line", new_str="A changed line")
    file = seeded.until_file(path, "A changed line.")

    file = file.replace("Another line", "The last line").replace("To do", "Done")
    seeded.git.commit({path: file})
    assert "A changed line." in seeded.until_body(page, "The last line.")
    status = seeded.notion.page(page)["properties"]["Status"]["select"]
    assert status["name"] == "Done"
    assert seeded.git.holding(page) == [path]


def test_a_new_file_gets_a_page_and_edits_go_both_ways_by_webhooks(seeded: SyncClient) -> None:
    title = unique("Written in git")
    path = f"notion/docs/{title.lower().replace(' ', '-')}.md"
    front = f"---\ntitle: {title}\nreviewer: only here\n---\n"
    seeded.git.commit({path: f"{front}\nOne line.\n\nAnother line.\n"})
    page = seeded.page_of(path)
    assert seeded.notion.titled("docs", title) == [page]
    assert seeded.notion.body(page) == "One line.\n\nAnother line."

    file = seeded.git.files()[path]
    seeded.git.commit({path: file.replace("Another line", "The last line")})
    seeded.until_body(page, "The last line.")

    seeded.notion.edit("markdown", page, old_str="One line", new_str="A changed line")
    file = seeded.until_file(path, "A changed line.")
    assert body_of(file) == "A changed line.\n\nThe last line."
    assert "reviewer: only here\n" in file


def test_both_sides_edited_at_once_by_webhooks_hold_both_edits(seeded: SyncClient) -> None:
    page = seeded.notion.write("docs", unique("At once"), THREE)
    path = seeded.file_of(page)
    file = seeded.git.files()[path]
    with apart(seeded):
        seeded.notion.edit("markdown", page, old_str="The first", new_str="Notion's first")
        seeded.git.commit({path: file.replace("The third", "The file's third")})
    merged = ("Notion's first paragraph.", "The second paragraph.", "The file's third paragraph.")
    body = seeded.until_body(page, *merged)
    file = seeded.until_file(path, *merged)
    assert body_of(file) == body
    assert seeded.notion.comments(page) == []


@pytest.fixture
def torn(own: SyncClient) -> Iterator[tuple[str, str]]:
    """A page and its file, which were changed in the same place, and beside it in others."""
    page = own.notion.write("docs", unique("Torn"), THREE)
    own.sync()
    path = own.file_of(page)
    file = own.git.files()[path]
    with apart(own):
        own.notion.edit("markdown", page, old_str="The second", new_str="Ada's second")
        own.notion.edit("markdown", page, old_str="The first", new_str="The very first")
        mine = file.replace("The second", "Grace's second").replace("The third", "The very last")
        own.git.commit({path: mine})
    own.sync()
    yield page, path
    assert own.conflicts() == []


def test_the_same_words_edited_at_once_are_one_conflict_that_ends_by_a_decision(
    own: SyncClient, torn: tuple[str, str]
) -> None:
    page, path = torn
    body, file = own.notion.body(page), own.git.files()[path]
    mine, theirs = "Ada's second paragraph.", "Grace's second paragraph."
    assert body.split("\n\n") == ["The very first paragraph.", mine, "The very last paragraph."]
    assert body_of(file) == body.replace(mine, theirs)
    (conflict,) = own.conflicts()
    assert (conflict["path"], conflict["field"]) == (path, "body")
    assert mine in conflict["notion"]
    assert theirs in conflict["git"]
    assert "The second paragraph." in conflict["base"]
    for _ in range(2):
        own.sync()
    assert [each["id"] for each in own.conflicts()] == [conflict["id"]]
    assert len(own.notion.comments(page)) == 1
    assert own.status()["open_conflicts"] == 1

    decided = body.replace(mine, "The second paragraph of both.")
    done = own.resolve(conflict, "merged", content=decided)

    assert done["state"] == "resolved"
    assert own.notion.body(page) == body_of(own.git.files()[path]) == decided
    assert own.status()["open_conflicts"] == 0
    assert len(own.notion.comments(page)) == 1


def test_a_decision_about_a_text_that_moved_since_is_stale(
    own: SyncClient, torn: tuple[str, str]
) -> None:
    page, path = torn
    (seen,) = own.conflicts()
    own.notion.edit("markdown", page, old_str="Ada's second", new_str="Ada's new second")
    own.sync()
    url = f"{own.stack.run['base_url']}/notion/conflicts/{own.user}/{seen['id']}"
    order = {"resolution": "git", "etag": seen["etag"]}
    refused = requests.post(url, json=order, timeout=WITHIN_S)
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/stale")

    (conflict,) = own.conflicts()
    assert "Ada's new second paragraph." in conflict["notion"]
    own.resolve(conflict, "notion")
    assert "Ada's new second paragraph." in own.git.files()[path]


def test_one_property_set_differently_on_both_sides_is_a_conflict_of_it_alone(
    own: SyncClient,
) -> None:
    title = unique("Property")
    page = own.notion.write("tasks", title, "Text.\n", Status={"select": {"name": "To do"}})
    own.sync()
    path = own.file_of(page)
    file = own.git.files()[path]
    with apart(own):
        done = {"Status": {"select": {"name": "Done"}}}
        own.notion.edit("properties", page, title=f"{title} new", properties=done)
        own.git.commit({path: file.replace("To do", "In progress").replace("Text", "More text")})
    own.sync()
    (conflict,) = own.conflicts()
    assert conflict["field"] == "Status"
    assert title_of(own.notion.page(page)) == f"{title} new"
    assert own.notion.body(page) == "More text."
    assert f"title: {title} new\n" in own.git.files()[path]

    own.resolve(conflict, "git")

    status = own.notion.page(page)["properties"]["Status"]["select"]
    assert status["name"] == "In progress"
    assert "Status: In progress\n" in own.git.files()[path]


def test_edits_that_no_webhook_told_of_come_with_the_next_ticks(
    lost: tuple[SyncClient, str, str],
) -> None:
    client, page, path = lost
    client.until_file(path, "By Ada, the first")
    client.until_body(page, "By a commit, the third")
    assert body_of(client.git.files()[path]) == client.notion.body(page)
