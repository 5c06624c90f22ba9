"""The secrets port on Google Cloud Secret Manager.

A reference is the full name of a version. Numbers of versions rise from 1 and are never given
twice, which is how one of several creators wins. Answers name the project by its number, which
the program does not know, so of an answer's name only the version's number is used.
https://cloud.google.com/secret-manager/docs/reference/rpc/google.cloud.secretmanager.v1
"""

import re
from collections.abc import Callable, Mapping
from threading import Lock
from typing import TYPE_CHECKING, Final

from shared.adapters.google_calls import call_limits, translated
from shared.adapters.secrets_checks import NAME_PATTERN, check_name, check_value
from shared.errors import (
    Conflict,
    NexusError,
    NotFound,
    UpstreamRejected,
    UpstreamTimeout,
    UpstreamUnavailable,
)
from shared.telemetry import logger

if TYPE_CHECKING:
    from google.cloud.secretmanager_v1 import SecretManagerServiceClient

CALL_TIMEOUT_S: Final = 5.0
_SERVICE: Final = "secretmanager"


def open_client() -> "SecretManagerServiceClient":
    """A client with the platform's credentials."""
    from google.cloud.secretmanager_v1 import SecretManagerServiceClient

    return SecretManagerServiceClient()


class SecretManager:
    """A `Secrets` of one project; it reads and writes each time, see `CachedSecrets`.

    `labels` are set on the secrets that it makes. `client` is called at the first use, since the
    SDK is slow to import.
    """

    def __init__(
        self,
        project_id: str,
        labels: Mapping[str, str],
        client: "Callable[[], SecretManagerServiceClient]" = open_client,
    ) -> None:
        self._project = f"projects/{project_id}"
        self._references = re.compile(
            rf"({re.escape(self._project)}/secrets/{NAME_PATTERN})/versions/[0-9]+"
        )
        self._labels = dict(labels)
        self._open = client
        self._opened: SecretManagerServiceClient | None = None
        self._lock = Lock()
        self._log = logger(__name__)

    def put(self, name: str, value: str) -> str:
        """Store a new value; see the port."""
        secret, content = self._secret(name), check_value(value)
        with translated(_error):
            try:
                version = self._add(secret, content, repeatable=True)
            except _not_found():
                self._make(name)
                version = self._add(secret, content, repeatable=True)
        try:
            self._destroy_before(secret, _number(version))
        except NexusError as error:
            self._log.warning("left old versions of a secret", problem=error.problem)
        return version

    def get(self, reference: str) -> str:
        """Read a value; see the port."""
        from google.api_core.exceptions import FailedPrecondition
        from google.api_core.exceptions import NotFound as Missing

        known = self._references.fullmatch(reference)
        if known is None:
            raise NotFound("There is no such secret.")
        with translated(_error):
            try:
                return self._access(reference)
            except (FailedPrecondition, Missing):  # destroyed, since it was replaced
                return self._access(f"{known[1]}/versions/latest")

    def create(self, name: str, value: str) -> str:
        """Store the first value; see the port."""
        secret, content = self._secret(name), check_value(value)
        with translated(_error):
            # A secret without a version is one whose creator died between the two calls.
            if not self._make(name) and self._versions(secret, page_size=1):
                raise Conflict("The secret exists already.")
            # Never repeated: the repetition would lose against its own first try.
            version = self._add(secret, content, repeatable=False)
            if _number(version) == 1:
                return version
            self._client().destroy_secret_version(name=version, **call_limits(CALL_TIMEOUT_S))
        raise Conflict("The secret exists already.")

    def delete(self, name: str) -> None:
        """Delete a name; see the port."""
        secret = self._secret(name)
        with translated(_error):
            try:
                self._client().delete_secret(name=secret, **call_limits(CALL_TIMEOUT_S))
            except _not_found():
                return

    def _secret(self, name: str) -> str:
        return f"{self._project}/secrets/{check_name(name)}"

    def _make(self, name: str) -> bool:
        """Make a secret without a value; False if it was there."""
        from google.api_core.exceptions import AlreadyExists

        secret = {"replication": {"automatic": {}}, "labels": self._labels}
        request = {"parent": self._project, "secret_id": name, "secret": secret}
        try:
            self._client().create_secret(request=request, **call_limits(CALL_TIMEOUT_S))
        except AlreadyExists:
            return False
        return True

    def _add(self, secret: str, content: bytes, *, repeatable: bool) -> str:
        limits = (
            call_limits(CALL_TIMEOUT_S)
            if repeatable
            else {"retry": None, "timeout": CALL_TIMEOUT_S}
        )
        request = {"parent": secret, "payload": {"data": content}}
        added = self._client().add_secret_version(request=request, **limits)
        return f"{secret}/versions/{_number(added.name)}"

    def _access(self, version: str) -> str:
        answer = self._client().access_secret_version(name=version, **call_limits(CALL_TIMEOUT_S))
        return answer.payload.data.decode()

    def _versions(self, secret: str, page_size: int, wanted: str = "") -> list[str]:
        """The names of at most a page of versions, the newest first."""
        request = {"parent": secret, "page_size": page_size, "filter": wanted}
        pager = self._client().list_secret_versions(request=request, **call_limits(CALL_TIMEOUT_S))
        page = next(iter(pager.pages))
        return [f"{secret}/versions/{_number(version.name)}" for version in page.versions]

    def _destroy_before(self, secret: str, number: int) -> None:
        with translated(_error):
            for version in self._versions(secret, page_size=25, wanted="state:ENABLED"):
                if _number(version) < number:  # a newer one is another writer's
                    self._client().destroy_secret_version(
                        name=version, **call_limits(CALL_TIMEOUT_S)
                    )

    def _client(self) -> "SecretManagerServiceClient":
        with self._lock:
            if self._opened is None:
                self._opened = self._open()
            return self._opened


def _number(version: str) -> int:
    return int(version.rsplit("/", 1)[-1])


def _not_found() -> type[Exception]:
    from google.api_core.exceptions import NotFound as Missing

    return Missing


def _error(cause: BaseException | None) -> NexusError:
    from google.api_core import exceptions

    gone = (exceptions.NotFound, exceptions.FailedPrecondition)  # the latter: destroyed, disabled
    if isinstance(cause, gone):
        return NotFound("There is no such secret.")
    if isinstance(cause, exceptions.DeadlineExceeded):
        return UpstreamTimeout("Secret Manager took too long.", service=_SERVICE)
    if isinstance(cause, exceptions.TooManyRequests | exceptions.Aborted):
        return UpstreamUnavailable("Secret Manager is overloaded.", service=_SERVICE)
    if isinstance(cause, exceptions.ClientError | exceptions.MethodNotImplemented):
        return UpstreamRejected("Secret Manager refused the call.", service=_SERVICE)
    return UpstreamUnavailable("Secret Manager does not answer.", service=_SERVICE)
