"""The jobs and what becomes of them: the stand-in's state, without a wire or a timer."""

import copy
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

import grpc  # type: ignore[import-untyped]
from google.cloud.scheduler_v1 import Job
from google.protobuf.field_mask_pb2 import FieldMask  # type: ignore[import-untyped]
from google.rpc.status_pb2 import Status  # type: ignore[import-untyped]

from dev.scheduler_standin.crontab import next_time
from dev.scheduler_standin.refusals import Refusal, invalid

_PARENT: Final = re.compile(r"projects/([A-Za-z0-9.:-]+)/locations/[a-z0-9-]+")
_JOB_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,500}")
_TOPIC: Final = re.compile(r"projects/([A-Za-z0-9.:-]+)/topics/[A-Za-z][A-Za-z0-9._~+%-]{2,254}")
_OURS: Final = ("name", "user_update_time", "state", "status", "schedule_time", "last_attempt_time")
_MAX_RETRIES: Final = 5
NEVER: Final = datetime.max.replace(tzinfo=UTC)


@dataclass(slots=True, kw_only=True)
class Entry:
    """A job and what becomes of it.

    `asked`: executions that somebody asked for and that did not begin. `fired_at`: when each
    attempt began. `running`: whether an execution is under way.
    """

    job: Job
    asked: int = 0
    fired_at: list[datetime] = field(default_factory=list)
    running: bool = False


