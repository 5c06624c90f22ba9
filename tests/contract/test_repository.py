"""The repository port: the twin in memory, and git over HTTP against the git server."""

import itertools
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from functools import partial
from typing import Protocol, cast

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from dev.fakes.repository import PERSON, FakeRepository
from dev.git_server.repositories import protect
from shared.adapters.git import DulwichRepository
from shared.adapters.git_transport import GitLimits
from shared.errors import (
    Conflict,
    InvalidRequest,
    NexusError,
    NotFound,
    StaleWrite,
    TooLarge,
    UpstreamRejected,
    UpstreamTimeout,
    UpstreamUnavailable,
)
from shared.ports.repository import (
    Blob,
    BranchProtected,
    Change,
    CommitOrder,
    Person,
    Repository,
)
from tests.support.git import PASSWORD, USERNAME, GitHost, git, running_git_server

_AT = datetime(2026, 11, 22, 12, 30, 15, 999_999, tzinfo=timezone(timedelta(hours=2)))
_BOT = Person(name="Grace <Hopper>\n", email="grace@example.com")
_NUMBERS = itertools.count()
_NO_SUCH = "0123456789abcdef0123456789abcdef01234567"
_KEPT = {"README.md": b"hello\n", "docs/a.md": b"a\r\n", "docs/deep/b.md": b"b", "docs.md": b"\xff"}


class World(Protocol):
    """A repository, and what people do to it without us."""

    @property
    def repository(self) -> Repository: ...

    def commit(self, branch: str, files: Mapping[str, bytes | None]) -> str: ...

    def force(self, branch: str, commit: str) -> None: ...

    def delete_branch(self, branch: str) -> None: ...

    def protect(self, branch: str) -> None: ...

    def lose_an_answer(self) -> None: ...


class FakeWorld:
    """The twin."""

    def __init__(self, max_bytes: int) -> None:
        self.repository = FakeRepository(max_bytes=max_bytes)

    def commit(self, branch: str, files: Mapping[str, bytes | None]) -> str:
        return self.repository.commit(branch, files)

    def force(self, branch: str, commit: str) -> None:
        self.repository.force(branch, commit)

    def delete_branch(self, branch: str) -> None:
        self.repository.delete_branch(branch)

    def protect(self, branch: str) -> None:
        self.repository.protect(branch)

    def lose_an_answer(self) -> None:
        self.repository.lose_answers(1, UpstreamTimeout("lost", "git"))


class GitWorld:
    """A bare repository on the git server; people's commits are made with the git program."""

    def __init__(self, host: GitHost, max_bytes: int) -> None:
        name = f"r{next(_NUMBERS)}.git"
        self.host = host
        self.path = host.make(name)
        self.repository = connect(host, name, limits=GitLimits(max_bytes=max_bytes))
        self._minutes = 0

    def commit(self, branch: str, files: Mapping[str, bytes | None]) -> str:
        lines = [
            f"D {path}\n".encode()
            if content is None
            else b"M 100644 inline %s\n" % path.encode()
            + b"data %d\n%s\n" % (len(content), content)
            for path, content in files.items()
        ]
        return self.fast_import(branch, lines)

    def fast_import(self, branch: str, lines: Sequence[bytes]) -> str:
        """Commit what lines of git fast-import say; in the order and at the times of the twin."""
        self._minutes += 1
        at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=self._minutes)
        ref = f"refs/heads/{branch}"
        head = f"commit {ref}\ncommitter {PERSON.name} <{PERSON.email}> {int(at.timestamp())} +0000"
        old = git(self.path, "for-each-ref", "--format=%(objectname)", ref).strip()
        start = f"\nfrom {old}\n" if old else "\n"
        stream = head.encode() + b"\ndata 13\nEdit by hand\n" + start.encode() + b"".join(lines)
        git(self.path, "fast-import", "--quiet", "--force", feed=stream)
        return git(self.path, "rev-parse", ref).strip()

    def force(self, branch: str, commit: str) -> None:
        git(self.path, "update-ref", f"refs/heads/{branch}", commit)

    def delete_branch(self, branch: str) -> None:
        git(self.path, "update-ref", "-d", f"refs/heads/{branch}")

    def protect(self, branch: str) -> None:
        protect(self.path, branch, protected=True)

    def lose_an_answer(self) -> None:
        self.host.order("/control/faults", kind="lose_answer", service="git-receive-pack")


