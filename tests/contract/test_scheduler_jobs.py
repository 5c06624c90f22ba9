"""When the scheduler stand-in fires: its rules in process, on a clock of our own."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta

import grpc  # type: ignore[import-untyped]
import pytest
from google.cloud.scheduler_v1 import Job, PubsubTarget
from google.rpc.status_pb2 import Status  # type: ignore[import-untyped]

from dev.fakes.clock import FakeClock
from dev.scheduler_standin.crontab import next_time
from dev.scheduler_standin.firing import Firing
from dev.scheduler_standin.jobs import Jobs
from dev.scheduler_standin.refusals import Refusal

PARENT = "projects/demo-nexus/locations/europe-west1"
NAME = f"{PARENT}/jobs/tick"
NOON = datetime(2026, 11, 22, 12, 0, 20, tzinfo=UTC)


def job(**changed: object) -> Job:
    target = {"topic_name": "projects/demo-nexus/topics/sync-ticks", "data": b"{}"}
    return Job({"name": NAME, "schedule": "* * * * *", "pubsub_target": target, **changed})


class Target:
    """Stands for Pub/Sub; while `open` is clear, executions hang."""

    def __init__(self) -> None:
        self.calls = 0
        self.at_once = 0
        self.most_at_once = 0
        self.answers: list[int] = []
        self.open = asyncio.Event()
        self.open.set()

    async def publish(self, _: PubsubTarget) -> Status:
        self.calls += 1
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await self.open.wait()
        self.at_once -= 1
        return Status(code=self.answers.pop(0) if self.answers else 0)


class Rig:
    def __init__(self) -> None:
        self.clock = FakeClock(NOON)
        self.jobs = Jobs(self.clock.now)
        self.target = Target()
        self.firing = Firing(self.jobs, self.target.publish)

    def advance(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.firing.wake()

    async def calls(self, count: int) -> None:
        """Let the timer run until that many executions began, and then until it is quiet."""
        async with asyncio.timeout(10):
            while self.target.calls < count:
                await asyncio.sleep(0)
        for _ in range(20):
            await asyncio.sleep(0)
        assert self.target.calls == count


@asynccontextmanager
async def firing() -> AsyncIterator[Rig]:
    rig = Rig()
    task = asyncio.create_task(rig.firing.run())
    try:
        yield rig
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@pytest.mark.parametrize(
    ("schedule", "zone", "after", "due"),
    [
        ("* * * * *", "", "2026-11-22T12:00:20", "2026-11-22T12:01:00"),
        ("* * * * *", "utc", "2026-11-22T12:01:00", "2026-11-22T12:02:00"),
        ("*/15 9-17 * * 1-5", "Etc/UTC", "2026-11-22T12:00:00", "2026-11-23T09:00:00"),
        ("0 9 * * *", "America/New_York", "2026-11-22T12:00:00", "2026-11-22T14:00:00"),
        # The night in which Berlin goes from UTC+2 to UTC+1.
        ("30 12 * * *", "Europe/Berlin", "2026-10-24T10:30:00", "2026-10-25T11:30:00"),
    ],
)
def test_a_schedule_is_due_at_the_minute_of_its_zone(
    schedule: str, zone: str, after: str, due: str
) -> None:
    moment = datetime.fromisoformat(after).replace(tzinfo=UTC)
    assert next_time(schedule, zone, moment) == datetime.fromisoformat(due).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("schedule", "zone"),
    [
        ("", ""),
        ("* * * *", ""),
        ("* * * * * *", ""),
        ("61 * * * *", ""),
        ("0 0 31 2 *", ""),
        ("every 5 minutes", ""),
        ("* * * * *", "Mars/Base"),
        ("* * * * *", "../../etc/passwd"),
    ],
)
def test_a_schedule_that_cannot_be_read_is_an_invalid_argument(schedule: str, zone: str) -> None:
    with pytest.raises(Refusal) as caught:
        next_time(schedule, zone, NOON)
    assert caught.value.code is grpc.StatusCode.INVALID_ARGUMENT


async def test_a_job_fires_each_minute_and_not_before() -> None:
    async with firing() as rig:
        made = rig.jobs.create(PARENT, job())
        rig.advance(39)
        await rig.calls(0)
        rig.advance(1)
        await rig.calls(1)
        assert made.last_attempt_time == NOON.replace(minute=1, second=0)
        assert made.schedule_time == NOON.replace(minute=2, second=0)
        rig.advance(60)
        await rig.calls(2)


async def test_what_is_due_while_an_execution_runs_begins_at_its_end() -> None:
    async with firing() as rig:
        rig.jobs.create(PARENT, job())
        rig.target.open.clear()
        rig.advance(40)
        await rig.calls(1)
        rig.advance(60)
        rig.jobs.ask(NAME)
        rig.firing.wake()
        await rig.calls(1)
        rig.target.open.set()
        await rig.calls(3)
        assert rig.target.most_at_once == 1


async def test_a_paused_job_runs_only_when_asked() -> None:
    async with firing() as rig:
        rig.jobs.create(PARENT, job())
        rig.jobs.pause(NAME)
        rig.advance(600)
        await rig.calls(0)
        rig.jobs.ask(NAME)
        rig.firing.wake()
        await rig.calls(1)
        rig.jobs.resume(NAME)
        rig.advance(60)
        await rig.calls(2)


async def test_a_failed_attempt_is_kept_as_status_and_tried_again_as_often_as_configured() -> None:
    retries = {"retry_count": 2, "min_backoff_duration": timedelta(milliseconds=1)}
    async with firing() as rig:
        made = rig.jobs.create(PARENT, job(retry_config=retries))
        rig.target.answers = [14, 14, 14]
        rig.advance(40)
        await rig.calls(3)
        assert made.status.code == 14
        rig.advance(60)
        await rig.calls(4)
        assert made.status.code == 0


async def test_a_pace_replaces_the_schedule_until_it_is_taken_back() -> None:
    async with firing() as rig:
        made = rig.jobs.create(PARENT, job())
        rig.jobs.set_pace(timedelta(seconds=2))
        for count in (1, 2):
            rig.advance(2)
            await rig.calls(count)
        rig.jobs.set_pace(None)
        assert made.schedule_time == NOON.replace(minute=1, second=0)
