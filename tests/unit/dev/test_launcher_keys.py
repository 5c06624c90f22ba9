"""Keys, and the environment that the processes are started with."""

import json
import stat
from pathlib import Path

import pytest

from dev.launcher import catalogue, fresh, keys, planning
from dev.launcher.service import Plan
from shared.settings import Settings

SYNC = {"notion", "run_operation", "sync_workspace", "sync_tick"}
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


def _environment(plan: Plan, name: str = "voice_ws") -> dict[str, str]:
    return dict(next(each for each in catalogue.services(plan) if each.name == name).env)


def _names(plan: Plan) -> set[str]:
    return {service.name for service in catalogue.services(plan)}


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
    assert "anthropic" not in _names(plan)
    assert "assemblyai" in _names(plan)


def test_notion_token_replaces_the_stand_in_and_nothing_is_seeded(tmp_path: Path) -> None:
    given = {"PATH": "/bin", "NOTION_TOKEN": "real-token", "NOTION_DOCS_DB_ID": "real-database"}
    plan = _plan(tmp_path, given)
    env = _environment(plan, "sync_workspace")
    assert (env["NOTION_TOKEN"], env["NOTION_DOCS_DB_ID"]) == ("real-token", "real-database")
    assert "NOTION_BASE_URL" not in env
    assert "notion_standin" not in _names(plan)
    assert not plan.seeds_workspace


def test_database_of_the_real_notion_means_nothing_to_the_stand_in(tmp_path: Path) -> None:
    plan = _plan(tmp_path, {"PATH": "/bin", "NOTION_DOCS_DB_ID": "real-database"})
    env = _environment(plan, "notion")
    assert "NOTION_DOCS_DB_ID" not in env
    assert env["NOTION_TOKEN"] == plan.notion_token
    assert env["NOTION_BASE_URL"] == f"http://{plan.host('notion_standin')}"
    assert plan.seeds_workspace


def test_each_process_gets_only_its_own_keys(tmp_path: Path) -> None:
    secret = {
        "ASSEMBLYAI_API_KEY": {"voice_ws"},
        "ANTHROPIC_API_KEY": {"voice_ws", "run_operation"},
        "NOTION_TOKEN": SYNC,
        "NEXUS_GIT_TOKEN": {*SYNC, "voice_ws"},
    }
    plan = _plan(tmp_path, {"PATH": "/bin", "ASSEMBLYAI_API_KEY": "real", "NOTION_TOKEN": "real"})
    for name, owners in secret.items():
        holders = {each.name for each in catalogue.services(plan) if name in each.env}
        assert holders == owners, name


def test_sync_may_use_the_git_server_beside_the_usual_hosts(tmp_path: Path) -> None:
    plan = _plan(tmp_path, {"PATH": "/bin"})
    settings = Settings.from_env(_environment(plan, "sync_workspace"))
    assert plan.host("git") in settings.git_hosts
    assert "github.com" in settings.git_hosts
    assert settings.git_allow_private
    assert settings.git_url == plan.git_url
    assert settings.secrets_dir == str(tmp_path / "secrets")


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
    assert not plan.seeds_workspace


def _leave_behind(plan: Plan) -> tuple[Path, Path]:
    """What a run leaves: the sample repository and a secret."""
    repository, secret = plan.repositories / "demo.git" / "HEAD", plan.secrets / "push-w"
    for file in (repository, secret):
        file.parent.mkdir(parents=True)
        file.touch()
    return repository, secret


def test_new_start_forgets_repository_and_secrets_of_the_last_one(tmp_path: Path) -> None:
    plan = _plan(tmp_path, {"PATH": "/bin"})
    repository, secret = _leave_behind(plan)
    other = plan.repositories / "mine.git"
    other.mkdir()
    fresh.begin_anew(plan)
    assert not repository.exists()
    assert not secret.exists()
    assert other.exists()
    assert stat.S_IMODE(plan.secrets.stat().st_mode) == 0o700


def test_secrets_that_a_real_firestore_refers_to_are_kept(tmp_path: Path) -> None:
    file = tmp_path / "key.json"
    file.write_text(json.dumps({"project_id": "real-project"}))
    plan = _plan(tmp_path, {"PATH": "/bin", "FIREBASE_CREDENTIALS_PATH": str(file)})
    _, secret = _leave_behind(plan)
    fresh.begin_anew(plan)
    assert secret.exists()