def connect(
    host: GitHost, name: str, *, password: str = PASSWORD, limits: GitLimits | None = None
) -> DulwichRepository:
    """The adapter against the git server."""
    return DulwichRepository(
        host.url(name),
        USERNAME,
        password,
        allowed_hosts=("127.0.0.1",),
        allow_private=True,
        limits=limits,
    )


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitHost]:
    with running_git_server(tmp_path_factory.mktemp("repositories"), "--empty") as host:
        yield host


@pytest.fixture(params=["twin", "git"])
def world(request: pytest.FixtureRequest) -> World:
    """An empty repository of each kind."""
    if request.param == "twin":
        return FakeWorld(max_bytes=100_000)
    return GitWorld(request.getfixturevalue("host"), max_bytes=100_000)


def order(
    *changes: Change, message: str = "Sync\n\nNexus-Sync: w1", at: datetime = _AT
) -> CommitOrder:
    return CommitOrder(message=message, author=_BOT, at=at, changes=changes)


def write(path: str, content: bytes = b"text\n", mode: int = 0o100644) -> Change:
    return Change(path=path, content=content, mode=mode)


def remove(path: str) -> Change:
    return Change(path=path, content=None)


def contents(repository: Repository, commit: str) -> dict[str, bytes]:
    """The files of a commit with their contents."""
    files = repository.snapshot(commit).files
    found = repository.read([blob.id for blob in files.values()])
    return {path: found[blob.id] for path, blob in files.items()}


def test_an_empty_repository_has_a_default_branch_and_no_heads(world: World) -> None:
    refs = world.repository.refs()
    assert refs.default_branch == "main"
    assert refs.heads == {}


def test_refs_tell_where_the_branches_are(world: World) -> None:
    main = world.commit("main", _KEPT)
    other = world.commit("feature/main", {"x": b"1"})
    assert world.repository.refs().heads == {"main": main, "feature/main": other}


def test_refs_of_some_branches_leave_out_the_others(world: World) -> None:
    main = world.commit("main", _KEPT)
    world.commit("main2", _KEPT)
    refs = world.repository.refs(["main", "none"])
    assert refs.heads == {"main": main}
    assert refs.default_branch == "main"
    assert world.repository.refs([]).heads == {}


def test_a_snapshot_lists_files_with_their_blobs(world: World) -> None:
    commit = world.commit("main", _KEPT)
    snapshot = world.repository.snapshot(commit)
    assert snapshot.commit == commit
    assert snapshot.files == {path: Blob.of(content) for path, content in _KEPT.items()}


@pytest.mark.parametrize(
    ("folders", "paths"),
    [
        (["docs"], {"docs/a.md", "docs/deep/b.md"}),
        (["docs/deep"], {"docs/deep/b.md"}),
        (["docs/deep", "none"], {"docs/deep/b.md"}),
        (["doc"], set()),
        (["README.md"], set()),
        ([], set()),
        (["", "docs"], set(_KEPT)),
    ],
)
def test_a_snapshot_of_folders_has_their_files_only(
    world: World, folders: list[str], paths: set[str]
) -> None:
    commit = world.commit("main", _KEPT)
    assert set(world.repository.snapshot(commit, folders).files) == paths


def test_an_older_commit_can_be_listed_and_an_unknown_one_is_not_found(world: World) -> None:
    old = world.commit("main", {"a": b"1"})
    world.commit("main", {"a": b"2"})
    assert world.repository.snapshot(old).files == {"a": Blob.of(b"1")}
    with pytest.raises(NotFound):
        world.repository.snapshot(_NO_SUCH)


def test_contents_are_read_by_blob_whatever_bytes_they_are(world: World) -> None:
    world.commit("main", _KEPT | {"empty": b"", "nul": b"\x00\x01\r\n"})
    wanted = [*_KEPT.values(), b"", b"\x00\x01\r\n", b"\xff"]
    found = world.repository.read([Blob.of(content).id for content in wanted])
    assert found == {Blob.of(content).id: content for content in wanted}
    assert world.repository.read([]) == {}


