"""The state port on Cloud Firestore.

Guards are preconditions of the commit, not transactions: a loser is told at once and no lock is
held (https://cloud.google.com/firestore/docs/reference/rpc/google.firestore.v1#precondition).
"""

import re
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from shared.adapters.google_calls import translated
from shared.errors import (
    NexusError,
    StaleWrite,
    TooLarge,
    UpstreamRejected,
    UpstreamTimeout,
    UpstreamUnavailable,
)
from shared.ports.state import Document, Patch, Put, Query, Remove, Write

if TYPE_CHECKING:
    from google.api_core.retry import Retry
    from google.cloud.firestore import Client, WriteBatch

READ_TIMEOUT_S: Final = 4.0
COMMIT_TIMEOUT_S: Final = 6.0
_SERVICE: Final = "firestore"
_SIZE_FAULT: Final = re.compile(r"maximum (entity )?size|exceeds the|longer than", re.IGNORECASE)


class FirestoreStore:
    """A `StateStore`; versions are update times with all nine digits.

    A write that changes nothing keeps its version, since nothing has changed.
    `emulator`: host:port, or empty for the real service, which then takes the service account
    file at `credentials_path` or the credentials of the platform. Nothing is imported or opened
    before the first call, so that an instance may be made before a fork.
    """

    def __init__(self, project_id: str, emulator: str = "", credentials_path: str = "") -> None:
        self._project_id = project_id
        self._emulator = emulator
        self._credentials_path = credentials_path
        self._opened: Client | None = None
        self._lock = Lock()

    def get(self, path: str) -> Document | None:
        """Read one document; see the port."""
        return self.get_many([path])[0]

    def get_many(self, paths: Sequence[str]) -> list[Document | None]:
        """Read several documents in one call; see the port."""
        if not paths:
            return []
        client = self._client()
        references = [client.document(_document_path(path)) for path in dict.fromkeys(paths)]
        with _translated():
            snapshots = client.get_all(references, retry=_reads(), timeout=READ_TIMEOUT_S)
            found = {snap.reference.path: _document(snap) for snap in snapshots if snap.exists}
        return [found.get(path) for path in paths]

    def query(self, query: Query) -> list[Document]:
        """Read one page of a collection; see the port."""
        from google.cloud.firestore import FieldFilter
        from google.cloud.firestore import Query as SdkQuery

        selected: Any = self._client().collection(query.collection)
        for name, operator, value in query.where:
            selected = selected.where(filter=FieldFilter(_field_path(name), operator, value))
        order = query.order_by if query.order_by == "__name__" else _field_path(query.order_by)
        direction = SdkQuery.DESCENDING if query.descending else SdkQuery.ASCENDING
        selected = selected.order_by(order, direction=direction)
        if query.after is not None:
            selected = selected.start_after({order: query.after})
        with _translated():
            page = selected.limit(query.limit).get(retry=_reads(), timeout=READ_TIMEOUT_S)
            return [_document(snapshot) for snapshot in page]

    def commit(self, writes: Sequence[Write]) -> list[str]:
        """Do all writes or none; see the port."""
        batch = self._client().batch()
        for write in writes:
            self._add(batch, write)
        guarded = any(write.if_version is not None for write in writes)
        # A sum is the one write that differs when it is done twice: then only refusals are retried.
        sums = any(isinstance(write, Patch) and write.add for write in writes)
        with _translated(guarded=guarded):
            results = batch.commit(retry=_commits(repeatable=not sums), timeout=COMMIT_TIMEOUT_S)
        return [
            "" if isinstance(write, Remove) else _version(result.update_time)
            for write, result in zip(writes, results, strict=True)
        ]

    def _client(self) -> "Client":
        with self._lock:
            if self._opened is None:
                with _translated():
                    opened = _open(self._project_id, self._emulator, self._credentials_path)
                self._opened = opened
            return self._opened

    def _add(self, batch: "WriteBatch", write: Write) -> None:
        reference = self._client().document(_document_path(write.path))
        if isinstance(write, Put):
            batch.set(reference, _plain(write.data))
        elif isinstance(write, Patch):
            data, mask = _merge(write)
            batch.set(reference, data, merge=mask or True)
        else:
            batch.delete(reference)
        if write.if_version is not None:
            # set() takes no precondition, although the message it makes has a place for one.
            _guard(write.if_version).modify_write(batch._write_pbs[-1])


