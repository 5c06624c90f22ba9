"""The timer: fires what is due into Pub/Sub."""

import asyncio
import base64
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from typing import Final

import aiohttp
from google.cloud.scheduler_v1 import PubsubTarget, RetryConfig
from google.rpc.code_pb2 import Code  # type: ignore[import-untyped]
from google.rpc.status_pb2 import Status  # type: ignore[import-untyped]

from dev.scheduler_standin.jobs import Entry, Jobs

_MAX_WAIT_S: Final = 1.0  # the machine's clock may be set meanwhile
_PUBLISH_TIMEOUT_S: Final = 10.0
# Defaults of RetryConfig, as the vendor's reference has them.
_MIN_BACKOFF: Final = timedelta(seconds=5)
_MAX_BACKOFF: Final = timedelta(hours=1)
_MAX_DOUBLINGS: Final = 5

Publish = Callable[[PubsubTarget], Awaitable[Status]]


class Firing:
    """Executes the jobs that are due, each beside the others."""

    def __init__(self, jobs: Jobs, publish: Publish) -> None:
        self._jobs = jobs
        self._publish = publish
        self._changed = asyncio.Event()

    def wake(self) -> None:
        """Look again at what is due, since something changed."""
        self._changed.set()

    async def run(self) -> None:
        """Fire until cancelled."""
        async with asyncio.TaskGroup() as executions:
            while True:
                self._changed.clear()
                for entry in self._jobs.due():
                    self._jobs.begin(entry)
                    executions.create_task(self._execute(entry))
                await self._until_next()

    async def _until_next(self) -> None:
        left_s = (self._jobs.next_due() - self._jobs.now()).total_seconds()
        try:
            async with asyncio.timeout(min(max(left_s, 0.0), _MAX_WAIT_S)):
                await self._changed.wait()
        except TimeoutError:
            return

    async def _execute(self, entry: Entry) -> None:
        status = Status(code=Code.ABORTED)
        try:
            for pause in _pauses(entry.job.retry_config):
                self._jobs.attempt(entry)
                status = await self._publish(entry.job.pubsub_target)
                # Retries end where the next scheduled execution begins.
                if status.code == Code.OK or self._jobs.now() + pause >= entry.job.schedule_time:
                    break
                await asyncio.sleep(pause.total_seconds())
        finally:
            self._jobs.end(entry, status)
            self.wake()


def _pauses(config: RetryConfig) -> Iterator[timedelta]:
    """How long to wait after each failed attempt; after the last one for ever."""
    shortest = config.min_backoff_duration or _MIN_BACKOFF
    longest = config.max_backoff_duration or _MAX_BACKOFF
    doublings = config.max_doublings or _MAX_DOUBLINGS
    for attempt in range(config.retry_count):
        yield min(shortest * 2 ** min(attempt, doublings), longest)
    yield timedelta(days=365)


class PubSub:
    """Publishes to the emulator at "host:port", by its REST address."""

    def __init__(self, host: str) -> None:
        self._base = f"http://{host}/v1"

    async def publish(self, target: PubsubTarget) -> Status:
        """Publish a target's message; what became of it, never an exception of the network."""
        message = {
            "data": base64.b64encode(target.data).decode(),
            "attributes": dict(target.attributes),
        }
        url = f"{self._base}/{target.topic_name}:publish"
        limit = aiohttp.ClientTimeout(total=_PUBLISH_TIMEOUT_S)
        try:
            async with (
                aiohttp.ClientSession(timeout=limit) as session,
                session.post(url, json={"messages": [message]}) as answer,
            ):
                return _status(answer.status, await answer.text())
        except (aiohttp.ClientError, TimeoutError):
            return Status(code=Code.UNAVAILABLE, message="Pub/Sub does not answer.")


def _status(http_status: int, text: str) -> Status:
    if http_status < 300:
        return Status()
    code = {404: Code.NOT_FOUND, 400: Code.INVALID_ARGUMENT}.get(http_status, Code.UNKNOWN)
    return Status(code=code, message=text[:200])
