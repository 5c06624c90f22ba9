"""What a push to the synced branch sets off beside rows: branches of tasks, docs of code."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from shared.errors import InvalidRequest, NotFound
from shared.ports.notion import NotionWorkspace
from shared.ports.repository import Blob, Repository
from shared.services.operations import Operations
from shared.services.setup_order import TASKS
from shared.services.task_status import means_in_progress
from shared.sync.workspace import Workspace
from shared.telemetry import logger
from shared.text.frontmatter import FrontMatterError, parse

StartTaskBranch = Callable[[Operations, Workspace, str], object]
"""Starts the work on a task's branch; the last argument is its page's id."""

StartDocs = Callable[[Operations, Workspace, Sequence[str], str], object]
"""Starts the docs of files that a push changed or removed, by their paths, and its commit."""

MOST_FILES: Final = 500
"""So many changed files of one push get docs at once."""

_STATUS: Final = "status"
_ID: Final = "id"


class PushActs:
    """Starts what pushes set off; starting the same again joins what goes on."""

    def __init__(
        self, operations: Operations, start_task_branch: StartTaskBranch, start_docs: StartDocs
    ) -> None:
        self._operations = operations
        self._start_task_branch = start_task_branch
        self._start_docs = start_docs
        self._log = logger(__name__)

    def act(
        self,
        workspace: Workspace,
        notion: NotionWorkspace,
        repository: Repository,
        before: str,
        now: str,
    ) -> None:
        """Start what the files of commit `now`, which differ from those of `before`, ask for."""
        if before == now or not (workspace.branch_on_status or workspace.docs_on_push):
            return
        try:
            old = repository.snapshot(before).files
        except NotFound:  # a force-push, and the host forgot the old commit
            self._log.warning("what a push changed cannot be told", wid=workspace.wid)
            return
        new = repository.snapshot(now).files
        if workspace.branch_on_status:
            folders = [each.folder for each in workspace.collections if each.name == TASKS]
            for page in _begun(workspace, notion, _tasks(repository, folders, old, new)):
                self._start_task_branch(self._operations, workspace, page)
        if workspace.docs_on_push:
            paths = old.keys() | new.keys()
            changed = sorted(path for path in paths if old.get(path) != new.get(path))
            self._start_docs_of(workspace, changed, now)

    def _start_docs_of(self, workspace: Workspace, changed: Iterable[str], commit: str) -> None:
        folders = tuple(f"{each.folder}/" for each in workspace.collections)
        files = [path for path in changed if not path.startswith(folders)]
        if len(files) > MOST_FILES:
            self._log.warning("a push has more files than get docs", count=len(files))
        if files:
            self._start_docs(self._operations, workspace, files[:MOST_FILES], commit)


@dataclass(frozen=True, slots=True)
class _Tasks:
    """Tasks whose files differ: page -> whether its status says that somebody works on it."""

    before: Mapping[str, bool]
    now: Mapping[str, bool]


def _tasks(
    repository: Repository,
    folders: Iterable[str],
    old: Mapping[str, Blob],
    new: Mapping[str, Blob],
) -> _Tasks:
    inside = tuple(f"{folder}/" for folder in folders)
    paths = {p for p in old.keys() | new.keys() if p.startswith(inside) and p.endswith(".md")}
    sides = [
        {side[path].id for path in paths if path in side and other.get(path) != side[path]}
        for side, other in ((old, new), (new, old))
    ]
    wanted = sorted(sides[0] | sides[1])
    contents = repository.read(wanted) if wanted else {}
    before, now = (dict(filter(None, (_read(contents[b]) for b in sorted(s)))) for s in sides)
    return _Tasks(before, now)


def _begun(workspace: Workspace, notion: NotionWorkspace, tasks: _Tasks) -> Iterator[str]:
    """The pages of tasks that somebody began to work on since the workspace was set up."""
    since = workspace.created_at.replace(second=0, microsecond=0)  # as Notion tells times
    for page, working in tasks.now.items():
        if not working or tasks.before.get(page, False):
            continue
        try:
            if page in tasks.before or notion.row(page).created_at >= since:
                yield page
        except (NotFound, InvalidRequest):  # an id that a person wrote
            continue


def _read(content: bytes) -> tuple[str, bool] | None:
    """The page of a task's file, and whether its status says that somebody works on it."""
    try:
        meta = parse(content.decode()).meta
    except (UnicodeDecodeError, FrontMatterError):
        return None
    page = meta.get(_ID)
    if not isinstance(page, str):
        return None
    statuses = (value for name, value in meta.items() if name.casefold() == _STATUS)
    return page, any(isinstance(each, str) and means_in_progress(each) for each in statuses)
