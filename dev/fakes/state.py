"""The state port in memory, with faults on demand: the twin of the Firestore adapter.

What it shares with Firestore beside the port: a write that changes nothing keeps the version,
values of different types have an order, a number and a truth value are never equal, documents
without the field of an order are left out, and sizes are counted
(https://firebase.google.com/docs/firestore/storage-size).
"""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import RLock
from typing import Any, Final

from shared.errors import StaleWrite, TooLarge
from shared.ports.state import Document, Patch, Put, Query, Remove, Write

MAX_DOCUMENT_BYTES: Final = 1_048_576


@dataclass(frozen=True, slots=True)
class StateCall:
    """One call that the store got: the method's name and its argument."""

    method: str
    argument: Any


class FakeStateStore:
    """A `StateStore` in memory, safe among threads. `calls` lists what was asked of it."""

    def __init__(self) -> None:
        self.calls: list[StateCall] = []
        self._documents: dict[str, tuple[dict[str, Any], int]] = {}
        self._count = 0
        self._faults: list[BaseException] = []
        self._lost: list[BaseException] = []
        self._lock = RLock()

    def fail_next(self, times: int, error: BaseException) -> None:
        """Let the next calls, of any kind, raise `error` without doing anything."""
        self._faults += [error] * times

    def lose_answers(self, times: int, error: BaseException) -> None:
        """Let the next commits happen and then raise `error`, as when the answer is lost."""
        self._lost += [error] * times

    def get(self, path: str) -> Document | None:
        """Read one document; see the port."""
        with self._called("get", path):
            return self._read(path)

    def get_many(self, paths: Sequence[str]) -> list[Document | None]:
        """Read several documents; see the port."""
        with self._called("get_many", tuple(paths)):
            return [self._read(path) for path in paths]

    def query(self, query: Query) -> list[Document]:
        """Read one page of a collection; see the port."""
        with self._called("query", query):
            depth = query.collection.count("/") + 1
            inside = [
                document
                for path in self._documents
                if path.startswith(query.collection + "/") and path.count("/") == depth
                if (document := self._read(path)) and _matches(document, query)
            ]
        inside.sort(key=lambda d: (_key(d, query.order_by), d.id), reverse=query.descending)
        return inside[: query.limit]

    def commit(self, writes: Sequence[Write]) -> list[str]:
        """Do all writes or none; see the port."""
        with self._called("commit", tuple(writes)):
            for write in writes:
                self._check(write)
            changed: dict[str, dict[str, Any] | None] = {}
            for write in writes:
                before = changed.get(write.path, self._data(write.path))
                changed[write.path] = _after(write, before)
            self._keep(changed)
            versions = [
                "" if isinstance(write, Remove) else str(self._documents[write.path][1])
                for write in writes
            ]
            if self._lost:
                raise self._lost.pop(0)
            return versions

    def _called(self, method: str, argument: Any) -> RLock:
        with self._lock:
            self.calls.append(StateCall(method, argument))
            if self._faults:
                raise self._faults.pop(0)
        return self._lock

    def _read(self, path: str) -> Document | None:
        if path not in self._documents:
            return None
        data, version = self._documents[path]
        return Document(path=path, data=copy.deepcopy(data), version=str(version))

    def _data(self, path: str) -> dict[str, Any] | None:
        return self._documents[path][0] if path in self._documents else None

    def _check(self, write: Write) -> None:
        if not _is_document_path(write.path):
            raise ValueError("a document path has an even number of parts, none of them empty")
        if write.if_version is None:
            return
        present = self._documents.get(write.path)
        expected = None if write.if_version == "absent" else write.if_version
        if (None if present is None else str(present[1])) != expected:
            raise StaleWrite("The document changed since it was read; read it again.")

    def _keep(self, changed: Mapping[str, dict[str, Any] | None]) -> None:
        for path, data in changed.items():
            if data is not None and document_size(path, data) > MAX_DOCUMENT_BYTES:
                raise TooLarge("The document is larger than the store takes (1 MiB).")
        self._count += 1
        for path, data in changed.items():
            if data is None:
                self._documents.pop(path, None)
            elif not _same(self._data(path), data):
                self._documents[path] = (data, self._count)


