"""How the errors of Google's Pub/Sub client become ours."""

from typing import Any

import pytest
from google.api_core import exceptions

from shared.adapters.pubsub import PubSubPublisher
from shared.errors import NexusError, UpstreamRejected, UpstreamTimeout, UpstreamUnavailable


class Client:
    def __init__(self, error: Exception) -> None:
        self._error = error

    def publish(self, **_: Any) -> None:
        raise self._error


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("NotFound", UpstreamRejected),
        ("PermissionDenied", UpstreamRejected),
        ("InvalidArgument", UpstreamRejected),
        ("ResourceExhausted", UpstreamUnavailable),
        ("ServiceUnavailable", UpstreamUnavailable),
        ("Unknown", UpstreamUnavailable),
        ("DeadlineExceeded", UpstreamTimeout),
    ],
)
def test_an_error_of_the_client_becomes_the_one_that_tells_what_to_do(
    monkeypatch: pytest.MonkeyPatch, name: str, kind: type[NexusError]
) -> None:
    client = Client(getattr(exceptions, name)("s3cret"))
    monkeypatch.setattr("shared.adapters.pubsub._open", lambda _: client)
    with pytest.raises(NexusError) as caught:
        PubSubPublisher("demo").publish("operations", {"x": 1})
    assert type(caught.value) is kind
    assert "s3cret" not in caught.value.detail