def test_an_unknown_content_is_not_found(world: World) -> None:
    world.commit("main", _KEPT)
    with pytest.raises(NotFound):
        world.repository.read([Blob.of(b"hello\n").id, _NO_SUCH])


def test_more_contents_than_the_limit_are_too_large(world: World) -> None:
    # They compress to nearly nothing: what counts is what they unpack to.
    files = {f"{name}.txt": bytes([65 + name]) * 60_000 for name in range(2)}
    world.commit("main", files)
    ids = [Blob.of(content).id for content in files.values()]
    assert len(world.repository.read(ids[:1])[ids[0]]) == 60_000
    with pytest.raises(TooLarge):
        world.repository.read(ids)


def test_the_first_commit_of_an_empty_repository(world: World) -> None:
    sha = world.repository.push("main", None, order(write("notion/tasks/a.md", b"a\n")))
    assert world.repository.refs().heads == {"main": sha}
    assert contents(world.repository, sha) == {"notion/tasks/a.md": b"a\n"}
    (info,) = world.repository.commits("main", None, 10)
    assert info.parents == ()


def test_a_commit_changes_what_it_names_and_nothing_else(world: World) -> None:
    base = world.commit("main", _KEPT)
    changes = (write("docs/deep/b.md", b"new\r\n"), remove("docs/a.md"), write("n/e/w.md", b"\x00"))
    sha = world.repository.push("main", base, order(*changes))
    assert contents(world.repository, sha) == {
        "README.md": b"hello\n",
        "docs.md": b"\xff",
        "docs/deep/b.md": b"new\r\n",
        "n/e/w.md": b"\x00",
    }
    assert world.repository.refs(["main"]).heads == {"main": sha}


def test_a_commit_is_told_as_it_was_ordered(world: World) -> None:
    base = world.commit("main", _KEPT)
    changes = (write("b.md"), remove("README.md"))
    sha = world.repository.push("main", base, order(*changes, message="Tëst\0\n\nbody\n\n\n"))
    info = world.repository.commits("main", base, 10)[0]
    assert info.sha == sha
    assert info.parents == (base,)
    assert info.message == "Tëst\n\nbody\n"
    assert info.author == Person(name="Grace Hopper", email="grace@example.com")
    assert info.at == datetime(2026, 11, 22, 10, 30, 15, tzinfo=UTC)
    assert info.paths == ("README.md", "b.md")


def test_the_twin_and_git_give_the_same_ids(host: GitHost) -> None:
    worlds: list[World] = [FakeWorld(100_000), GitWorld(host, 100_000)]
    ids = []
    for each in worlds:
        base = each.commit("main", _KEPT | {"a-b": b"1", "a/z": b"2", "a.c": b"3", "ä/ö": b"4"})
        changes = (write("a/y", mode=0o100755), write("link", b"a/z", mode=0o120000))
        ids.append((base, each.repository.push("main", base, order(*changes))))
    assert ids[0] == ids[1]


def test_a_mode_is_what_the_order_says(world: World) -> None:
    base = world.commit("main", {"run.sh": b"#!/bin/sh\n"})
    sha = world.repository.push("main", base, order(write("run.sh", b"#!/bin/sh\n", 0o100755)))
    assert world.repository.snapshot(sha).files["run.sh"].mode == 0o100755


def test_the_same_order_gives_the_same_commit_whatever_the_time_zone(world: World) -> None:
    base = world.commit("main", _KEPT)
    first = world.repository.push("main", base, order(write("x"), write("y")))
    again = order(write("y"), write("x"), at=_AT.astimezone(UTC))
    assert world.repository.push("main", base, again) == first
    assert len(world.repository.commits("main", base, 10)) == 1


def test_an_order_that_changes_nothing_pushes_nothing(world: World) -> None:
    base = world.commit("main", _KEPT)
    same = order(write("README.md", b"hello\n"), remove("none.md"), remove("docs"))
    assert world.repository.push("main", base, same) == base
    assert world.repository.push("main", base, order()) == base
    assert world.repository.refs().heads == {"main": base}
    with pytest.raises(InvalidRequest):
        world.repository.push("new", None, order(remove("none.md")))