def document_size(path: str, data: Mapping[str, Any]) -> int:
    """The bytes that Firestore counts for a document."""
    name = sum(len(part.encode()) + 1 for part in path.split("/")) + 16
    return name + _size(data) + 32


def _is_document_path(path: str) -> bool:
    parts = path.split("/")
    return len(parts) % 2 == 0 and all(parts)


def _after(write: Write, before: dict[str, Any] | None) -> dict[str, Any] | None:
    if isinstance(write, Remove):
        return None
    if isinstance(write, Put):
        return dict(_copy(write.data))
    data = copy.deepcopy(before or {})
    return _patched(data, write)


def _patched(data: dict[str, Any], write: Patch) -> dict[str, Any]:
    for name, value in (write.fields or {}).items():
        place, leaf = _place(data, name)
        place[leaf] = _copy(value)
    for name, amount in (write.add or {}).items():
        place, leaf = _place(data, name)
        old = place.get(leaf)
        if isinstance(old, bool) or not isinstance(old, int | float):
            old = 0
        place[leaf] = old + amount
    return data


def _place(data: dict[str, Any], name: str) -> tuple[dict[str, Any], str]:
    *parents, leaf = name.split(".")
    for parent in parents:
        if not isinstance(data.get(parent), dict):
            data[parent] = {}
        data = data[parent]
    return data, leaf


def _copy(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _copy(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_copy(item) for item in value]
    return value


def _matches(document: Document, query: Query) -> bool:
    try:
        key = _key(document, query.order_by)
    except KeyError:
        return False
    if query.after is not None:
        after = _rank(query.after)
        if not (key < after if query.descending else key > after):
            return False
    return all(_holds(document, *condition) for condition in query.where)


def _holds(document: Document, name: str, operator: str, wanted: Any) -> bool:
    try:
        have = _key(document, name)
    except KeyError:
        return False
    if operator == "in":
        return any(have == _rank(option) for option in wanted)
    rank = _rank(wanted)
    if operator == "==":
        return bool(have == rank)
    if have[0] != rank[0]:  # a comparison finds only values of its own type
        return False
    return bool(
        {"<": have < rank, "<=": have <= rank, ">": have > rank, ">=": have >= rank}[operator]
    )


def _key(document: Document, name: str) -> tuple[int, Any]:
    if name == "__name__":
        return _rank(document.id)
    value: Any = document.data
    for part in name.split("."):
        if not isinstance(value, Mapping):
            raise KeyError(name)
        value = value[part]
    return _rank(value)


def _rank(value: Any) -> tuple[int, Any]:
    if value is None:
        return (0, 0)
    for rank, kind in enumerate((bool, int | float, datetime, str, bytes, list | tuple, Mapping)):
        if isinstance(value, kind):
            return (rank + 1, _comparable(value))
    raise TypeError("not a value of the store")


def _comparable(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, list | tuple):
        return [_rank(item) for item in value]
    if isinstance(value, Mapping):
        return [(key.encode(), _rank(value[key])) for key in sorted(value)]
    return value


def _same(old: dict[str, Any] | None, new: dict[str, Any]) -> bool:
    return old is not None and repr(_rank(old)) == repr(_rank(new))


def _size(value: Any) -> int:
    if value is None or isinstance(value, bool):
        return 1
    if isinstance(value, str):
        return len(value.encode()) + 1
    if isinstance(value, bytes):
        return len(value)
    if isinstance(value, Mapping):
        return sum(len(key.encode()) + 1 + _size(item) for key, item in value.items())
    if isinstance(value, list | tuple):
        return sum(_size(item) for item in value)
    return 8
