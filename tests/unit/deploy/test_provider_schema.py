"""Every resource names only arguments that the provider knows, and all that it demands."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.support.terraform import ROOT, Code, Resource, arguments

SCHEMA: Mapping[str, Any] = json.loads(
    (ROOT / "tests" / "data" / "terraform" / "provider.json").read_text(encoding="utf8")
)
FOLDERS = ("modules/app", "modules/function")


def faults(code: Code) -> Iterator[str]:
    """What a folder says that the provider would refuse."""
    for resource in code.resources():
        if resource.type not in SCHEMA:
            yield f"{resource.type}: add it to scripts/provider_schema.py"
            continue
        given = list(arguments(resource.body))
        for path, name in given:
            if not _known(resource, path, name):
                yield f"{resource.type}.{resource.name}: no argument {'.'.join((*path, name))}"
        top = {name for path, name in given if not path}
        for name in SCHEMA[resource.type]["required"]:
            if not {name, name.removesuffix("s")} & top:
                yield f"{resource.type}.{resource.name}: {name} is missing"


def _known(resource: Resource, path: tuple[str, ...], name: str) -> bool:
    level: Any = SCHEMA[resource.type]
    for step in path:
        found = _spelled(level, step)
        if found is None:
            return False
        level = level["arguments"][found]
        if not isinstance(level, Mapping):  # a map of the user's own keys
            return True
    return _spelled(level, name) is not None


def _spelled(level: Mapping[str, Any], name: str) -> str | None:
    """The argument under the schema's own name: single blocks are plural lists there."""
    known = level["arguments"]
    if name in known:
        return name
    ways = (f"{name}s", f"{name}es", f"{name[:-1]}ies")
    return next((each for each in ways if isinstance(known.get(each), Mapping)), None)


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_argument_is_one_that_the_provider_knows(folder: str) -> None:
    assert list(faults(Code.of(folder))) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("ack_deadline_seconds ", "ack_deadline_second "),
        ("max_delivery_attempts", "maximum_delivery_attempts"),
        ("session_affinity ", "sticky_sessions "),
        ("startup_cpu_boost", "cpu_boost"),
        ("secret_data_wo_version", "secret_data_version"),
        ("schedule  = ", "cron  = "),
    ],
)
def test_an_argument_that_does_not_exist_is_found(old: str, new: str) -> None:
    assert list(faults(Code.of("modules/app").changed(old, new))) != []


def test_an_argument_that_is_demanded_and_missing_is_found() -> None:
    code = Code.of("modules/app").changed('role     = "roles/run.invoker"\n', "")
    assert any("role is missing" in fault for fault in faults(code))


def test_the_schema_is_of_the_resources_in_use() -> None:
    used = {each.type for folder in FOLDERS for each in Code.of(folder).resources()}
    assert used == set(SCHEMA), "run scripts/provider_schema.py"


def test_every_environment_gives_what_the_module_wants() -> None:
    module = Path(ROOT / "terraform" / "modules" / "app" / "variables.tf").read_text("utf8")
    known = {line.split('"')[1] for line in module.splitlines() if line.startswith("variable ")}
    for name in ("staging", "prod"):
        text = (ROOT / "terraform" / "environments" / name / "main.tf").read_text("utf8")
        call = text.split('module "app" {')[1].split("\n}")[0]
        given = {line.split("=")[0].strip() for line in call.splitlines() if line.startswith("  ")}
        assert {each for each in given if each.isidentifier()} - {"source"} <= known
