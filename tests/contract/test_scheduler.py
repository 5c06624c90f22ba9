"""The scheduler stand-in as Google's client sees it, and the schedule port on top of it."""

import base64
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import grpc  # type: ignore[import-untyped]
import pytest
import requests
from google.api_core import exceptions
from google.cloud.scheduler_v1 import CloudSchedulerClient, Job, PubsubTarget
from google.cloud.scheduler_v1.services.cloud_scheduler.transports import (
    CloudSchedulerGrpcTransport,
)

from dev.fakes.schedule import FakeSchedule
from shared.adapters.scheduler import CloudScheduler
from shared.errors import NotFound, UpstreamUnavailable
from shared.ports.schedule import Schedule
from tests.support.emulators import PROJECT
from tests.support.waiting import until

ROOT = Path(__file__).parents[2]
PARENT = f"projects/{PROJECT}/locations/europe-west1"
TOPIC = f"projects/{PROJECT}/topics/sync-ticks"
SUBSCRIPTION = f"projects/{PROJECT}/subscriptions/sync-ticks"


@dataclass(frozen=True, kw_only=True)
class StandIn:
    address: str
    control: str

    def told(self) -> dict[str, dict[str, Any]]:
        jobs = requests.get(f"{self.control}/jobs", timeout=10).json()["jobs"]
        return {job["name"]: job for job in jobs}

    def order(self, path: str, **fields: Any) -> int:
        return requests.post(f"{self.control}{path}", json=fields, timeout=10).status_code


@pytest.fixture(scope="module")
def process(pubsub_emulator: str) -> Iterator[StandIn]:
    command = [sys.executable, "-m", "dev.scheduler_standin", "--pubsub", pubsub_emulator]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as running:
        assert running.stdout is not None
        ports = json.loads(running.stdout.readline())
        yield StandIn(
            address=f"127.0.0.1:{ports['port']}",
            control=f"http://127.0.0.1:{ports['control_port']}",
        )
        running.terminate()
        assert running.wait(10) == 0


@pytest.fixture
def stand_in(process: StandIn) -> Iterator[StandIn]:
    yield process
    assert process.order("/reset") == 204


@pytest.fixture(scope="module")
def client(process: StandIn) -> Iterator[CloudSchedulerClient]:
    channel = grpc.insecure_channel(process.address)
    yield CloudSchedulerClient(transport=CloudSchedulerGrpcTransport(channel=channel))
    channel.close()


def job(name: str = "tick", **changed: Any) -> Job:
    target = PubsubTarget(topic_name=TOPIC, data=b'{"tick":1}', attributes={"kind": "tick"})
    fields = {"name": f"{PARENT}/jobs/{name}", "schedule": "* * * * *", "pubsub_target": target}
    return Job({**fields, **changed})


@pytest.fixture
def topic(pubsub_emulator: str) -> str:
    """The address of a subscription to the topic."""
    base = f"http://{pubsub_emulator}/v1"
    requests.put(f"{base}/{TOPIC}", json={}, timeout=10).raise_for_status()
    answer = requests.put(f"{base}/{SUBSCRIPTION}", json={"topic": TOPIC}, timeout=10)
    answer.raise_for_status()
    return f"{base}/{SUBSCRIPTION}"


def pull(subscription: str) -> list[dict[str, Any]]:
    body = {"maxMessages": 10, "returnImmediately": True}
    answer = requests.post(f"{subscription}:pull", json=body, timeout=10).json()
    return [received["message"] for received in answer.get("receivedMessages", [])]


def test_a_job_fires_its_message_into_pubsub_at_the_pace_that_was_set(
    stand_in: StandIn, client: CloudSchedulerClient, topic: str
) -> None:
    made = client.create_job(parent=PARENT, job=job())
    assert made.state == Job.State.ENABLED
    assert timedelta() < made.schedule_time - datetime.now(UTC) <= timedelta(minutes=1)
    stand_in.order("/speed", every_s=0.1)
    message = until(lambda: pull(topic), 20, "a message")[0]
    assert base64.b64decode(message["data"]) == b'{"tick":1}'
    assert message["attributes"] == {"kind": "tick"}
    until(lambda: len(stand_in.told()[made.name]["fired_at"]) > 2, 20, "it goes on firing")
    kept = client.get_job(name=made.name)
    assert (kept.status.code, kept.last_attempt_time is not None) == (0, True)


def test_run_job_fires_at_once_and_a_target_that_fails_shows_as_status(
    stand_in: StandIn, client: CloudSchedulerClient, topic: str
) -> None:
    lost = PubsubTarget(topic_name=f"projects/{PROJECT}/topics/nobody-made-it", data=b"{}")
    client.create_job(parent=PARENT, job=job())
    name = client.create_job(parent=PARENT, job=job("lost", pubsub_target=lost)).name
    client.run_job(name=f"{PARENT}/jobs/tick")
    assert stand_in.order("/fire", name=name) == 202
    until(lambda: pull(topic), 20, "a message")
    until(lambda: stand_in.told()[name]["status"]["code"] == 5, 20, "NOT_FOUND")