def test_a_branch_that_moved_is_stale_and_keeps_what_it_has(world: World) -> None:
    base = world.commit("main", _KEPT)
    moved = world.commit("main", {"by": b"a person"})
    with pytest.raises(StaleWrite):
        world.repository.push("main", base, order(write("x")))
    assert world.repository.refs().heads == {"main": moved}


def test_a_branch_that_was_forced_back_is_stale(world: World) -> None:
    old = world.commit("main", {"a": b"1"})
    tip = world.commit("main", {"a": b"2"})
    world.force("main", old)
    with pytest.raises(StaleWrite):
        world.repository.push("main", tip, order(write("x")))
    assert world.repository.refs().heads == {"main": old}


def test_a_repeated_push_under_a_persons_commit_is_stale(world: World) -> None:
    base = world.commit("main", _KEPT)
    world.repository.push("main", base, order(write("x")))
    world.commit("main", {"by": b"a person"})
    with pytest.raises(StaleWrite):
        world.repository.push("main", base, order(write("x")))


def test_a_branch_that_exists_is_stale_for_a_first_commit(world: World) -> None:
    world.commit("main", _KEPT)
    with pytest.raises(StaleWrite):
        world.repository.push("main", None, order(write("x")))


def test_a_new_branch_begins_on_a_commit_that_is_there(world: World) -> None:
    base = world.commit("main", _KEPT)
    sha = world.repository.push("task/A-1-x", base, order(write("plan.md")), new=True)
    assert world.repository.refs().heads == {"main": base, "task/A-1-x": sha}
    assert contents(world.repository, sha) == {**_KEPT, "plan.md": b"text\n"}
    [info] = world.repository.commits("task/A-1-x", base, 10)
    assert info.parents == (base,)


def test_a_new_branch_that_is_there_already_is_a_success_only_with_the_same_commit(
    world: World,
) -> None:
    base = world.commit("main", _KEPT)
    sha = world.repository.push("task/x", base, order(write("plan.md")), new=True)
    assert world.repository.push("task/x", base, order(write("plan.md")), new=True) == sha
    with pytest.raises(StaleWrite):
        world.repository.push("task/x", base, order(write("other.md")), new=True)
    assert world.repository.refs(["task/x"]).heads == {"task/x": sha}


def test_refs_of_a_prefix_are_all_branches_below_it(world: World) -> None:
    main = world.commit("main", _KEPT)
    one = world.commit("task/1", _KEPT)
    two = world.commit("task/deep/2", _KEPT)
    world.commit("tasks", _KEPT)
    heads = world.repository.refs(["main", "task/"]).heads
    assert heads == {"main": main, "task/1": one, "task/deep/2": two}


def test_a_branch_that_vanished_is_stale(world: World) -> None:
    base = world.commit("main", _KEPT)
    world.commit("other", {"o": b"1"})
    world.delete_branch("main")
    with pytest.raises(StaleWrite):
        world.repository.push("main", base, order(write("x")))
    assert set(world.repository.refs().heads) == {"other"}


def test_an_unknown_parent_is_stale(world: World) -> None:
    world.commit("main", _KEPT)
    with pytest.raises(StaleWrite):
        world.repository.push("main", _NO_SUCH, order(write("x")))


def test_a_protected_branch_refuses_and_stays(world: World) -> None:
    base = world.commit("main", _KEPT)
    world.protect("main")
    with pytest.raises(BranchProtected):
        world.repository.push("main", base, order(write("x")))
    assert world.repository.refs().heads == {"main": base}


@pytest.mark.parametrize(("there", "new"), [("task", "task/1"), ("task/1", "task")])
def test_a_branch_whose_name_is_anothers_folder_is_refused(
    world: World, there: str, new: str
) -> None:
    world.commit(there, _KEPT)
    with pytest.raises(Conflict) as refused:
        world.repository.push(new, None, order(write("x")))
    assert not isinstance(refused.value, StaleWrite)
    assert set(world.repository.refs().heads) == {there}


