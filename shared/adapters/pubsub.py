"""The messaging port on Google Cloud Pub/Sub."""

import json
from collections.abc import Mapping
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from shared.errors import UpstreamRejected, UpstreamTimeout, UpstreamUnavailable
from shared.ports.tracing import Kind
from shared.traces import carrier, span

if TYPE_CHECKING:
    from google.pubsub_v1 import PublisherClient

PUBLISH_TIMEOUT_S: Final = 10.0
_SERVICE: Final = "pubsub"


class PubSubPublisher:
    """A `Publisher`; each call is one request, since our messages come one by one.

    The trace of who publishes travels in the message's attributes as `traceparent`.

    `emulator`: host:port, or empty for the real service with the platform's credentials. The SDK
    is imported at the first call.
    """

    def __init__(self, project_id: str, emulator: str = "") -> None:
        self._project_id = project_id
        self._emulator = emulator
        self._opened: PublisherClient | None = None
        self._lock = Lock()

    def publish(self, topic: str, message: Mapping[str, Any]) -> str:
        """Publish and wait for the acknowledgement; see the port.

        Raises:
            UpstreamRejected: the topic does not exist or may not be used.
        """
        from google.api_core import exceptions
        from google.auth.exceptions import GoogleAuthError
        from google.pubsub_v1 import PubsubMessage

        name = f"projects/{self._project_id}/topics/{topic}"
        data = json.dumps(message).encode()
        try:
            with span(f"publish to {topic}", Kind.PRODUCER):
                messages = [PubsubMessage(data=data, attributes=carrier())]
                answer = self._client().publish(
                    topic=name, messages=messages, retry=_retry(), timeout=PUBLISH_TIMEOUT_S
                )
        except (exceptions.DeadlineExceeded, exceptions.RetryError) as exc:
            raise UpstreamTimeout("Pub/Sub took too long.", service=_SERVICE) from exc
        except exceptions.TooManyRequests as exc:
            raise UpstreamUnavailable("Pub/Sub is overloaded.", service=_SERVICE) from exc
        except exceptions.ClientError as exc:
            raise UpstreamRejected("Pub/Sub refused the message.", service=_SERVICE) from exc
        except (exceptions.GoogleAPICallError, GoogleAuthError) as exc:
            raise UpstreamUnavailable("Pub/Sub does not answer.", service=_SERVICE) from exc
        return str(answer.message_ids[0])

    def _client(self) -> "PublisherClient":
        with self._lock:
            if self._opened is None:
                self._opened = _open(self._emulator)
            return self._opened


def _open(emulator: str) -> "PublisherClient":
    from google.pubsub_v1 import PublisherClient

    if not emulator:
        return PublisherClient()
    import grpc  # type: ignore[import-untyped]
    from google.pubsub_v1.services.publisher.transports import PublisherGrpcTransport

    return PublisherClient(
        transport=PublisherGrpcTransport(channel=grpc.insecure_channel(emulator))
    )


def _retry() -> Any:
    from google.api_core import exceptions
    from google.api_core.retry import Retry, if_exception_type

    passing = if_exception_type(
        exceptions.ServiceUnavailable, exceptions.InternalServerError, exceptions.Aborted
    )
    return Retry(predicate=passing, initial=0.1, maximum=2.0, timeout=PUBLISH_TIMEOUT_S)
