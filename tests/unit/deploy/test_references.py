"""What the files of Terraform name exists, and nothing waits for itself."""

import re
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter

import pytest

from tests.support.terraform import Code

FOLDERS = ("modules/app", "modules/function", "environments/prod", "environments/staging")
_BLOCK = re.compile(
    r'^(?P<kind>resource|data|module|variable|output) "(?P<first>[\w-]+)"(?: "(?P<second>[\w-]+)")?'
    r" \{\n(?P<body>.*?)^\}",
    flags=re.MULTILINE | re.DOTALL,
)
_LOCALS = re.compile(r"^locals \{\n(?P<body>.*?)^\}", flags=re.MULTILINE | re.DOTALL)
_LOCAL = re.compile(
    r"^  (?P<name>\w+)\s*=(?P<value>.*?)(?=^  \w+\s*=|\Z)", re.MULTILINE | re.DOTALL
)
_NAMED = re.compile(r"(?<![\w.\"/-])(local|var|module|data\.\w+|google_\w+)\.(\w+)")


def graph(code: Code) -> dict[str, set[str]]:
    """What each local, resource and module names; variables have no references of their own."""
    found: dict[str, set[str]] = {}
    for text in map(_without_comments, code.files.values()):
        for block in _BLOCK.finditer(text):
            kind, first, second = block["kind"], block["first"], block["second"]
            name = {
                "resource": f"{first}.{second}",
                "data": f"data.{first}.{second}",
                "module": f"module.{first}",
                "variable": f"var.{first}",
                "output": f"output.{first}",
            }[kind]
            found[name] = set() if kind == "variable" else set(_references(block["body"], name))
        for block in _LOCALS.finditer(text):
            for local in _LOCAL.finditer(block["body"]):
                name = f"local.{local['name']}"
                found[name] = set(_references(local["value"], name))
    return found


def _without_comments(text: str) -> str:
    return re.sub(r"^\s*#.*$", "", text, flags=re.MULTILINE)


def _references(text: str, own: str) -> Iterator[str]:
    for kind, name in _NAMED.findall(text):
        if f"{kind}.{name}" != own or kind == "local":
            yield f"{kind}.{name}"


def unknown(code: Code) -> set[str]:
    """Names that nothing has."""
    nodes = graph(code)
    return {name for names in nodes.values() for name in names} - nodes.keys()


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_name_is_somebodys(folder: str) -> None:
    assert unknown(Code.of(folder)) == set()


@pytest.mark.parametrize("folder", FOLDERS)
def test_nothing_waits_for_itself(folder: str) -> None:
    TopologicalSorter(graph(Code.of(folder))).prepare()


def test_a_cycle_is_found() -> None:
    code = Code.of("modules/app").changed(
        'display_name = "NEXUS PRO ${each.value}"',
        "display_name = google_cloud_run_v2_service.voice_ws.uri",
    )
    with pytest.raises(CycleError):
        TopologicalSorter(graph(code)).prepare()


def test_a_name_that_nobody_has_is_found() -> None:
    code = Code.of("modules/app").changed("local.tick_job", "local.tack_job")
    assert "local.tack_job" in unknown(code)


def test_the_graph_holds_what_the_files_hold() -> None:
    nodes = graph(Code.of("modules/app"))
    assert {"local.functions", "module.function", "data.google_project.this"} <= nodes.keys()
    assert "google_cloud_run_v2_service.voice_ws" in nodes["local.common"]
    assert "google_service_account.unit" in nodes["module.function"]
