"""A function of the cloud ends at its import where it must not start."""

import runpy
from pathlib import Path

import pytest

from shared.settings import SettingsError
from tests.support.emulators import VARIABLES

FUNCTIONS = Path(__file__).parents[3] / "functions"
FAULTS = {"FIRESTORE_EMULATOR_HOST": "x", "NEXUS_LOCAL_IDENTITY": "1", "NOTION_TOKEN": "stand-in"}


@pytest.fixture(autouse=True)
def _cloud(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES.values():  # emulators of other tests may run in this process
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv("FUNCTION_TARGET", raising=False)
    monkeypatch.setenv("NEXUS_PROJECT_ID", "p")
    monkeypatch.setenv("K_SERVICE", "x")


@pytest.mark.parametrize("name", ["health", "notion", "voice"])
@pytest.mark.parametrize(("fault", "value"), FAULTS.items())
def test_a_fault_ends_the_import(
    monkeypatch: pytest.MonkeyPatch, name: str, fault: str, value: str
) -> None:
    runpy.run_path(str(FUNCTIONS / name / "main.py"))
    monkeypatch.setenv(fault, value)
    with pytest.raises(SettingsError, match=fault):
        runpy.run_path(str(FUNCTIONS / name / "main.py"))


def test_only_the_worker_of_operations_needs_the_models_key(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    main = str(FUNCTIONS / "notion" / "main.py")
    for target in ("notion", "sync_tick", "sync_workspace"):
        monkeypatch.setenv("FUNCTION_TARGET", target)
        runpy.run_path(main)
    monkeypatch.setenv("FUNCTION_TARGET", "run_operation")
    with pytest.raises(SettingsError, match="ANTHROPIC_API_KEY"):
        runpy.run_path(main)
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-real")
    runpy.run_path(main)
