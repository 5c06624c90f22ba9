"""Push webhooks of hosts as they send them: which branches they tell of, and why others do not."""

import json
from pathlib import Path
from typing import Any

import pytest

from shared.tracker.payload import Ignored, Push, read_push

DATA = Path(__file__).parents[2] / "data" / "push"
EVENTS = {
    "github": {"x-github-event": "push"},
    "gitlab": {"x-gitlab-event": "Push Hook"},
    "gitea": {"x-gitea-event": "push", "x-github-event": "push"},
    "bitbucket": {"x-event-key": "repo:push"},
}
TASK_BRANCH = "task/TASK-1-read-amounts"


def read(name: str, **headers: str) -> Push | Ignored:
    payload: dict[str, Any] = json.loads((DATA / f"{name}.json").read_text(encoding="utf8"))
    return read_push({**EVENTS[name.split("_")[0]], **headers}, payload)


@pytest.mark.parametrize(
    ("name", "branches", "message"),
    [
        ("github_branch_created", ("master",), "Initial commit"),
        ("github_three_commits", ("main",), "Fixes TASK-1 and TASK-2"),
        ("github_forced", ("main",), "Instead"),
        ("github_bot", ("main",), "Bump requests from 2.31 to 2.32"),
        ("github_branch_deleted", (TASK_BRANCH,), ""),
        ("gitlab_push", ("main",), "Fixes TASK-1 and TASK-2"),
        ("gitlab_25_commits", ("main",), "Number 24"),
        ("gitlab_branch_created", ("voice/ada",), ""),
        ("gitlab_branch_deleted", (TASK_BRANCH,), ""),
        ("gitea_push", ("main",), "Fixes TASK-1\n"),
        ("bitbucket_push", ("main", TASK_BRANCH), ""),
    ],
)
def test_a_push_tells_its_branches(name: str, branches: tuple[str, ...], message: str) -> None:
    assert read(name) == Push(branches=branches, message=message)


@pytest.mark.parametrize("name", ["github_tag_created", "github_tag_deleted"])
def test_tags_are_ignored(name: str) -> None:
    assert read(name) == Ignored("tag")


def test_gitlabs_tag_has_an_event_of_its_own() -> None:
    assert read("gitlab_tag", **{"x-gitlab-event": "Tag Push Hook"}) == Ignored("tag")


def test_giteas_deletions_have_an_event_of_their_own() -> None:
    assert read("gitea_delete", **{"x-gitea-event": "delete"}) == Push(branches=(TASK_BRANCH,))
    tag = {"ref": "v1", "ref_type": "tag"}
    assert read_push({"x-gitea-event": "delete"}, tag) == Ignored("tag")


def test_bitbuckets_server_names_refs() -> None:
    event = {"x-event-key": "repo:refs_changed"}
    assert read("bitbucket_server_push", **event) == Push(branches=("main",))


@pytest.mark.parametrize(
    ("headers", "payload", "reason"),
    [
        ({"x-github-event": "ping"}, {"zen": "Keep it simple."}, "other event"),
        ({"x-github-event": "issues"}, {"ref": "refs/heads/main"}, "other event"),
        ({"x-event-key": "pullrequest:created"}, {}, "other event"),
        ({"x-event-key": "repo:push"}, {"push": {"changes": [5, {"new": 1}]}}, "no branch"),
        ({"x-event-key": "repo:push"}, {"push": 5}, "no branch"),
        ({"x-github-event": "push"}, {}, "no ref"),
        ({"x-github-event": "push"}, {"ref": 5}, "no ref"),
        ({"x-github-event": "push"}, {"ref": "refs/notes/x"}, "no branch"),
        ({"x-github-event": "delete"}, {"ref": 5, "ref_type": "branch"}, "no branch"),
    ],
)
def test_anything_else_is_ignored_for_a_reason(headers: Any, payload: Any, reason: str) -> None:
    assert read_push(headers, payload) == Ignored(reason)


@pytest.mark.parametrize("rest", [{"head_commit": 5, "commits": [5]}, {"commits": "x"}, {}])
def test_a_push_of_an_odd_shape_still_rings(rest: dict[str, Any]) -> None:
    payload = {"ref": "refs/heads/main", **rest}
    assert read_push({"x-github-event": "push"}, payload) == Push(branches=("main",))
