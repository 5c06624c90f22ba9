"""The branch of a task: which it is, what it stands on, and how the plan gets there.

Found by the task's id, whatever its name says beside; never forced, never the default branch.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from shared.errors import Conflict, NotConfigured, StaleWrite
from shared.ports.repository import Change, CommitOrder, Repository
from shared.services.task_pages import PLAN_TRAILER, TASK_TRAILER
from shared.services.task_records import TaskRecord
from shared.sync.commit import US
from shared.text.merge import merge
from shared.text.slug import EMPTY, slug

PREFIX: Final = "task/"
_FOLDER: Final = "plans"
_SLUG_WORDS: Final = 5
_TRIES: Final = 6
_LOOKED_BACK: Final = 50
_LISTED: Final = 12
_PLAN_ID = re.compile(rf"^{PLAN_TRAILER}: (\S+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """Where a task's work begins and where its branch is.

    `base`: the branch that the work goes into, `base_commit` its tip. `branch`: the task's,
    `tip` its commit, None while it does not exist.
    """

    base: str
    base_commit: str
    branch: str
    tip: str | None


@dataclass(frozen=True, slots=True)
class Pushed:
    """A plan on its branch: the commit, and whether parts of the file stay as people wrote them."""

    commit: str
    edited: bool


def plan_path(task_id: str) -> str:
    """The plan's file."""
    return f"{_FOLDER}/{task_id}.md"


def branch_name(task_id: str, title: str) -> str:
    """The name for a new branch; without words where the title has none in ASCII."""
    words = slug(title)
    if words == EMPTY and EMPTY not in title.casefold():
        return f"{PREFIX}{task_id}"
    return f"{PREFIX}{task_id}-{'-'.join(words.split('-')[:_SLUG_WORDS])}"


def find_ground(
    repository: Repository, task_id: str, title: str, chosen: str, known: str, synced: str
) -> Ground:
    """Look where branches are.

    `chosen`: the base that the task names, "" for the repository's default. `known`: the branch
    that the task got before, "" for none. `synced`: the workspace's branch, the base where the
    host does not tell a default.

    Raises:
        Conflict: the base is not there, or a branch named `task` stands in the way.
        NotConfigured: the repository has no commit yet.
    """
    asked = [PREFIX, PREFIX.rstrip("/"), synced, *([chosen] if chosen else [])]
    refs = repository.refs(asked)
    default, heads = refs.default_branch or synced, dict(refs.heads)
    base = chosen or default
    if base not in heads and not chosen:
        heads |= repository.refs([base]).heads
    if base not in heads:
        raise _no_base(repository, base, chosen)
    branch = _existing(heads, task_id, known) or branch_name(task_id, title)
    if branch not in heads and PREFIX.rstrip("/") in heads:
        raise Conflict(
            f"The branch `{PREFIX.rstrip('/')}` stands in the way of `{branch}`: git cannot have "
            "both; rename or delete it."
        )
    if branch in (default, synced, base):
        raise Conflict(f"The plan would go to `{branch}` itself, where the work goes into.")
    return Ground(base=base, base_commit=heads[base], branch=branch, tip=heads.get(branch))


def push_plan(repository: Repository, record: TaskRecord, page_url: str) -> Pushed:
    """Put a record's plan on its branch, once, however often it is called.

    What people did on the branch stays: the plan's commit goes on top of it, and what they wrote
    in the plan's file is merged with the new plan, theirs where both changed the same.

    Raises:
        StaleWrite: the branch moves all the time.
        BranchProtected, Conflict: as `Repository.push`.
    """
    for attempt in range(_TRIES):
        heads = repository.refs([record.branch, record.base]).heads
        tip = heads.get(record.branch)
        plans = _plans(repository, record.branch) if tip else []
        content, edited = _content(repository, record, tip, plans)
        if plans and plans[0][1] == record.key:
            return Pushed(plans[0][0], edited)
        # What was read may be gone, if it was the branch itself before it was deleted.
        first = record.read if attempt == 0 else heads.get(record.base, record.read)
        order = _order(record, content, page_url)
        try:
            sha = repository.push(record.branch, tip or first, order, new=tip is None)
        except StaleWrite:
            continue
        return Pushed(sha, edited)
    raise StaleWrite(f"The branch {record.branch} moves all the time; try again.")


def _existing(heads: Mapping[str, str], task_id: str, known: str) -> str | None:
    if known in heads:
        return known
    plain = f"{PREFIX}{task_id}"
    named = sorted(each for each in heads if each == plain or each.startswith(f"{plain}-"))
    return named[0] if named else None


def _no_base(repository: Repository, base: str, chosen: str) -> Conflict:
    there = sorted(repository.refs().heads)
    if not there:
        return NotConfigured("The repository is empty: push a first commit.")
    others = f" and {len(there) - _LISTED} more" if len(there) > _LISTED else ""
    why = "that the task names" if chosen else "that the repository calls its default"
    return Conflict(
        f"The base branch `{base[:100]}` {why} is not in the repository; there are: "
        f"{', '.join(there[:_LISTED])}{others}."
    )


def _plans(repository: Repository, branch: str) -> list[tuple[str, str]]:
    """The plans' commits on a branch with the keys they carry, the newest first."""
    found = []
    for commit in repository.commits(branch, None, _LOOKED_BACK):
        keys = _PLAN_ID.findall(commit.message)
        if keys:
            found.append((commit.sha, keys[-1]))
    return found


def _content(
    repository: Repository, record: TaskRecord, tip: str | None, plans: list[tuple[str, str]]
) -> tuple[str, bool]:
    """The plan's file as it shall be, and whether people's parts had to stay against the plan."""
    present = _text(repository, tip, record.path) if tip else None
    if present is None or present in (record.pushed, record.file):
        return record.file, False
    base = record.pushed or (_text(repository, plans[0][0], record.path) if plans else None)
    if base is None:
        return record.file, False
    merged = merge(base, present, record.file)
    return merged.text("a"), not merged.clean


def _text(repository: Repository, commit: str, path: str) -> str | None:
    blob = repository.snapshot(commit, [_FOLDER]).files.get(path)
    if blob is None:
        return None
    return repository.read([blob.id])[blob.id].decode("utf-8", "replace")


def _order(record: TaskRecord, content: str, page_url: str) -> CommitOrder:
    title = " ".join(record.title.split())[:100]
    message = (
        f"Plan {record.task_id}: {title}\n\n"
        f"{TASK_TRAILER}: {page_url}\n{PLAN_TRAILER}: {record.key}\n"
    )
    change = Change(path=record.path, content=content.encode("utf-8", "replace"))
    return CommitOrder(message=message, author=US, at=record.at, changes=(change,))
