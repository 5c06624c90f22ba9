"""Commits in the tracker against the whole product: by webhook, by webhook twice, and by none."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from tests.support.git import git
from tests.support.stack import Stack
from tests.support.sync_client import WITHIN_S, SyncClient, call
from tests.support.sync_setup import own_workspace, seeded_workspace, unhurried
from tests.support.waiting import until


@pytest.fixture(scope="module")
def seeded(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> SyncClient:
    """The seeded workspace: the git host tells it of pushes."""
    return seeded_workspace(stack, tmp_path_factory.mktemp("seeded"))


@pytest.fixture(autouse=True)
def _unhurried(stack: Stack) -> Iterator[None]:
    with unhurried(stack):
        yield


def push(client: SyncClient, messages: Sequence[str]) -> list[str]:
    """Push commits at once, on top of what the server has; their ids."""
    clone = client.git.clone
    git(clone, "fetch", "-q", "origin", "main")
    git(clone, "reset", "-q", "--hard", "FETCH_HEAD")
    shas = []
    for number, message in enumerate(messages):
        (clone / f"note{number}.txt").write_text(f"{client.git.head} {message}\n", encoding="utf8")
        git(clone, "add", "-A")
        git(clone, "commit", "-q", "-m", message)
        shas.append(git(clone, "rev-parse", "HEAD").strip())
    git(clone, "push", "-q", "origin", "HEAD:main")
    return shas


def task(client: SyncClient, title: str) -> tuple[str, str]:
    """A new task: its page and its id."""
    page = client.notion.write("tasks", title, Status={"select": {"name": "To do"}})
    number = client.notion.page(page)["properties"]["ID"]["unique_id"]
    return page, f"{number['prefix']}-{number['number']}"


def rows(client: SyncClient) -> list[tuple[str, dict[str, Any]]]:
    """The commit and the properties of each of the tracker's rows."""
    found = [page["properties"] for page in client.notion.pages("tracker").values()]
    return [(each["SHA"]["rich_text"][0]["plain_text"], each) for each in found]


def until_rows(client: SyncClient, shas: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Wait until each commit has a row, and exactly one; the rows of those."""

    def found() -> dict[str, dict[str, Any]]:
        listed = [(sha, row) for sha, row in rows(client) if sha in shas]
        assert len({sha for sha, _ in listed}) == len(listed), "a commit has two rows"
        return dict(listed) if len(listed) == len(shas) else {}

    return until(found, WITHIN_S, f"{len(shas)} commits have rows")


def state_of(client: SyncClient, sha: str) -> str:
    (row,) = (each for key, each in rows(client) if key == sha)
    return str(row["State"]["select"]["name"])


def test_twenty_five_commits_become_rows_once_move_a_task_and_may_be_forced_away(
    seeded: SyncClient,
) -> None:
    first, first_id = task(seeded, "Tracked")
    second, second_id = task(seeded, "Tracked too")
    path = seeded.file_of(second)
    said = [f"Number {n}, part of {first_id}" for n in range(24)]
    shas = push(seeded, [*said, f"Fixes {second_id}, see {first_id}"])

    found = until_rows(seeded, shas)

    links = [[each["id"] for each in found[sha]["Tasks"]["relation"]] for sha in shas]
    assert links[:24] == [[first]] * 24
    assert sorted(links[24]) == sorted([first, second])
    assert found[shas[0]]["URL"]["url"].endswith(f"/commit/{shas[0]}")
    assert "Status: Done\n" in seeded.until_file(path, "Status: Done")
    assert seeded.notion.page(first)["properties"]["Status"]["select"]["name"] == "To do"

    control = f"{seeded.stack.run['services']['git']['control_url']}/control/deliveries"
    sent = call("GET", control)["deliveries"]
    ours = next(each["id"] for each in sent if each["payload"]["after"] == shas[-1])
    again = call("POST", f"{control}/{ours}/redeliver")
    until(
        lambda: call("GET", control)["deliveries"][int(again["id"]) - 1]["status"] == 202,
        WITHIN_S,
        "the webhook came twice",
    )
    kept, lost = push(seeded, ["Kept", "Lost"])
    until_rows(seeded, [*shas, kept, lost])

    git(seeded.git.clone, "push", "-q", "--force", "origin", f"{kept}:main")
    until(lambda: state_of(seeded, lost) == "rewritten", WITHIN_S, "the lost commit is rewritten")
    assert state_of(seeded, kept) == "merged"
    until_rows(seeded, [*shas, kept, lost])


def test_commits_that_no_webhook_told_of_are_found_by_the_cycle(
    stack: Stack, tmp_path_factory: pytest.TempPathFactory
) -> None:
    client = own_workspace(stack, tmp_path_factory.mktemp("own"))
    until(lambda: rows(client), WITHIN_S, "the first commit has its row")
    shas = push(client, ["One", "Two"])
    git(client.git.clone, "push", "-q", "origin", "HEAD:refs/heads/task/x", "HEAD:refs/heads/other")
    client.publish()
    found = until_rows(client, shas)
    assert {each["Branch"]["rich_text"][0]["plain_text"] for each in found.values()} == {"main"}
