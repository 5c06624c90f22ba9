"""A task's page: found for its user, read from its file, and linked back to its branch."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from shared.code.plan_section import with_section, without_section
from shared.errors import Conflict, Held, NexusError, NotConfigured, NotFound, RateLimited
from shared.ports.notion import Value
from shared.ports.state import StateStore
from shared.services.connections import Connector
from shared.services.page_files import Files, PageFiles
from shared.services.setup_order import TASKS
from shared.services.syncing import Syncing
from shared.services.task_records import TaskRecord
from shared.services.task_status import in_progress_after
from shared.sync.file import body_of, changed_text, meta_of, read_file, title_of
from shared.sync.link import Link
from shared.sync.store import SyncStore
from shared.sync.workspace import Collection, Workspace

PLAN_TRAILER: Final = "Plan-Id"
TASK_TRAILER: Final = "Notion-Task"
_UNIQUE = re.compile(r"[A-Za-z][A-Za-z0-9]{0,19}-\d{1,9}")
_BASES: Final = ("Base", "base")
_BRANCHES: Final = ("Branch", "branch")
# What people change while the task stays the same, or what is ours.
_NOT_ASKED: Final = frozenset(
    {"title", "unique_id", "status", "relation", "people", "date", "checkbox"}
)
_STATUS_NAMES: Final = frozenset({"status", "state", "stage", "zustand"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A task as its file has it.

    `body`: without the Plan section. `asked`: the properties that are a part of the task. `base`:
    the branch that the page chooses, "" for none. `status`, `branch`: what the page says now.
    """

    task_id: str
    title: str
    body: str
    asked: Mapping[str, str]
    base: str
    status: str
    branch: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskPage:
    """A page that is synced, with what reads and writes its file."""

    files: PageFiles
    link: Link
    path: str
    collection: Collection

    @property
    def workspace(self) -> Workspace:
        """The page's workspace."""
        return self.files.workspace


