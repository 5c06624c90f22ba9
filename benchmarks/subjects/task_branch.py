"""A branch with a plan on a real git server, made once and measured; prints one line of JSON.

`product`: the whole operation, with Notion, Firestore and the model in memory and at once. `bare`:
what no way of it could leave out: fetch the tree without contents, one commit, push, by dulwich.
"""

import argparse
import gc
import json
import time
from collections.abc import AsyncGenerator, Callable
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from dev.anthropic_standin.answers.engine import answer
from dev.fakes.messaging import FakePublisher
from dev.fakes.notion import FakeNotion
from dev.fakes.schedule import FakeSchedule
from dev.fakes.secrets import FakeSecrets
from dev.fakes.state import FakeStateStore
from shared.adapters.clock import SystemClock
from shared.adapters.git import DulwichRepository
from shared.ports.identity import Caller
from shared.ports.model import ModelEnd, ModelRequest, ModelText, ModelUsage
from shared.ports.repository import Change, CommitOrder, Person
from shared.services.budget import Budget
from shared.services.connections import Connections, Deployment
from shared.services.model_calls import ModelCalls
from shared.services.operations import Operations
from shared.services.setup import Setup, SetupPorts
from shared.services.setup_order import SetupOrder
from shared.services.sync_probes import SyncProbes
from shared.services.syncing import Syncing, SyncPorts
from shared.services.task_plans import TaskPlanner
from shared.services.task_requests import TASK_TO_BRANCH, request_task_branch
from shared.services.task_to_branch import TaskPorts, task_to_branch
from shared.services.worker import Worker
from shared.sync.engine import Engine
from shared.telemetry import configure

_CALLER: Final = Caller(uid="bench", member=True)
_TITLE: Final = "Wait longer between retries of payments"
_BODY: Final = "Payments are retried at once.\n\n- `retry_payment_17` waits a second\n- then two\n"


class _RuleModel:
    """The stand-in's rules without its server: an answer that takes no time."""

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelText | ModelEnd, None]:
        turns = [(each.role, each.text) for each in request.messages]
        yield ModelText(text=answer(system=request.system, turns=turns).render())
        yield ModelEnd(reason="complete", usage=ModelUsage(), model="rules")

    async def warm(self) -> None:
        """Nothing to do."""

    async def probe(self) -> None:
        """Nothing to do."""

    async def close(self) -> None:
        """Nothing to do."""


def main() -> None:
    """Prepare what is measured, measure it, print it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("subject", choices=("product", "bare"))
    parser.add_argument("url")
    parser.add_argument("username")
    parser.add_argument("password")
    asked = parser.parse_args()
    configure("WARNING")
    make = {"product": _product, "bare": _bare}[asked.subject]
    work = make(asked.url, asked.username, asked.password)
    gc.collect()
    before_mb = _peak_mb()
    print(json.dumps({"ready": True}), flush=True)
    input()
    cpu, began = time.process_time(), time.perf_counter()
    work()
    took = {
        "ms": (time.perf_counter() - began) * 1000,
        "cpu_ms": (time.process_time() - cpu) * 1000,
    }
    print(json.dumps({**took, "mb": _peak_mb(), "before_mb": before_mb}), flush=True)


def _bare(url: str, username: str, password: str) -> Callable[[], None]:
    repository = _open(url, username, password)

    def work() -> None:
        head = repository.refs(["main"]).heads["main"]
        repository.snapshot(head)
        order = CommitOrder(
            message="Plan\n",
            author=Person(name="bench", email="bench@example.com"),
            at=datetime.now(UTC),
            changes=(Change(path="plans/B.md", content=b"# Plan\n"),),
        )
        repository.push(f"task/bare-{time.time_ns()}", head, order, new=True)

    return work


def _product(url: str, username: str, password: str) -> Callable[[], None]:
    clock, store, publisher = SystemClock(), FakeStateStore(), FakePublisher()
    notion, secrets, schedule = FakeNotion(clock), FakeSecrets(), FakeSchedule()
    connections = Connections(
        Deployment(notion_token="ntn", git_url=url, git_username=username, git_token=password),
        secrets,
        make_budget=lambda name: Budget(store, clock, name),
        open_notion=lambda *_: notion,
        open_repository=_open,
    )
    setup_ports = SetupPorts(
        store=store, clock=clock, secrets=secrets, publisher=publisher, schedule=schedule
    )
    made = Setup(setup_ports, connections).run(_CALLER, _CALLER.uid, SetupOrder())
    ids = count(1)
    engine = Engine(store, clock, lambda: f"id{next(ids):06}")
    sync_ports = SyncPorts(
        store=store,
        clock=clock,
        publisher=publisher,
        engine=engine,
        connector=connections,
        observe=SyncProbes(store, clock, schedule).after_run,
        follow=lambda *_, **__: None,
        sleep=time.sleep,
    )
    ports = TaskPorts(
        store=store,
        clock=clock,
        connector=connections,
        syncing=Syncing(sync_ports),
        planner=TaskPlanner(store, clock, ModelCalls(_RuleModel), 1_000),
    )
    worker = Worker(store, publisher, clock, {TASK_TO_BRANCH: task_to_branch(ports)})
    operations = Operations(store, publisher, clock)
    source = made.workspace.collection("tasks").data_source_id
    page = notion.as_person("Ada").create_row(source, {"Name": _TITLE}, _BODY)

    def work() -> None:
        operation = request_task_branch(operations, _CALLER.uid, page)
        worker.run(operation.id)
        ended = operations.get(operation.id, _CALLER)
        if not (ended.result or {}).get("created"):
            raise SystemExit(f"no branch was made: {ended.problem}")

    return work


def _open(url: str, username: str, password: str) -> DulwichRepository:
    host = urlsplit(url).hostname or ""
    return DulwichRepository(url, username, password, allowed_hosts=[host], allow_private=True)


def _peak_mb() -> float:
    """Of this process alone: getrusage begins with what its parent had."""
    text = Path("/proc/self/status").read_text(encoding="utf8")
    (line,) = (each for each in text.splitlines() if each.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    main()