def test_jobs_are_made_once_changed_listed_in_pages_and_deleted(
    stand_in: StandIn, client: CloudSchedulerClient
) -> None:
    for name in ("a", "b", "c"):
        client.create_job(parent=PARENT, job=job(name))
    with pytest.raises(exceptions.AlreadyExists):
        client.create_job(parent=PARENT, job=job("b"))
    request = {"parent": PARENT, "page_size": 2}
    pages = [[each.name[-1] for each in page.jobs] for page in client.list_jobs(request).pages]
    assert pages == [["a", "b"], ["c"]]
    changed = job("b", schedule="0 9 * * *", time_zone="Europe/Berlin", description="x")
    answer = client.update_job(job=changed, update_mask={"paths": ["schedule", "time_zone"]})
    assert (answer.schedule, answer.time_zone, answer.description) == (
        "0 9 * * *",
        "Europe/Berlin",
        "",
    )
    client.delete_job(name=f"{PARENT}/jobs/b")
    assert sorted(name[-1] for name in stand_in.told()) == ["a", "c"]


@pytest.mark.usefixtures("stand_in")
def test_what_is_not_there_is_not_found(client: CloudSchedulerClient) -> None:
    name = f"{PARENT}/jobs/none"
    for call in (client.get_job, client.delete_job, client.pause_job, client.run_job):
        with pytest.raises(exceptions.NotFound):
            call(name=name)
    with pytest.raises(exceptions.NotFound):
        client.update_job(job=job("none"))


@pytest.mark.usefixtures("stand_in")
@pytest.mark.parametrize(
    "wrong",
    [
        {"schedule": "now and then"},
        {"time_zone": "Mars/Base"},
        {"name": "projects/other/locations/europe-west1/jobs/tick"},
        {"name": f"{PARENT}/jobs/a b"},
        {"pubsub_target": PubsubTarget(topic_name="sync-ticks", data=b"x")},
        {"pubsub_target": PubsubTarget(topic_name="projects/other/topics/ticks", data=b"x")},
        {"pubsub_target": PubsubTarget(topic_name=TOPIC)},
        {"pubsub_target": None, "http_target": {"uri": "https://example.com"}},
        {"retry_config": {"retry_count": 6}},
    ],
    ids=lambda wrong: "-".join(wrong),
)
def test_a_job_that_is_wrong_is_an_invalid_argument_also_as_a_change(
    client: CloudSchedulerClient, wrong: dict[str, Any]
) -> None:
    with pytest.raises(exceptions.InvalidArgument):
        client.create_job(parent=PARENT, job=job(**wrong))
    if "name" not in wrong:
        client.create_job(parent=PARENT, job=job())
        with pytest.raises(exceptions.InvalidArgument):
            client.update_job(job=job(**wrong), update_mask={"paths": list(wrong)})


def test_pause_and_resume_demand_the_other_state(
    stand_in: StandIn, client: CloudSchedulerClient
) -> None:
    name = client.create_job(parent=PARENT, job=job()).name
    with pytest.raises(exceptions.FailedPrecondition):
        client.resume_job(name=name)
    assert client.pause_job(name=name).state == Job.State.PAUSED
    with pytest.raises(exceptions.FailedPrecondition):
        client.pause_job(name=name)
    assert client.resume_job(name=name).state == Job.State.ENABLED
    assert stand_in.told()[name]["state"] == "ENABLED"


def test_an_order_that_cannot_be_read_says_so(stand_in: StandIn) -> None:
    assert stand_in.order("/speed", every_s=0) == 422
    assert stand_in.order("/speed", every_s=1, other=2) == 422
    assert stand_in.order("/fire", name="nobody") == 404
    health = requests.get(f"{stand_in.control}/health", timeout=10)
    assert health.json() == {"status": "ok", "jobs": 0}


@pytest.fixture(params=["memory", "stand-in"])
def schedule(request: pytest.FixtureRequest) -> Schedule:
    if request.param == "memory":
        return FakeSchedule()
    stand_in: StandIn = request.getfixturevalue("stand_in")
    client: CloudSchedulerClient = request.getfixturevalue("client")
    client.create_job(parent=PARENT, job=job())
    return CloudScheduler(PROJECT, "europe-west1", "tick", stand_in.address)


def test_a_new_job_is_enabled_was_never_attempted_and_resume_changes_nothing(
    schedule: Schedule,
) -> None:
    schedule.resume()
    state = schedule.state()
    assert (state.enabled, state.last_attempt_at, state.ok) == (True, None, True)


def test_run_now_runs_the_job(schedule: Schedule) -> None:
    schedule.run_now()
    if isinstance(schedule, FakeSchedule):
        assert schedule.runs == 1
        return
    attempted = until(lambda: schedule.state().last_attempt_at, 10, "an attempt")
    assert type(attempted) is datetime
    assert abs(datetime.now(UTC) - attempted) < timedelta(minutes=1)
    # Nobody made the topic.
    until(lambda: not schedule.state().ok, 10, "its failure is told")


def test_a_paused_job_is_told_and_resumed(stand_in: StandIn, client: CloudSchedulerClient) -> None:
    client.create_job(parent=PARENT, job=job())
    client.pause_job(name=job().name)
    schedule = CloudScheduler(PROJECT, "europe-west1", "tick", stand_in.address)
    assert not schedule.state().enabled
    schedule.resume()
    assert schedule.state().enabled


def test_a_job_that_nobody_made_is_not_found_with_the_mend(stand_in: StandIn) -> None:
    schedule = CloudScheduler(PROJECT, "europe-west1", uuid4().hex, stand_in.address)
    for call in (schedule.state, schedule.run_now, schedule.resume):
        with pytest.raises(NotFound, match="infrastructure"):
            call()


def test_a_scheduler_that_is_not_there_is_unavailable_within_its_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("shared.adapters.scheduler.CALL_TIMEOUT_S", 0.3)
    with pytest.raises(UpstreamUnavailable):
        CloudScheduler(PROJECT, "europe-west1", "tick", "127.0.0.1:1").state()
