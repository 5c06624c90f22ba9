"""The environment: everything that is wrong at once, and what the cloud refuses."""

import pytest

from shared.settings import Settings, SettingsError

LOCAL_ONLY = (
    "FIRESTORE_EMULATOR_HOST",
    "FIREBASE_AUTH_EMULATOR_HOST",
    "PUBSUB_EMULATOR_HOST",
    "NEXUS_LOCAL_IDENTITY",
    "NEXUS_SCHEDULER_HOST",
    "NEXUS_SECRETS_DIR",
    "NEXUS_GIT_ALLOW_PRIVATE",
    "NEXUS_WEBHOOK_SECRET",
)


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
