"""One measurement of code to docs, or of parsing the same files alone, in a process of its own.

Prints `{"ms", "cpu_ms", "mb", "before_mb", "read", "written"}`: time, peak memory and memory before
in MB, how many files' contents were read and pages written. Store, repository and engine are fakes.
"""

import json
import random
import resource
import sys
import time
from collections.abc import Generator
from datetime import UTC, datetime
from typing import Any

from dev.fakes.clock import FakeClock
from dev.fakes.messaging import FakePublisher
from dev.fakes.repository import FakeRepository
from dev.fakes.state import FakeStateStore
from shared.code.outline import read_module
from shared.ports.identity import Caller
from shared.ports.model import ModelRequest
from shared.ports.notion import NotionWorkspace
from shared.ports.repository import Repository
from shared.ports.state import Put
from shared.services.code_to_docs import DocsPorts, code_to_docs
from shared.services.docs_requests import CODE_TO_DOCS, DocsRequests
from shared.services.docs_scope import Scope
from shared.services.model_calls import ModelAnswer
from shared.services.operations import Operations
from shared.services.worker import Worker
from shared.sync.report import Hints, Report
from shared.sync.workspace import Collection, Remote, Workspace, workspace_document, workspace_path
from shared.telemetry import configure

_PACKAGES = 50


class Connector:
    """Opens the one repository."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    def notion(self, workspace: Workspace, *, interactive: bool = False) -> NotionWorkspace:
        """There is none."""
        del workspace, interactive
        raise AssertionError("nothing is synced here")

    def repository(self, workspace: Workspace) -> Repository:
        """The one."""
        del workspace
        return self._repository


class Idle:
    """Syncs nothing, asks no model."""

    def run(self, workspace: Workspace, hints: Hints, *, interactive: bool = False) -> Report:
        """Say that nothing is left."""
        del workspace, hints, interactive
        return Report(run=None)

    def ask(self, request: ModelRequest) -> Generator[int, None, ModelAnswer]:
        """Never asked."""
        del request
        raise AssertionError("no summaries are asked for here")
        yield 0


def sources(count: int) -> dict[str, str]:
    """Python files of about 5 KB that import each other, half of their functions documented."""
    choose = random.Random(1)
    return {_path(number): _source(choose, number, count) for number in range(count)}


def _path(number: int) -> str:
    return f"pkg{number % _PACKAGES}/mod{number}.py"


def _source(choose: random.Random, number: int, count: int) -> str:
    others = choose.sample(range(count), 3)
    imports = "\n".join(
        f"from pkg{other % _PACKAGES}.mod{other} import work_{other}_0" for other in others
    )
    functions = "\n\n\n".join(
        _function(f"work_{number}_{at}", at % 2 == 0, others) for at in range(10)
    )
    return f'"""Module {number} does some work."""\n\n{imports}\n\n\n{functions}\n'


def _function(name: str, documented: bool, others: list[int]) -> str:
    doc = (
        '    """Do some work with `value`.\n\n    Args:\n        value: what to work on.\n'
        "        times: how often.\n\n    Returns:\n        what came out.\n\n"
        '    Raises:\n        ValueError: it cannot be done.\n    """\n'
    )
    body = "".join(f"    value += work_{other}_0(value)\n" for other in others)
    head = f"def {name}(value: int, times: int = 1) -> int:\n"
    return f"{head}{doc if documented else ''}{body}    return value * times"


class Site:
    """A workspace over fakes."""

    def __init__(self, files: dict[str, str]) -> None:
        self.git = FakeRepository(max_bytes=2**28)
        self.git.commit("main", {path: text.encode() for path, text in files.items()})
        self.store, self.clock = FakeStateStore(), FakeClock()
        self.publisher = FakePublisher()
        self.operations = Operations(self.store, self.publisher, self.clock)
        docs = Collection(
            name="docs", data_source_id="d", database_id="b", url="", folder="notion/docs"
        )
        self.workspace = Workspace(
            wid="w",
            owner="ada",
            notion_id="n",
            notion_name="N",
            bot_id="b",
            parent_page_id="p",
            collections=(docs,),
            created_at=datetime(2026, 11, 22, tzinfo=UTC),
            repository=Remote(url="https://git.test/bench.git", branch="main"),
        )
        data = workspace_document(self.workspace)
        self.store.commit([Put(path=workspace_path("w"), data=data)])
        idle: Any = Idle()
        self.ports = DocsPorts(
            store=self.store,
            clock=self.clock,
            connector=Connector(self.git),
            syncing=idle,
            model=idle,
            sleep=self.clock.advance,
        )

    def document(self) -> int:
        """Document all of it; how many pages differ."""
        requests = DocsRequests(self.operations, self.store, self.clock)
        operation = requests.start(self.workspace, Scope(path=""))
        runners = {CODE_TO_DOCS: code_to_docs(self.ports)}
        Worker(self.store, self.publisher, self.clock, runners).run(operation.id)
        result = self.operations.get(operation.id, Caller(uid="ada")).result
        assert result is not None
        return sum(page["action"] != "unchanged" for page in result["pages"])

    def read(self) -> int:
        """How many contents were read so far."""
        return sum(len(call.arguments[0]) for call in self.git.calls if call.method == "read")


def main() -> None:
    """Measure `parse`, `cold`, `changed` or `again` for so many files."""
    configure("ERROR")
    kind, files = sys.argv[1], sources(int(sys.argv[2]))
    site = Site(files)
    if kind in ("changed", "again"):
        site.document()
    if kind == "changed":
        text = files[_path(7)].replace("value: int, times", "value: int, often")
        site.git.commit("main", {_path(7): text.encode()})
    read, before = site.read(), _peak_mb()
    began, cpu = time.perf_counter(), time.process_time()
    written = _parse(files) if kind == "parse" else site.document()
    took = {
        "ms": (time.perf_counter() - began) * 1000,
        "cpu_ms": (time.process_time() - cpu) * 1000,
        "mb": _peak_mb(),
        "before_mb": before,
        "read": site.read() - read,
        "written": written,
    }
    print(json.dumps(took))


def _parse(files: dict[str, str]) -> int:
    kept = [read_module(path, text) for path, text in files.items()]
    return len(kept)


def _peak_mb() -> float:
    """The most memory that the process ever had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