@pytest.mark.parametrize(
    "changes",
    [(write("docs"),), (write("README.md/a"),), (write("docs"), remove("docs/a.md"))],
)
def test_a_file_never_takes_a_folders_place_or_the_reverse(
    world: World, changes: tuple[Change, ...]
) -> None:
    base = world.commit("main", _KEPT)
    with pytest.raises(Conflict):
        world.repository.push("main", base, order(*changes))
    assert world.repository.refs().heads == {"main": base}


def test_a_file_may_take_the_place_of_what_the_same_order_removes(world: World) -> None:
    base = world.commit("main", _KEPT)
    changes = (write("docs"), remove("docs/a.md"), remove("docs/deep/b.md"))
    more = (remove("README.md"), write("README.md/a"))
    sha = world.repository.push("main", base, order(*changes, *more))
    assert set(world.repository.snapshot(sha).files) == {"docs", "docs.md", "README.md/a"}


def test_a_commit_may_remove_the_last_file(world: World) -> None:
    base = world.commit("main", {"a/b": b"1"})
    sha = world.repository.push("main", base, order(remove("a/b")))
    assert world.repository.snapshot(sha).files == {}
    again = world.repository.push("main", sha, order(write("c")))
    assert set(world.repository.snapshot(again).files) == {"c"}


@pytest.mark.parametrize(
    "branch", ["", "-x", "@", "a..b", "a b", "ä", "x.lock", "a//b", "/a", "a/", "HEAD", "x" * 101]
)
def test_a_branch_name_that_is_not_acceptable_is_refused(world: World, branch: str) -> None:
    with pytest.raises(InvalidRequest):
        world.repository.push(branch, None, order(write("x")))


@pytest.mark.parametrize("path", ["", "/a", "a/../b", ".git/config", "a//b", "a\nb", "x/.GIT/y"])
def test_a_path_that_is_not_acceptable_is_refused(world: World, path: str) -> None:
    with pytest.raises(InvalidRequest):
        world.repository.push("main", None, order(write(path)))


def test_commits_come_newest_first_up_to_the_limit(world: World) -> None:
    shas = [world.commit("main", {f"{n}.md": b"x"}) for n in range(5)]
    told = world.repository.commits("main", None, 3)
    assert [info.sha for info in told] == shas[:1:-1]
    assert told[0].paths == ("4.md",)
    assert told[2].parents == (shas[1],)


def test_commits_since_a_commit_leave_it_out(world: World) -> None:
    shas = [world.commit("main", {f"{n}.md": b"x"}) for n in range(4)]
    assert [i.sha for i in world.repository.commits("main", shas[1], 10)] == shas[:1:-1]
    assert world.repository.commits("main", shas[3], 10) == []
    assert [i.sha for i in world.repository.commits("main", _NO_SUCH, 2)] == shas[:1:-1]


def test_commits_of_a_branch_that_is_not_there_are_not_found(world: World) -> None:
    world.commit("main", _KEPT)
    with pytest.raises(NotFound):
        world.repository.commits("mai", None, 10)


def test_one_of_many_pushes_at_once_wins(world: World) -> None:
    base = world.commit("main", _KEPT)
    barrier = threading.Barrier(4)

    def push(number: int) -> str | None:
        barrier.wait()
        try:
            return world.repository.push("main", base, order(write(f"{number}.md")))
        except StaleWrite:
            return None

    with ThreadPoolExecutor(4) as pool:
        won = [sha for sha in pool.map(push, range(4)) if sha]
    assert world.repository.refs().heads == {"main": won[0]}
    assert len(won) == 1


def test_a_push_whose_answer_was_lost_is_repeated_with_success(world: World) -> None:
    base = world.commit("main", _KEPT)
    world.lose_an_answer()
    with pytest.raises(UpstreamUnavailable):
        world.repository.push("main", base, order(write("x")))
    sha = world.repository.push("main", base, order(write("x")))
    assert [info.sha for info in world.repository.commits("main", base, 9)] == [sha]


# What only a real host has.