class TaskPages:
    """Finds pages, reads tasks and writes on them.

    Raises, beside what is said: what `PageFiles` and the connections raise.
    """

    def __init__(self, store: StateStore, connector: Connector, syncing: Syncing) -> None:
        self._store = store
        self._connector = connector
        self._syncing = syncing

    def find(self, workspaces: Iterable[Workspace], page_id: str) -> TaskPage:
        """A page in the collections of these workspaces, its file as new as its page.

        Raises:
            NotFound: it is in none of them.
            NotConfigured: the workspace has no repository.
        """
        known = list(workspaces)
        for workspace in known:
            if self._link(workspace, page_id) is not None:
                return self._synced(workspace, page_id)
        for workspace in known:
            if self._holds(workspace, page_id):
                return self._synced(workspace, page_id)
        raise NotFound("The page is in none of your collections; share it, or move it there.")

    def read(self, page: TaskPage) -> Task:
        """The task on a page.

        Raises:
            NotFound: its file is gone.
            Conflict: its file cannot be read, or it is in a collection of pages that are no tasks.
        """
        if not _has_tasks(page):
            raise Conflict(
                f"The page is no task: the collection `{page.collection.name}` has no status and "
                "no unique id. Add one of them, or make the page in `tasks`."
            )
        tip = page.files.tip()
        content = page.files.read(tip, [page.path])[page.path]
        if content is None:
            raise NotFound("The page's file is not on the synced branch (any more).")
        file = read_file(page.path, tip.files[page.path], content)
        if file.fault:
            raise Conflict(f"The file {page.path} cannot be read: {file.fault}")
        kinds = {key: page.link.kinds.get(each, "") for each, key in page.link.bound.items()}
        return Task(
            task_id=_task_id(page.link),
            title=title_of(file),
            body=without_section(file.body),
            asked=_asked(file.meta, kinds),
            base=_first(file.meta, _BASES),
            status=str(file.meta.get(_status_key(kinds)) or ""),
            branch=_first(file.meta, _BRANCHES),
        )

    def write_back(
        self, page: TaskPage, task: Task, record: TaskRecord, section: str, branch_url: str
    ) -> None:
        """Put branch, status and Plan section on the page; what stands there already stays.

        A page of a collection that only goes to git gets its properties in Notion, and no section.
        """
        changes = self._changes(page, task, branch_url)
        if page.collection.direction == "to_git":
            self._set(page, changes)
            return

        def change(files: Files) -> Files:
            content = files[page.path]
            if content is None:
                return {}
            text = content.decode("utf-8", "surrogatepass")
            body = body_of(text)
            written = with_section(body, section, record.section)
            plain = {
                key: value for key, value in changes.items() if meta_of(text).get(key) != value
            }
            new = changed_text(text, plain, None if written == body else written)
            return {} if new == text else {page.path: new.encode("utf-8", "surrogatepass")}

        message = (
            f"Link {record.task_id} to its branch\n\n"
            f"{TASK_TRAILER}: {page.link.url}\n{PLAN_TRAILER}: {record.key}\n"
        )
        page.files.edit([page.path], change, message, record.at)

    def show(self, page: TaskPage) -> None:
        """Let the page show what its file has; where that must wait, the next cycles do it."""
        try:
            page.files.sync(pages=[page.link.page_id or ""], paths=[page.path])
        except NexusError as error:
            if not (error.retryable or isinstance(error, Held | RateLimited)):
                raise

    def _link(self, workspace: Workspace, page_id: str) -> Link | None:
        found = SyncStore(self._store, workspace.wid).links_of(pages=[page_id]).values()
        return next((each.link for each in found if each.link.deleted_at is None), None)

    def _holds(self, workspace: Workspace, page_id: str) -> bool:
        """Whether a page that has no file yet is a row of one of the collections."""
        try:
            row = self._connector.notion(workspace, interactive=True).row(page_id)
        except NotFound:
            return False
        sources = {each.data_source_id for each in workspace.collections}
        return row.parent in sources and not row.in_trash and not row.archived

    def _synced(self, workspace: Workspace, page_id: str) -> TaskPage:
        files = PageFiles(workspace, self._store, self._connector, self._syncing)
        linked = self._link(workspace, page_id)
        try:
            files.sync(pages=[page_id])
        except (Held, RateLimited):
            if linked is None or linked.path is None:
                raise
        link = self._link(workspace, page_id)
        if link is None or link.path is None:
            raise NotConfigured(
                "The page has no file: look at the problems that the sync status tells."
            )
        return TaskPage(
            files=files,
            link=link,
            path=link.path,
            collection=workspace.collection(link.collection),
        )

    def _changes(self, page: TaskPage, task: Task, branch_url: str) -> dict[str, str]:
        """Keys of the front matter -> what they become."""
        kinds = {key: page.link.kinds.get(each, "") for each, key in page.link.bound.items()}
        changes = {}
        branch = next((key for key in _BRANCHES if kinds.get(key) in ("url", "rich_text")), None)
        if branch is not None and task.branch != branch_url:
            changes[branch] = branch_url
        status = _status_key(kinds)
        if status and in_progress_after(task.status, ("In progress",)):
            notion = self._connector.notion(page.workspace, interactive=True)
            source = notion.data_source(page.collection.data_source_id)
            ids = {key: each for each, key in page.link.bound.items()}
            options = {each.id: each.options for each in source.properties}
            option = in_progress_after(task.status, options.get(ids[status], ()))
            if option is not None:
                changes[status] = option
        return changes

    def _set(self, page: TaskPage, changes: Mapping[str, str]) -> None:
        if not changes:
            return
        notion = self._connector.notion(page.workspace, interactive=True)
        source = notion.data_source(page.collection.data_source_id)
        ids = {key: each for each, key in page.link.bound.items()}
        values: dict[str, Value] = {ids[key]: value for key, value in changes.items()}
        notion.update_row(source, page.link.page_id or "", values)


def _has_tasks(page: TaskPage) -> bool:
    kinds = page.link.kinds.values()
    return page.collection.name == TASKS or "unique_id" in kinds or "status" in kinds


def _task_id(link: Link) -> str:
    """The page's own number where it has one with a prefix, else a part of the page's id."""
    for identity, kind in link.kinds.items():
        value = str(link.values.get(identity) or "")
        if kind == "unique_id" and _UNIQUE.fullmatch(value):
            return value
    return f"T-{(link.page_id or '').replace('-', '')[:8]}"


def _asked(meta: Mapping[str, object], kinds: Mapping[str, str]) -> dict[str, str]:
    ours = {"id", "title", _status_key(kinds), *_BRANCHES, *_BASES}
    return {
        key: str(value)
        for key, value in sorted(meta.items())
        if key not in ours and kinds.get(key) not in _NOT_ASKED and value not in (None, "", [])
    }


def _status_key(kinds: Mapping[str, str]) -> str:
    """The key of the status; "" without one."""
    for key, kind in kinds.items():
        if kind == "status" or (kind == "select" and key.casefold() in _STATUS_NAMES):
            return key
    return ""


def _first(meta: Mapping[str, object], keys: Iterable[str]) -> str:
    return next((str(meta[key]).strip() for key in keys if meta.get(key)), "")
