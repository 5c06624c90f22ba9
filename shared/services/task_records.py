"""What is known of a task that was made into a branch, as its document holds it."""

import json
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from typing import Any, Final, Literal, Self

from shared.errors import StaleWrite
from shared.ports.state import Data, Put, StateStore
from shared.sync.packing import pack, unpack

_PACKED: Final = ("reply", "file", "pushed", "section")
_MOST_EARLIER: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownPlan:
    """A plan that a task has, or had before it changed; the fields are those of `TaskRecord`."""

    key: str
    read: str
    reply: str
    file: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRecord:
    """The newest plan of a task.

    `key`: of what it was made from. `branch`, `base`: where it goes, and what the work goes into.
    `read`: the commit whose code was read. `reply`: the plan as the model wrote it; `file`: the
    plan's file. `at`: when it was planned, to the second. `made_by`: the operation that made it.
    `pushed`: the file of the last plan that was pushed before this one, "" for none. `commit`: the
    one that put this plan on the branch. `edited`: it had to leave parts of the file as people
    wrote them. `section`: what was last written on the page. `earlier`: the plans before this one,
    the newest first, at most five: a task that is as it was gets the plan that it had.
    """

    page_id: str
    task_id: str
    title: str
    key: str
    branch: str
    base: str
    read: str
    path: str
    reply: str
    file: str
    at: datetime
    made_by: str
    state: Literal["planned", "pushed", "linked"] = "planned"
    commit: str = ""
    edited: bool = False
    pushed: str = ""
    section: str = ""
    earlier: tuple[KnownPlan, ...] = ()

    def before(self, key: str) -> tuple[KnownPlan, ...]:
        """What the record of the next plan, of key `key`, keeps as `earlier`."""
        this = KnownPlan(key=self.key, read=self.read, reply=self.reply, file=self.file)
        return (this, *(each for each in self.earlier if each.key != key))[:_MOST_EARLIER]

    def to_document(self) -> dict[str, Any]:
        """The document's fields; long texts are packed."""
        document = {each.name: getattr(self, each.name) for each in fields(self)}
        earlier = json.dumps([asdict(each) for each in self.earlier])
        packed = {name: pack(document[name]) for name in _PACKED}
        return document | packed | {"earlier": pack(earlier)}

    @classmethod
    def from_document(cls, data: Data) -> Self:
        """Read a document that `to_document` made."""
        values = {each.name: data[each.name] for each in fields(cls) if each.name in data}
        values |= {name: unpack(values[name]) for name in _PACKED}
        earlier = json.loads(unpack(values["earlier"])) if "earlier" in values else []
        return cls(**values | {"earlier": tuple(KnownPlan(**each) for each in earlier)})


class TaskRecords:
    """The records of one workspace."""

    def __init__(self, store: StateStore, wid: str) -> None:
        self._store = store
        self._wid = wid

    def read(self, page_id: str) -> tuple[TaskRecord | None, str]:
        """The record of a page, and the version that guards the next write."""
        document = self._store.get(task_path(self._wid, page_id))
        if document is None:
            return None, "absent"
        return TaskRecord.from_document(document.data), document.version

    def write(self, record: TaskRecord, version: str, **changes: Any) -> tuple[TaskRecord, str]:
        """Store a record that was read at `version`, with changes.

        Raises:
            StaleWrite: somebody else wrote it since.
        """
        changed = replace(record, **changes)
        path = task_path(self._wid, record.page_id)
        put = Put(path=path, data=changed.to_document(), if_version=version)
        try:
            return changed, self._store.commit([put])[0]
        except StaleWrite:
            found, now = self.read(record.page_id)
            if found == changed:  # written by a call whose answer was lost
                return found, now
            raise


def task_path(wid: str, page_id: str) -> str:
    """Where the record of a task lies; `page_id` as its link has it."""
    return f"workspaces/{wid}/tasks/{page_id}"