def test_links_submodules_modes_and_odd_names_survive_a_commit(host: GitHost) -> None:
    world = GitWorld(host, 100_000)
    blob = b"data 2\nx\n\n"
    lines = [
        b"M 120000 inline docs/link\n" + blob,
        b"M 100755 inline docs/run.sh\n" + blob,
        b"M 160000 " + _NO_SUCH.encode() + b" docs/module\n",
        b'M 100644 inline "docs/\\377.md"\n' + blob,
    ]
    base = world.fast_import("main", lines)
    before = git(world.path, "ls-tree", "-r", base)
    sha = world.repository.push("main", base, order(write("docs/new.md")))
    after = git(world.path, "ls-tree", "-r", sha)
    assert set(before.splitlines()) < set(after.splitlines())
    git(world.path, "fsck", "--strict")
    modes = {path: blob.mode for path, blob in world.repository.snapshot(sha).files.items()}
    assert modes == {
        "docs/link": 0o120000,
        "docs/run.sh": 0o100755,
        "docs/module": 0o160000,
        "docs/new.md": 0o100644,
    }


def test_a_merge_is_told_with_both_parents(host: GitHost) -> None:
    world = GitWorld(host, 100_000)
    base = world.commit("main", {"a": b"1"})
    side = world.fast_import("side", [f"from {base}\n".encode(), b"M 100644 inline s\ndata 1\ns\n"])
    own = world.commit("main", {"b": b"1"})
    merge = world.fast_import(
        "main", [f"merge {side}\n".encode(), b"M 100644 inline s\ndata 1\ns\n"]
    )
    told = world.repository.commits("main", base, 10)
    assert [info.sha for info in told] == [merge, own, side]
    assert told[0].parents == (own, side)
    assert told[0].paths == ("s",)


def test_contents_are_not_fetched_with_a_snapshot(host: GitHost) -> None:
    world = GitWorld(host, 20_000)
    commit = world.commit("main", {f"{n}": bytes(range(256)) * 400 for n in range(3)})
    assert len(world.repository.snapshot(commit).files) == 3


def test_a_host_without_filters_is_cut_off_at_the_limit(host: GitHost) -> None:
    world = GitWorld(host, 20_000)
    git(world.path, "config", "uploadpack.allowFilter", "false")
    noise = b"".join(bytes([(n * n + k) % 251]) for n in range(200) for k in range(n))
    commit = world.commit("main", {f"{n}": noise[n:] * 20 for n in range(9)})
    with pytest.raises(TooLarge):
        world.repository.snapshot(commit)


def test_a_snapshot_and_a_push_on_it_fetch_the_trees_once(host: GitHost) -> None:
    world = GitWorld(host, 100_000)
    base = world.commit("main", _KEPT)
    before = len(host.told("/control/requests")["requests"])
    world.repository.snapshot(base)
    sha = world.repository.push("main", base, order(write("x")))
    world.repository.snapshot(sha)
    asked = host.told("/control/requests")["requests"][before:]
    assert len(asked) == 3 + 2


def test_a_wrong_token_is_rejected_and_never_shown(host: GitHost) -> None:
    repository = connect(host, "demo.git", password="wrong secret")
    with pytest.raises(UpstreamRejected) as refused:
        repository.refs()
    shown = f"{refused.value!r} {refused.value.__cause__!r} {vars(repository)!r}"
    assert "wrong secret" not in shown


def test_a_repository_that_is_not_there_is_not_found(host: GitHost) -> None:
    repository = connect(host, "none.git")
    calls: list[Callable[[], object]] = [
        repository.refs,
        lambda: repository.snapshot(_NO_SUCH),
        lambda: repository.push("main", None, order(write("x"))),
    ]
    for call in calls:
        with pytest.raises(NotFound):
            call()


@pytest.mark.parametrize(
    ("status", "error"),
    [(503, UpstreamUnavailable), (429, UpstreamUnavailable), (403, NexusError)],
)
def test_an_http_fault_is_told_narrowly(
    host: GitHost, status: int, error: type[NexusError]
) -> None:
    world = GitWorld(host, 100_000)
    host.order("/control/faults", kind="http", status=status, retry_after=None)
    with pytest.raises(error) as told:
        world.repository.refs()
    assert told.value.retryable is (status != 403)


