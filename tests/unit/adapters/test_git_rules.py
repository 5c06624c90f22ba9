"""Names of branches and paths, and how a commit holds its texts."""

from datetime import UTC, datetime

import pytest

from shared.adapters.git_push import judge
from shared.adapters.git_rules import (
    check_branch,
    check_order,
    clashing_branch,
    read_person,
    stored_message,
    stored_person,
)
from shared.errors import Forbidden, InvalidRequest, UpstreamRejected
from shared.ports.repository import BranchProtected, Change, CommitOrder, Person

_AT = datetime(2026, 11, 22, tzinfo=UTC)
_ADA = Person(name="Ada", email="ada@example.com")


def order(*paths: str, message: str = "m", at: datetime = _AT, mode: int = 0o100644) -> CommitOrder:
    changes = tuple(Change(path=path, content=b"", mode=mode) for path in paths)
    return CommitOrder(message=message, author=_ADA, at=at, changes=changes)


@pytest.mark.parametrize(
    "name", ["main", "task/T-12-fix-it", "dependabot/npm/@types/node-1.2", "a+b=c#1", "_x", "1.0"]
)
def test_ordinary_branch_names_are_accepted(name: str) -> None:
    check_branch(name)


@pytest.mark.parametrize(
    "name",
    [
        "", "-x", "@", "/x", "x/", "x//y", "x..y", "x/.y", "x./y", ".x", "x.", "x.lock", "x.lock/y",
        "x@{1}", "x y", "x~1", "x^", "x:y", "x?", "x*", "x[", "x\\y", "x\x7f", "ä", "HEAD",
        "refs/heads/x", "x\n", "x" * 101,
    ],
)  # fmt: skip
def test_branch_names_that_git_or_a_host_trips_over_are_refused(name: str) -> None:
    with pytest.raises(InvalidRequest):
        check_branch(name)


@pytest.mark.parametrize(
    ("name", "there", "clash"),
    [
        ("task/1", ["main", "task"], "task"),
        ("task", ["task/1"], "task/1"),
        ("task", ["tasks/1", "task"], None),
        ("a/b/c", ["a/b/d", "a/b"], "a/b"),
    ],
)
def test_a_branch_in_the_way_is_found(name: str, there: list[str], clash: str | None) -> None:
    assert clashing_branch(name, there) == clash


@pytest.mark.parametrize(
    "path",
    [
        "", "/a", "a/", "a//b", "./a", "a/..", ".git", "a/.git/hooks/x", ".GIT/config", "GIT~1/x",
        ".git ./x", ".git::$INDEX_ALLOCATION/x", ".g\u200cit/config", "a\\b", "a\0b", "a\tb",
        "\ud800", "x" * 256, "x/" * 2100 + "x",
    ],
)  # fmt: skip
def test_paths_that_lead_elsewhere_are_refused(path: str) -> None:
    with pytest.raises(InvalidRequest):
        check_order(order(path))


@pytest.mark.parametrize("path", ["a", "a b/ä.md", ".github/x.yml", ".gitignore", "git", "日本/x"])
def test_ordinary_paths_are_accepted(path: str) -> None:
    check_order(order(path))


def test_an_order_names_each_path_once_with_a_files_mode_and_a_zone() -> None:
    with pytest.raises(InvalidRequest, match="once"):
        check_order(order("a", "a"))
    with pytest.raises(InvalidRequest, match="symbolic link"):
        check_order(order("a", mode=0o160000))
    with pytest.raises(ValueError, match="time zone"):
        check_order(order("a", at=_AT.replace(tzinfo=None)))


@pytest.mark.parametrize(
    ("name", "email", "stored"),
    [
        ("Ada", "ada@example.com", b"Ada <ada@example.com>"),
        ("Åda  <b>\nc\0", "x> <y", "Åda b c <x y>".encode()),
        ("", "", b"unknown <>"),
        ("...", "a@b", b"unknown <a@b>"),
    ],
)
def test_a_person_is_stored_so_that_git_can_read_it(name: str, email: str, stored: bytes) -> None:
    assert stored_person(Person(name=name, email=email)) == stored
    assert stored_person(read_person(stored)) == stored


@pytest.mark.parametrize(
    ("message", "stored"), [("a", b"a\n"), ("a\n\n\n", b"a\n"), ("a\0b", b"ab\n"), ("", b"\n")]
)
def test_a_message_ends_in_one_newline(message: str, stored: bytes) -> None:
    assert stored_message(order("a", message=message)) == stored


@pytest.mark.parametrize(
    ("status", "error"),
    [
        ("pre-receive hook declined", BranchProtected),
        ("hook declined", BranchProtected),
        ("protected branch hook declined", BranchProtected),
        ("push declined due to repository rule violations", BranchProtected),
        ("deny updating a hidden ref", BranchProtected),
        ("refusing to allow an OAuth App to create or update workflow `x`", Forbidden),
        ("missing necessary objects", UpstreamRejected),
    ],
)
def test_a_hosts_refusal_is_told_for_what_it_is(status: str, error: type[Exception]) -> None:
    assert type(judge(status)) is error


@pytest.mark.parametrize(
    "status", [None, "", "failed to update ref", "non-fast-forward", "cannot lock ref 'x'"]
)
def test_a_ref_that_may_have_moved_has_to_be_looked_at(status: str | None) -> None:
    assert judge(status) is None
