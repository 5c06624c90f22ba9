"""Keys, and the environment that the processes are started with."""

import json
from pathlib import Path

import pytest

from dev.launcher import catalogue, keys, planning
from dev.launcher.service import Plan

EMULATORS = ("FIRESTORE_EMULATOR_HOST", "FIREBASE_AUTH_EMULATOR_HOST")


@pytest.fixture
def dotenv(tmp_path: Path) -> Path:
    """A .env with one key."""
    file = tmp_path / ".env"
    file.write_text("ANTHROPIC_API_KEY=from-file\nASSEMBLYAI_API_KEY=\n")
    return file


def _plan(tmp_path: Path, environ: dict[str, str]) -> Plan:
    found = keys.find(environ)
    return planning.make_plan(port=8123, state=tmp_path, environ=environ, keys=found)


def _environment(plan: Plan) -> dict[str, str]:
    return dict(next(each for each in catalogue.services(plan) if each.name == "voice_ws").env)


def test_key_in_the_file_is_used(dotenv: Path) -> None:
    found = keys.find(keys.environment(dotenv, stand_ins_only=False))
    assert (found.anthropic, found.assemblyai) == ("from-file", "")


def test_environment_wins_over_the_file(dotenv: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "from-environment")
    found = keys.find(keys.environment(dotenv, stand_ins_only=False))
    assert found.anthropic == "from-environment"


def test_stand_ins_only_ignores_file_and_environment(
    dotenv: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSEMBLYAI_API_KEY", "from-environment")
    assert keys.find(keys.environment(dotenv, stand_ins_only=True)) == keys.Keys()


def test_keys_do_not_show_in_their_representation() -> None:
    assert "secret" not in repr(keys.Keys(anthropic="secret"))


def test_credentials_that_are_no_key_are_refused_in_one_line(tmp_path: Path) -> None:
    file = tmp_path / "key.json"
    file.write_text("[]")
    with pytest.raises(keys.KeyFileError, match=r"^FIREBASE_CREDENTIALS_PATH: \S+ is not a"):
        keys.find({"FIREBASE_CREDENTIALS_PATH": str(file)})


def test_without_keys_everything_is_local(tmp_path: Path) -> None:
    env = _environment(_plan(tmp_path, {"PATH": "/bin", "FIRESTORE_EMULATOR_HOST": "elsewhere:1"}))
    assert env["NEXUS_PROJECT_ID"] == "demo-nexus"
    assert env["NEXUS_LOCAL_IDENTITY"] == "1"
    assert env["NEXUS_ALLOWED_ORIGINS"] == "http://localhost:8123,http://127.0.0.1:8123"
    assert env["ASSEMBLYAI_BASE_URL"].startswith("ws://127.0.0.1:")
    assert env["ANTHROPIC_BASE_URL"].startswith("http://127.0.0.1:")
    assert all(env[name].startswith("127.0.0.1:") for name in EMULATORS)


def test_vendor_key_replaces_only_its_stand_in(tmp_path: Path) -> None:
    plan = _plan(tmp_path, {"PATH": "/bin", "ANTHROPIC_API_KEY": "real-key"})
    env = _environment(plan)
    assert env["ANTHROPIC_API_KEY"] == "real-key"
    assert "ANTHROPIC_BASE_URL" not in env
    assert "ASSEMBLYAI_BASE_URL" in env
    names = {service.name for service in catalogue.services(plan)}
    assert "anthropic" not in names
    assert "assemblyai" in names


def test_google_key_moves_firestore_and_auth_and_turns_local_identity_off(tmp_path: Path) -> None:
    file = tmp_path / "key.json"
    file.write_text(json.dumps({"project_id": "real-project"}))
    plan = _plan(tmp_path, {"PATH": "/bin", "FIREBASE_CREDENTIALS_PATH": str(file)})
    env = _environment(plan)
    assert env["NEXUS_PROJECT_ID"] == "real-project"
    assert env["FIREBASE_CREDENTIALS_PATH"] == str(file)
    assert not {"NEXUS_LOCAL_IDENTITY", *EMULATORS} & set(env)
    assert env["PUBSUB_EMULATOR_HOST"].startswith("127.0.0.1:")
    found = [service.emulators for service in catalogue.services(plan) if service.emulators]
    assert found == [("hosting",), ("pubsub",)]