class Jobs:
    """All jobs by name.

    `every`: fire each that often instead of by its schedule, for tests. `now` tells the time of
    day in UTC.
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.entries: dict[str, Entry] = {}
        self.every: timedelta | None = None
        self.now = now

    def create(self, parent: str, wanted: Job) -> Job:
        """Make a job; raises Refusal (INVALID_ARGUMENT, ALREADY_EXISTS)."""
        project = _project(parent)
        job = copy.deepcopy(wanted)
        job.name = job.name or f"{parent}/jobs/{uuid.uuid4()}"
        before, _, job_id = job.name.rpartition("/jobs/")
        if before != parent or not _JOB_ID.fullmatch(job_id):
            raise invalid("job.name: must be parent/jobs/JOB_ID")
        if job.name in self.entries:
            raise Refusal(grpc.StatusCode.ALREADY_EXISTS, f"Job {job.name} already exists.")
        for name in _OURS[1:]:
            job._pb.ClearField(name)
        self._complete(job, project)
        self.entries[job.name] = Entry(job=job)
        return job

    def entry(self, name: str) -> Entry:
        """The job of that name; raises Refusal (NOT_FOUND)."""
        if name not in self.entries:
            raise Refusal(grpc.StatusCode.NOT_FOUND, "Job not found.")
        return self.entries[name]

    def page(self, parent: str, size: int, token: str) -> tuple[list[Job], str]:
        """At most `size` jobs of a location (0 means 500), and the token of the next page."""
        _project(parent)
        if size < 0:
            raise invalid("page_size: must not be negative")
        size = min(size or 500, 500)
        names = sorted(name for name in self.entries if name.startswith(f"{parent}/jobs/"))
        rest = [name for name in names if name > token]
        jobs = [self.entries[name].job for name in rest[:size]]
        return jobs, rest[size - 1] if len(rest) > size else ""

    def update(self, wanted: Job, paths: list[str]) -> Job:
        """Change the fields named by `paths`, or all that are set if it names none.

        Raises Refusal (NOT_FOUND, INVALID_ARGUMENT), and then changes nothing.
        """
        entry = self.entry(wanted.name)
        changed = copy.deepcopy(entry.job)
        named = paths or [each.name for each, _ in wanted._pb.ListFields()]
        mask = FieldMask(paths=[path for path in named if path.split(".")[0] not in _OURS])
        if not mask.IsValidForDescriptor(Job.pb().DESCRIPTOR):
            raise invalid("update_mask: names a field that a job does not have")
        mask.MergeMessage(wanted._pb, changed._pb, replace_message_field=True)
        self._complete(changed, _project(wanted.name.rpartition("/jobs/")[0]))
        entry.job = changed
        return changed

    def delete(self, name: str) -> None:
        """Forget a job; raises Refusal (NOT_FOUND)."""
        self.entry(name)
        del self.entries[name]

    def pause(self, name: str) -> Job:
        """Stop firing a job; raises Refusal (NOT_FOUND, FAILED_PRECONDITION)."""
        return self._turn(name, Job.State.ENABLED, Job.State.PAUSED)

    def resume(self, name: str) -> Job:
        """Fire a paused job again; raises Refusal (NOT_FOUND, FAILED_PRECONDITION)."""
        job = self._turn(name, Job.State.PAUSED, Job.State.ENABLED)
        self._plan(job)
        return job

    def set_pace(self, every: timedelta | None) -> None:
        """Fire every so often from now on; None: by the schedules again."""
        self.every = every
        for entry in self.entries.values():
            self._plan(entry.job)

    def ask(self, name: str) -> Job:
        """Demand an execution, even of a paused job; raises Refusal (NOT_FOUND).

        While one is under way the new one waits for its end: there are never two at a time.
        """
        entry = self.entry(name)
        entry.asked += 1
        return entry.job

    def due(self) -> list[Entry]:
        """The jobs whose time has come and of which no execution is under way."""
        now = self.now()
        return [
            entry
            for entry in self.entries.values()
            if not entry.running and (entry.asked or _scheduled(entry) <= now)
        ]

    def next_due(self) -> datetime:
        """When the next job is due by its schedule; far away if none is."""
        idle = (_scheduled(entry) for entry in self.entries.values() if not entry.running)
        return min(idle, default=NEVER)

    def begin(self, entry: Entry) -> None:
        """Note that an execution begins, and when the next one is due."""
        entry.running = True
        if entry.asked:
            entry.asked -= 1
        else:
            self._plan(entry.job)

    def attempt(self, entry: Entry) -> None:
        """Note that one of the execution's attempts begins."""
        entry.job.last_attempt_time = self.now()
        entry.fired_at.append(self.now())

    def end(self, entry: Entry, status: Status) -> None:
        """Note how an execution ended."""
        entry.running = False
        entry.job.status = status

    def _turn(self, name: str, before: int, after: int) -> Job:
        job = self.entry(name).job
        if job.state != before:
            raise Refusal(
                grpc.StatusCode.FAILED_PRECONDITION, f"The job is not {Job.State(before).name}."
            )
        job.state = Job.State(after)
        return job

    def _complete(self, job: Job, project: str) -> None:
        """Check a job whole, and set what the service sets."""
        if "pubsub_target" not in job:
            raise invalid("job.target: this stand-in fires into Pub/Sub only")
        target = job.pubsub_target
        topic = _TOPIC.fullmatch(target.topic_name)
        if topic is None or topic[1] != project:
            raise invalid("pubsub_target.topic_name: must be a topic of the job's project")
        if not target.data and not target.attributes:
            raise invalid("pubsub_target: needs data or an attribute")
        if not 0 <= job.retry_config.retry_count <= _MAX_RETRIES:
            raise invalid("retry_config.retry_count: must be 0 to 5")
        job.time_zone = job.time_zone or "Etc/UTC"
        job.state = Job.State(job.state or Job.State.ENABLED)
        job.user_update_time = self.now()
        self._plan(job)

    def _plan(self, job: Job) -> None:
        due = next_time(job.schedule, job.time_zone, self.now())
        job.schedule_time = self.now() + self.every if self.every else due


def _scheduled(entry: Entry) -> datetime:
    return entry.job.schedule_time if entry.job.state == Job.State.ENABLED else NEVER


def _project(parent: str) -> str:
    known = _PARENT.fullmatch(parent)
    if known is None:
        raise invalid("parent: must be projects/PROJECT/locations/LOCATION")
    return known[1]
