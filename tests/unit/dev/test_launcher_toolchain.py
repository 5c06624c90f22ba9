"""The programs of this machine, and the locks."""

import zipfile
from pathlib import Path

import pytest

from dev.launcher import toolchain
from scripts import locks


def _program(folder: Path, name: str, says: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / name
    file.write_text(f"#!/bin/sh\necho '{says}'\n")
    file.chmod(0o755)
    return file


def test_missing_node_is_said_with_the_mend(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(toolchain.MissingToolError, match="install Node 20 or later"):
        toolchain.check_node()


def test_old_node_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _program(tmp_path, "node", "v18.19.0")
    _program(tmp_path, "npm", "9.2.0")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(toolchain.MissingToolError, match="too old"):
        toolchain.check_node()


def test_missing_git_is_said_with_the_mend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(toolchain.MissingToolError, match="git is missing"):
        toolchain.check_git()


def test_old_java_alone_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _program(tmp_path / "bin", "java", 'openjdk version "17.0.15"')
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(toolchain.MissingToolError, match="Java 21"):
        toolchain.java_home()


def test_emulators_of_the_cloud_sdk_are_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sdk = tmp_path / ("a" * 60) / "google-cloud-sdk"
    _program(sdk / "bin", "gcloud", "")
    pubsub = _program(sdk / "platform/pubsub-emulator/bin", "cloud-pubsub-emulator", "")
    jar = sdk / "platform/cloud-firestore-emulator/cloud-firestore-emulator.jar"
    _program(jar.parent, jar.name, "")
    monkeypatch.setenv("PATH", str(sdk / "bin"))
    env = toolchain.emulator_environment({"PATH": "/bin"}, tmp_path / "cache")
    assert env["PUBSUB_EMULATOR_BINARY_PATH"] == str(pubsub)
    with zipfile.ZipFile(env["FIRESTORE_EMULATOR_BINARY_PATH"]) as archive:
        manifest = archive.read("META-INF/MANIFEST.MF").decode()
    assert max(len(line.encode()) for line in manifest.split("\r\n")) <= 70
    assert f"Class-Path: {jar.as_uri()}\r\n" in manifest.replace("\r\n ", "")


def test_without_the_cloud_sdk_firebase_tools_uses_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    env = toolchain.emulator_environment({"PATH": "/bin"}, tmp_path / "cache")
    assert not [name for name in env if name.endswith("_EMULATOR_BINARY_PATH")]
    assert env["PATH"].startswith(f"{env['JAVA_HOME']}/bin:")


def test_locks_are_in_step_with_their_sources() -> None:
    assert locks.faults() == []


def test_lock_of_another_version_is_a_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements.txt").write_text("flask==3.1.3 \\\n")
    (tmp_path / "requirements" / "dev.in").write_text("flask\n")
    (tmp_path / "requirements" / "dev.txt").write_text("# from dev.in 0\nflask==3.0.0 \\\n")
    monkeypatch.setattr(locks, "ROOT", tmp_path)
    monkeypatch.setattr(locks, "LOCKS", {"requirements/dev.txt": "requirements/dev.in"})
    assert locks.faults() == [
        "requirements/dev.txt is older than requirements/dev.in",
        "requirements/dev.txt: flask==3.0.0 but requirements.txt has 3.1.3",
    ]
