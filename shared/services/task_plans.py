"""Has the model plan a task: the code it is about, one request, one repair, a daily quota."""

from collections.abc import Generator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from shared.code.plan import Plan, PlanFaultsError
from shared.code.plan_check import Ground, plan_faults, unread
from shared.code.plan_prompt import PlanQuestion, plan_request, repair_request
from shared.code.plan_reply import parse_plan
from shared.code.search import Found, relevant
from shared.errors import RateLimited, TooLarge, UpstreamRejected
from shared.ports.clock import Clock
from shared.ports.model import ModelRequest
from shared.ports.repository import Repository, Snapshot
from shared.ports.state import Patch, StateStore
from shared.services.model_calls import ModelAnswer, ModelCalls
from shared.services.operations import Progress
from shared.services.voice_journal import usage_path

STEPS: Final = 5
_MAX_UNREAD: Final = 40
_CUT: Final = "It was cut off: write at most 1,200 words."


class QuotaSpentError(RateLimited):
    """The user's model calls of this day are used up; waiting a moment does not help."""

    retryable = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """What is to be planned. `without`: folders that hold no code."""

    uid: str
    task_id: str
    title: str
    body: str
    commit: str
    without: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A plan that was checked, with the reply that it was read from."""

    reply: str
    plan: Plan


class TaskPlanner:
    """Plans tasks. `daily_calls`: how often a user may ask the model in a day (UTC)."""

    def __init__(
        self, store: StateStore, clock: Clock, models: ModelCalls, daily_calls: int
    ) -> None:
        self._store = store
        self._clock = clock
        self._models = models
        self._daily_calls = daily_calls

    def plan(
        self, repository: Repository, wanted: Assignment
    ) -> Generator[Progress, None, Planned]:
        """Search, ask, check; ask once more with the faults.

        Raises:
            QuotaSpentError: the day's calls are used up.
            UpstreamRejected: the model declined, or gave no usable plan twice.
            NexusError: as `Repository` and `LanguageModel`.
        """
        self._check_quota(wanted.uid)
        snapshot = repository.snapshot(wanted.commit)
        found = relevant(snapshot.files, repository.read, wanted.title, wanted.body, wanted.without)
        yield Progress(done=2, total=STEPS, note="planning")
        question = PlanQuestion(
            task_id=wanted.task_id,
            title=wanted.title,
            body=wanted.body,
            commit=wanted.commit,
            paths=_paths(snapshot, wanted.without),
            excerpts=found.excerpts,
        )
        request = plan_request(question)
        faults: list[str] = []
        for _ in range(2):
            answer = yield from self._ask(wanted.uid, request)
            try:
                return Planned(
                    reply=answer.text, plan=_checked(answer, repository, snapshot, found)
                )
            except PlanFaultsError as error:
                faults = error.faults
                request = repair_request(request, answer.text, faults)
        raise UpstreamRejected(
            f"The language model gave no usable plan twice; the first fault: {faults[0][:200]}",
            "anthropic",
        )

    def _check_quota(self, uid: str) -> None:
        found = self._store.get(usage_path(uid, self._clock.now()))
        if found is not None and found.data.get("model_calls", 0) >= self._daily_calls:
            raise QuotaSpentError(
                f"The {self._daily_calls} model calls of today are used up.",
                retry_after_s=_until_midnight_s(self._clock.now()),
            )

    def _ask(self, uid: str, request: ModelRequest) -> Generator[Progress, None, ModelAnswer]:
        self._check_quota(uid)
        path = usage_path(uid, self._clock.now())
        self._store.commit([Patch(path=path, add={"model_calls": 1})])
        asking = self._models.ask(request)
        try:
            while True:
                next(asking)
                yield Progress(done=2, total=STEPS, note="planning", underway=True)
        except StopIteration as end:
            answer: ModelAnswer = end.value
        finally:
            asking.close()
        self._count(path, answer)
        if answer.end.reason == "refused":
            raise UpstreamRejected("The language model declined to plan this task.", "anthropic")
        return answer

    def _count(self, path: str, answer: ModelAnswer) -> None:
        usage = answer.end.usage
        amounts = {
            "input_tokens": usage.input_tokens,
            "output_tokens": usage.output_tokens,
            "cache_read_tokens": usage.cache_read_tokens,
        }
        added = {name: amount for name, amount in amounts.items() if amount}
        if added:
            self._store.commit([Patch(path=path, add=added)])


def _checked(answer: ModelAnswer, repository: Repository, snapshot: Snapshot, found: Found) -> Plan:
    """The plan of an answer; raises PlanFaultsError with everything that is wrong with it."""
    if answer.end.reason == "length":
        raise PlanFaultsError([_CUT])
    plan = parse_plan(answer.text)
    shown = {each.path: each.total for each in found.excerpts}
    ground = Ground(paths=snapshot.files.keys(), texts=dict(found.texts), shown=shown)
    missing = unread(plan, ground)[:_MAX_UNREAD]
    ground = Ground(
        paths=ground.paths,
        texts={**found.texts, **_texts(repository, snapshot, missing)},
        shown=shown,
    )
    faults = plan_faults(plan, ground)
    if faults:
        raise PlanFaultsError(faults)
    return plan


def _paths(snapshot: Snapshot, without: tuple[str, ...]) -> list[str]:
    """What the model is shown of the tree: not the pages' own files."""
    starts = tuple(f"{folder}/" for folder in without)
    return sorted(path for path in snapshot.files if not path.startswith(starts))


def _texts(repository: Repository, snapshot: Snapshot, paths: list[str]) -> dict[str, str]:
    """Files for the check alone; what is too large, no text or no file is left out."""
    ids = {path: snapshot.files[path].id for path in paths if snapshot.files[path].mode < 0o120000}
    try:
        contents = repository.read(list(ids.values())) if ids else {}
    except TooLarge:
        return {}
    texts = {}
    for path, blob in ids.items():
        if b"\0" not in contents[blob]:
            texts[path] = contents[blob].decode("utf-8", "replace")
    return texts


def _until_midnight_s(now: datetime) -> float:
    utc = now.astimezone(UTC)
    return 86_400.0 - (utc.hour * 3600 + utc.minute * 60 + utc.second)