def _open(project_id: str, emulator: str, credentials_path: str) -> "Client":
    from google.auth.credentials import AnonymousCredentials
    from google.cloud.firestore import Client
    from google.oauth2.service_account import Credentials

    if emulator:
        nobody = AnonymousCredentials()  # type: ignore[no-untyped-call]
        client = Client(project=project_id, credentials=nobody)
        client._emulator_host = emulator  # otherwise the SDK reads it from the environment
        return client
    if not credentials_path:
        return Client(project=project_id)
    account = Credentials.from_service_account_file(credentials_path)  # type: ignore[no-untyped-call]
    return Client(project=project_id, credentials=account)


def _guard(version: str) -> Any:
    from google.api_core.datetime_helpers import DatetimeWithNanoseconds
    from google.cloud.firestore import Client

    if version == "absent":
        return Client.write_option(exists=False)
    moment = DatetimeWithNanoseconds.from_rfc3339(version)  # type: ignore[no-untyped-call]
    return Client.write_option(last_update_time=moment.timestamp_pb())


def _merge(patch: Patch) -> tuple[dict[str, Any], list[str]]:
    from google.cloud.firestore import Increment

    values = dict(patch.fields or {})
    values |= {name: Increment(amount) for name, amount in (patch.add or {}).items()}
    data: dict[str, Any] = {}
    for name, value in values.items():
        *parents, leaf = name.split(".")
        place = data
        for parent in parents:
            place = place.setdefault(parent, {})
        place[leaf] = _plain(value)
    return data, [_field_path(name) for name in values]


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def _field_path(name: str) -> str:
    from google.cloud.firestore_v1.field_path import FieldPath

    return str(FieldPath(*name.split(".")).to_api_repr())


def _document_path(path: str) -> str:
    parts = path.split("/")
    if len(parts) % 2 or not all(parts):
        raise ValueError("a document path has an even number of parts, none of them empty")
    return path


def _document(snapshot: Any) -> Document:
    version = _version(snapshot.update_time)
    return Document(path=snapshot.reference.path, data=snapshot.to_dict(), version=version)


def _version(update_time: Any) -> str:
    return str(update_time.rfc3339())


def _reads() -> "Retry":
    from google.api_core import exceptions
    from google.api_core.retry import Retry, if_exception_type

    passing = if_exception_type(
        exceptions.ServiceUnavailable, exceptions.InternalServerError, exceptions.Aborted
    )
    return Retry(predicate=passing, initial=0.05, maximum=1.0, timeout=READ_TIMEOUT_S)


def _commits(*, repeatable: bool) -> "Retry":
    from google.api_core import exceptions
    from google.api_core.retry import Retry, if_exception_type

    passing: list[type[Exception]] = [
        exceptions.Aborted
    ]  # another writer held the document: nothing was done
    if repeatable:
        passing.append(exceptions.ServiceUnavailable)
    return Retry(
        predicate=if_exception_type(*passing), initial=0.05, maximum=1.0, timeout=COMMIT_TIMEOUT_S
    )


def _translated(*, guarded: bool = False) -> AbstractContextManager[None]:
    return translated(lambda cause: _error(cause, guarded))


def _error(cause: BaseException | None, guarded: bool) -> NexusError:
    from google.api_core import exceptions
    from google.auth.exceptions import DefaultCredentialsError

    lost = (exceptions.Aborted, exceptions.FailedPrecondition, exceptions.AlreadyExists)
    refused = (exceptions.ClientError, exceptions.MethodNotImplemented)
    if guarded and isinstance(cause, (*lost, exceptions.NotFound)):
        return StaleWrite("The document changed since it was read; read it again.")
    if isinstance(cause, DefaultCredentialsError):
        detail = "There is no credential for the store: set FIREBASE_CREDENTIALS_PATH."
        return UpstreamRejected(detail, service=_SERVICE)
    sizes = (exceptions.InvalidArgument, exceptions.ResourceExhausted)
    if isinstance(cause, sizes) and _SIZE_FAULT.search(str(cause)):
        return TooLarge("The document is larger than the store takes (1 MiB).")
    if isinstance(cause, exceptions.DeadlineExceeded):
        return UpstreamTimeout("The store took too long.", service=_SERVICE)
    if isinstance(cause, exceptions.ResourceExhausted | exceptions.Aborted):
        return UpstreamUnavailable("The store is overloaded.", service=_SERVICE)
    if isinstance(cause, refused):
        return UpstreamRejected("The store refused the request.", service=_SERVICE)
    return UpstreamUnavailable("The store does not answer.", service=_SERVICE)
