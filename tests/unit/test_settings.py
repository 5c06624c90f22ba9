"""The environment: everything that is wrong at once, and what the cloud refuses."""

import pytest

from shared.settings import Settings, SettingsError, check_at_start

LOCAL_ONLY = (
    "FIRESTORE_EMULATOR_HOST",
    "FIREBASE_AUTH_EMULATOR_HOST",
    "PUBSUB_EMULATOR_HOST",
    "NEXUS_LOCAL_IDENTITY",
    "NEXUS_SCHEDULER_HOST",
    "NEXUS_SECRETS_DIR",
    "NEXUS_GIT_ALLOW_PRIVATE",
    "NEXUS_WEBHOOK_SECRET",
    "NEXUS_TRACES_URL",
)
KEYS = ("ASSEMBLYAI_API_KEY", "ANTHROPIC_API_KEY", "NOTION_TOKEN", "NEXUS_GIT_TOKEN")
CLOUD = {"NEXUS_PROJECT_ID": "p", "K_SERVICE": "run-operation"}


@pytest.mark.parametrize("name", LOCAL_ONLY)
@pytest.mark.parametrize("value", ["1", "0", "x"])
def test_a_process_in_the_cloud_refuses_what_is_for_local_work(name: str, value: str) -> None:
    cloud = {"NEXUS_PROJECT_ID": "p", "K_SERVICE": "notion"}
    assert Settings.from_env(cloud).project_id == "p"
    with pytest.raises(SettingsError, match=name):
        Settings.from_env({**cloud, name: value})


def test_all_faults_are_told_at_once_without_quoting_secrets() -> None:
    environ = {"K_SERVICE": "x", "NEXUS_SECRETS_DIR": "/x", "NEXUS_HISTORY_DAYS": "0"}
    with pytest.raises(SettingsError) as caught:
        Settings.from_env(environ, "NOTION_TOKEN")
    for name in ("NOTION_TOKEN", "NEXUS_SECRETS_DIR", "NEXUS_HISTORY_DAYS", "NEXUS_PROJECT_ID"):
        assert name in str(caught.value)


def test_lists_are_split_and_keys_are_not_shown() -> None:
    settings = Settings.from_env(
        {"NEXUS_PROJECT_ID": "p", "NEXUS_MEMBERS": "a,b,", "NOTION_TOKEN": "ntn_s", "X": "y"}
    )
    assert settings.members == ("a", "b")
    assert "github.com" in settings.git_hosts
    assert "ntn_s" not in repr(settings)


@pytest.mark.parametrize("name", KEYS)
@pytest.mark.parametrize("value", ["stand-in", "Changeme", " x ", "your-key", "<key>", "…", "   "])
def test_a_process_in_the_cloud_refuses_a_key_that_is_none(name: str, value: str) -> None:
    local = Settings.from_env({"NEXUS_PROJECT_ID": "p", name: value})
    assert local.project_id == "p"
    with pytest.raises(SettingsError, match=f"{name} is no real key"):
        Settings.from_env({**CLOUD, name: value})


def test_a_key_that_may_be_one_is_taken_in_the_cloud() -> None:
    keys = dict.fromkeys(KEYS, "sk-stand-in-the-place-of-a-long-one")
    assert Settings.from_env({**CLOUD, **keys}).service == "run-operation"


@pytest.mark.parametrize("name", ["ASSEMBLYAI_BASE_URL", "ANTHROPIC_BASE_URL", "NOTION_BASE_URL"])
@pytest.mark.parametrize(
    ("address", "fits"),
    [("http://127.0.0.1:9", False), ("ws://x", False), ("https://x", True), ("wss://x", True)],
)
def test_no_key_leaves_the_cloud_without_encryption(name: str, address: str, fits: bool) -> None:
    environ = {**CLOUD, name: address}
    if fits:
        Settings.from_env(environ)
        return
    with pytest.raises(SettingsError, match=name):
        Settings.from_env(environ)


def test_a_function_in_the_cloud_does_not_start_without_what_its_entry_point_needs() -> None:
    needed = {"run_operation": ("ANTHROPIC_API_KEY",)}
    check_at_start({**CLOUD, "FUNCTION_TARGET": "sync_tick"}, needed)
    with pytest.raises(SettingsError, match="ANTHROPIC_API_KEY"):
        check_at_start({**CLOUD, "FUNCTION_TARGET": "run_operation"}, needed)
    with pytest.raises(SettingsError, match="PUBSUB_EMULATOR_HOST"):
        check_at_start({**CLOUD, "PUBSUB_EMULATOR_HOST": "x"})


def test_a_machine_of_ones_own_is_asked_for_nothing_at_import() -> None:
    check_at_start({"PUBSUB_EMULATOR_HOST": "x", "FUNCTION_TARGET": "run_operation"})


def test_traces_are_off_unless_asked_for_and_a_fraction_is_no_number_of_them() -> None:
    assert Settings.from_env({"NEXUS_PROJECT_ID": "p"}).traces == 0
    assert Settings.from_env({"NEXUS_PROJECT_ID": "p", "NEXUS_TRACES": "20"}).traces == 20
    for wrong in ("-1", "0.5", "yes"):
        with pytest.raises(SettingsError, match="NEXUS_TRACES"):
            Settings.from_env({"NEXUS_PROJECT_ID": "p", "NEXUS_TRACES": wrong})