def test_a_silent_host_times_out(host: GitHost) -> None:
    limits = GitLimits(read_s=0.2)
    repository = connect(host, "demo.git", limits=limits)
    host.order("/control/faults", kind="hang")
    with pytest.raises(UpstreamTimeout):
        repository.refs()


def test_a_host_that_drips_is_cut_off_by_the_whole_calls_limit(host: GitHost) -> None:
    repository = connect(host, "demo.git", limits=GitLimits(total_s=0.0))
    with pytest.raises(UpstreamTimeout):
        repository.refs()


def test_a_host_that_is_down_is_unavailable() -> None:
    repository = DulwichRepository(
        "http://127.0.0.1:9/x.git", "", "", allowed_hosts=("127.0.0.1",), allow_private=True
    )
    with pytest.raises(UpstreamUnavailable):
        repository.refs()


def test_a_sha256_repository_is_refused(host: GitHost) -> None:
    name = f"r{next(_NUMBERS)}.git"
    path = host.root / name
    git(host.root, "init", "-q", "--bare", "--object-format=sha256", "-b", "main", name)
    git(path, "config", "http.receivepack", "true")
    head = b"commit refs/heads/main\ncommitter A <a> 1 +0000\ndata 1\nx\n"
    stream = head + b"M 100644 inline a\ndata 1\nx\n"
    git(path, "fast-import", "--quiet", feed=stream)
    repository = connect(host, name)
    for call in (
        repository.refs,
        lambda: repository.snapshot(_NO_SUCH),
        lambda: repository.push("x", None, order(write("x"))),
    ):
        with pytest.raises(UpstreamRejected, match="SHA-256"):
            call()


_PATHS = st.sampled_from(["a.md", "a/b.md", "a/c.md", "a", "d/e/f.md"])
_TEXTS = st.sampled_from([b"1\n", b"2\n", b"", None])
_CHANGES = st.dictionaries(_PATHS, _TEXTS, max_size=3)
_BRANCHES = st.sampled_from(["main", "task", "task/1"])


def test_the_twin_and_git_agree_on_any_sequence_of_calls(host: GitHost) -> None:
    class Comparison(_Comparison):
        server = host

    run_state_machine_as_test(
        Comparison,
        settings=settings(
            max_examples=8,
            stateful_step_count=8,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


class _Comparison(RuleBasedStateMachine):
    """Does the same to both and compares the answers, the ids among them."""

    server: GitHost

    def __init__(self) -> None:
        super().__init__()
        self.worlds: tuple[World, World] = (FakeWorld(100_000), GitWorld(self.server, 100_000))
        self.known: list[str | None] = [None]

    @rule(
        branch=_BRANCHES,
        changes=st.dictionaries(_PATHS, _TEXTS, max_size=3),
        back=st.integers(0, 2),
    )
    def push(self, branch: str, changes: dict[str, bytes | None], back: int) -> None:
        parent = self.known[-1 - min(back, len(self.known) - 1)]
        made = order(*(Change(path=p, content=c) for p, c in changes.items()))
        sha = self._both(lambda world: world.repository.push(branch, parent, made))
        if isinstance(sha, str):
            self.known.append(sha)

    @rule(text=st.sampled_from([b"p", b"q"]))
    def edit(self, text: bytes) -> None:
        self.known.append(cast(str, self._both(lambda w: w.commit("main", {"by-hand": text}))))

    @rule(branch=_BRANCHES, since=st.integers(0, 3))
    def look(self, branch: str, since: int) -> None:
        start = self.known[min(since, len(self.known) - 1)]
        self._both(lambda world: world.repository.commits(branch, start, 2))

    def _both(self, call: Callable[[World], object]) -> object:
        twin, real = (_outcome(partial(call, world)) for world in self.worlds)
        assert twin == real
        assert self.worlds[0].repository.refs() == self.worlds[1].repository.refs()
        return twin


def _outcome(call: Callable[[], object]) -> object:
    try:
        return call()
    except NexusError as error:
        return type(error)
