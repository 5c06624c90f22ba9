"""A task of Notion becomes a branch with a plan, on the whole product with a real git server."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.support.git import git
from tests.support.stack import Stack
from tests.support.sync_client import WITHIN_S, SyncClient, call
from tests.support.sync_setup import seeded_workspace, unhurried
from tests.support.waiting import until

BODY = """\
The monthly report is for reading; people want a **spreadsheet** too.

- one line per entry
- `format_amount` writes the amounts
"""


@pytest.fixture(scope="module")
def seeded(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> SyncClient:
    """The seeded workspace, where a status begins a branch."""
    return seeded_workspace(stack, tmp_path_factory.mktemp("tasks"))


@pytest.fixture(autouse=True)
def _unhurried(stack: Stack) -> Iterator[None]:
    with unhurried(stack):
        yield


def write(seeded: SyncClient, words: str) -> tuple[str, str]:
    """Let a person write a task that is not begun; its page and its title."""
    title = f"{words} {uuid.uuid4().hex[:8]}"
    return seeded.notion.write("tasks", title, BODY, Status={"select": {"name": "To do"}}), title


def make_branch(stack: Stack, page: str) -> requests.Response:
    """Ask for the task's branch."""
    url = f"{stack.run['base_url']}/notion/task-to-branch"

    def answered() -> tuple[requests.Response, ...]:
        reply = requests.post(url, params={"task_page_id": page}, timeout=60)
        return (reply,) if reply.status_code != requests.codes.accepted else ()

    return until(answered, WITHIN_S, "the task has its branch")[0]


def asked(stack: Stack, title: str) -> int:
    """How often the model was asked to plan a task."""
    control = stack.run["anthropic"]["control_url"]
    seen = call("GET", f"{control}/requests")["requests"]
    return sum(title in str(each["body"]) for each in seen if each["path"] == "/v1/messages")


def heads(seeded: SyncClient) -> dict[str, str]:
    """Where the server's branches are."""
    lines = git(seeded.git.bare, "for-each-ref", "--format=%(refname:short) %(objectname)")
    return dict(line.split(" ", 1) for line in lines.splitlines())


def status_of(page: dict[str, Any]) -> str:
    """The option that a page's status shows."""
    return str(page["properties"]["Status"]["select"]["name"])


def test_a_task_gets_a_branch_and_a_second_call_changes_nothing(
    stack: Stack, seeded: SyncClient
) -> None:
    page, title = write(seeded, "Export the report as CSV")
    reply = make_branch(stack, page)
    assert reply.ok, reply.text
    made = reply.json()
    number = seeded.notion.page(page)["properties"]["ID"]["unique_id"]["number"]
    assert made["task_id"] == f"TASK-{number}"
    assert made["branch"] == f"task/TASK-{number}-export-the-report-as-csv"
    assert (made["title"], made["base"], made["created"]) == (title, "main", True)
    bare, commit = seeded.git.bare, made["commit"]
    assert heads(seeded)[made["branch"]] == commit
    assert git(bare, "show", "--format=", "--name-only", commit).split() == [made["plan_path"]]
    plan = git(bare, "show", f"{commit}:{made['plan_path']}")
    assert "> - `format_amount` writes the amounts" in plan
    assert "`src/pocketbook/money.py` `format_amount`" in plan
    trailers = git(bare, "show", "-s", "--format=%(trailers)", commit)
    assert f"Notion-Task: {made['page_url']}" in trailers
    body = seeded.until_body(page, "## Plan", made["branch"], "- [ ] `src/pocketbook/money.py`")
    assert body.startswith(BODY.strip())
    shown = seeded.notion.page(page)
    assert status_of(shown) == "In progress"
    assert shown["properties"]["Branch"]["url"].endswith(made["branch"])
    assert asked(stack, title) == 1

    seeded.notion.edit("markdown", page, old_str="- [ ] Run", new_str="- [x] Run")
    again = make_branch(stack, made["page_url"]).json()
    assert again == {**made, "created": False}
    assert heads(seeded)[made["branch"]] == commit
    assert asked(stack, title) == 1
    assert "- [x] Run" in seeded.notion.body(page)


def test_a_status_set_in_notion_begins_the_branch(stack: Stack, seeded: SyncClient) -> None:
    page, title = write(seeded, "Round shares of a category")
    seeded.file_of(page)
    seeded.notion.edit(
        "properties", page, properties={"Status": {"select": {"name": "In progress"}}}
    )
    number = seeded.notion.page(page)["properties"]["ID"]["unique_id"]["number"]
    branch = f"task/TASK-{number}-round-shares-of-a-category"
    commit = until(lambda: heads(seeded).get(branch), WITHIN_S, f"{branch} is there")
    seeded.until_body(page, "## Plan", branch)
    assert make_branch(stack, page).json()["commit"] == commit
    assert asked(stack, title) == 1


def test_a_page_of_nobody_and_a_page_that_is_none_are_refused(stack: Stack) -> None:
    url = f"{stack.run['base_url']}/notion/task-to-branch"
    assert make_branch(stack, str(uuid.uuid4())).status_code == 404
    assert requests.post(url, params={"task_page_id": "x" * 40}, timeout=10).status_code == 422
    assert requests.post(url, timeout=10).status_code == 422
