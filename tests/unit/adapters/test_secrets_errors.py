"""How the errors of Google's clients become ours."""

from typing import Any

import pytest
from google.api_core import exceptions

from shared.adapters.scheduler import CloudScheduler
from shared.adapters.secrets_manager import SecretManager
from shared.errors import (
    NexusError,
    NotFound,
    UpstreamRejected,
    UpstreamTimeout,
    UpstreamUnavailable,
)

KINDS = [
    ("NotFound", NotFound),
    ("PermissionDenied", UpstreamRejected),
    ("InvalidArgument", UpstreamRejected),
    ("ResourceExhausted", UpstreamUnavailable),
    ("ServiceUnavailable", UpstreamUnavailable),
    ("Unknown", UpstreamUnavailable),
    ("DeadlineExceeded", UpstreamTimeout),
]


class Client:
    """Raises at every call that has its own deadline and retry."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def __getattr__(self, name: str) -> Any:
        def call(*, timeout: float, retry: object, **_: Any) -> None:
            assert timeout > 0
            assert retry is not None
            raise self._error

        return call


@pytest.mark.parametrize(("name", "kind"), KINDS)
def test_an_error_of_secret_manager_tells_what_to_do(name: str, kind: type[NexusError]) -> None:
    client: Any = Client(getattr(exceptions, name)("s3cret"))
    with pytest.raises(NexusError) as caught:
        SecretManager("demo", {}, lambda: client).get("projects/demo/secrets/a/versions/1")
    assert type(caught.value) is kind
    assert "s3cret" not in caught.value.detail


@pytest.mark.parametrize(("name", "kind"), KINDS)
def test_an_error_of_cloud_scheduler_tells_what_to_do(
    monkeypatch: pytest.MonkeyPatch, name: str, kind: type[NexusError]
) -> None:
    client = Client(getattr(exceptions, name)("s3cret"))
    monkeypatch.setattr("shared.adapters.scheduler._open", lambda _: client)
    with pytest.raises(NexusError) as caught:
        CloudScheduler("demo", "europe-west1", "tick").run_now()
    assert type(caught.value) is kind
    assert "s3cret" not in caught.value.detail
