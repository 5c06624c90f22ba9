"""What is deployed, alone: a bundle in an empty folder with its own packages, nothing else."""

import base64
import contextlib
import json
import os
import signal
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
import requests
from websockets.sync.client import connect

from dev.launcher.emulators import choose_ports
from scripts.bundle import CONTAINER, FUNCTIONS, build_all
from tests.integration.deployed import bearer, people
from tests.support.emulators import PROJECT
from tests.support.waiting import answers, until

PUSHED = ("run_operation", "sync_tick", "sync_workspace")
HEAVY = ("anthropic", "assemblyai", "dulwich", "griffelib", "notion-client", "tree-sitter")
pytestmark = pytest.mark.timeout(300)


@dataclass(frozen=True)
class Installed:
    """A bundle as it was unpacked, and the Python that has its packages."""

    name: str
    folder: Path
    python: Path

    def packages(self) -> set[str]:
        """The names of what is installed."""
        listed = _uv("pip", "list", "--python", str(self.python), "--format", "json")
        return {each["name"] for each in json.loads(listed)}


def _uv(*arguments: str) -> str:
    uv = Path(sys.executable).with_name("uv")
    done = subprocess.run([uv, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Installed]:
    """All of them, built, unpacked and installed."""
    built = tmp_path_factory.mktemp("build")
    build_all(built)
    place = tmp_path_factory.mktemp("deployed")
    with ThreadPoolExecutor(2) as pool:
        made = pool.map(lambda name: _install(built, place, name), (*FUNCTIONS, CONTAINER))
        return {each.name: each for each in made}


def _install(built: Path, place: Path, name: str) -> Installed:
    folder, home = place / name, place / f"{name}-packages"
    with zipfile.ZipFile(built / f"{name}.zip") as archive:
        archive.extractall(folder)
    _uv("venv", "--quiet", "--python", sys.executable, str(home))
    python = home / "bin" / "python"
    options = ("--quiet", "--python", str(python), "--require-hashes")
    _uv("pip", "install", *options, "-r", str(folder / "requirements.txt"))
    return Installed(name, folder, python)


def _environment(emulators: Mapping[str, str], **more: str) -> dict[str, str]:
    """What the platform gives a process, and the emulators instead of Google's services."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {**kept, **emulators, "NEXUS_PROJECT_ID": PROJECT, **more}


@contextlib.contextmanager
def _served(
    bundle: Installed, command: list[str], env: Mapping[str, str], port: int
) -> Iterator[str]:
    """Run a bundle's server in its folder until the test is over; its "host:port"."""
    log = bundle.folder / "server.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [str(bundle.python.with_name(command[0])), *command[1:]],
            cwd=bundle.folder,
            env=dict(env),
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    try:
        until(lambda: process.poll() is not None or answers(f"http://127.0.0.1:{port}/"), 60, "up")
        assert process.poll() is None, log.read_text()
        yield f"127.0.0.1:{port}"
    finally:
        # How it ends gracefully is another test's business. The whole group: a worker of gunicorn
        # lives on for a second after its master, and would record a probe for the next test.
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(20)
        until(lambda: not _lives(process.pid), 20, "all of the group has ended")


def _lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


@contextlib.contextmanager
def _function(bundle: Installed, target: str, emulators: Mapping[str, str]) -> Iterator[str]:
    port = choose_ports([(target,)])[target]
    address = ["--host", "127.0.0.1", "--port", str(port)]
    command = ["functions-framework", "--target", target, "--signature-type", "http", *address]
    with _served(bundle, command, _environment(emulators), port) as host:
        yield f"http://{host}"


def test_the_same_sources_give_the_same_bytes(tmp_path: Path) -> None:
    assert build_all(tmp_path / "one") == build_all(tmp_path / "two")


def test_a_bundle_holds_what_is_deployed_and_nothing_else(bundles: dict[str, Installed]) -> None:
    for bundle in bundles.values():
        top = {path.name for path in bundle.folder.iterdir()} - {"server.log"}
        own = {"main.py"} if bundle.name in FUNCTIONS else {"app.py", "gunicorn.conf.py"}
        own |= {"Dockerfile"} if bundle.name == CONTAINER else set()
        assert top == own | {"shared", "requirements.txt"}
        assert {path.suffix for path in (bundle.folder / "shared").rglob("*.*")} <= {".py"}


@pytest.mark.parametrize("name", ["voice", "health"])
def test_the_small_functions_have_no_heavy_package_at_all(
    bundles: dict[str, Installed], name: str
) -> None:
    assert bundles[name].packages() & set(HEAVY) == set()


def test_the_health_bundle_answers_alone(
    bundles: dict[str, Installed], emulators: dict[str, str]
) -> None:
    with _function(bundles["health"], "health", emulators) as url:

        def well() -> bool:
            checks = requests.get(f"{url}/health", timeout=20).json()["checks"]
            return {checks["firestore"]["status"], checks["auth"]["status"]} == {"healthy"}

        # The first probe also compiles the SDKs: on a busy machine in more than its 3 s.
        until(well, 20, "Firestore and Auth are told to be healthy")
        assert requests.get(f"{url}/", timeout=20).json()["endpoints"]


def test_the_voice_bundle_answers_alone(
    bundles: dict[str, Installed], emulators: dict[str, str]
) -> None:
    user = people(emulators["FIREBASE_AUTH_EMULATOR_HOST"])["user"]
    with _function(bundles["voice"], "voice", emulators) as url:
        address = f"{url}/voice/history/{user.uid}"
        assert requests.get(address, timeout=20).status_code == 401
        assert requests.get(address, headers=bearer(user), timeout=20).json()["interactions"] == []


def test_the_notion_bundle_answers_alone(
    bundles: dict[str, Installed], emulators: dict[str, str]
) -> None:
    user = people(emulators["FIREBASE_AUTH_EMULATOR_HOST"])["user"]
    with _function(bundles["notion"], "notion", emulators) as url:
        address = f"{url}/notion/sync-status/{user.uid}"
        assert requests.get(address, headers=bearer(user), timeout=20).json()["workspaces"] == []


@pytest.mark.parametrize("target", PUSHED)
def test_a_function_behind_pubsub_takes_a_message_alone(
    bundles: dict[str, Installed], emulators: dict[str, str], target: str
) -> None:
    content = {"operation_id": "none", "workspace": "0" * 20, "at": "2026-11-22T12:00:00+00:00"}
    data = base64.b64encode(json.dumps(content).encode()).decode()
    message = {"data": data, "messageId": "1", "publishTime": "2026-11-22T12:00:00Z"}
    body = {"message": message, "subscription": "s"}
    with _function(bundles["notion"], target, emulators) as url:
        assert requests.post(url, json=body, timeout=20).status_code == 204


def test_the_container_serves_a_voice_session_alone(
    bundles: dict[str, Installed], emulators: dict[str, str]
) -> None:
    user = people(emulators["FIREBASE_AUTH_EMULATOR_HOST"])["user"]
    port = choose_ports([("voice_ws",)])["voice_ws"]
    keys = {"ASSEMBLYAI_API_KEY": "x", "ANTHROPIC_API_KEY": "x", "PORT": str(port)}
    nowhere = {
        "ASSEMBLYAI_BASE_URL": "ws://127.0.0.1:1",
        "ANTHROPIC_BASE_URL": "http://127.0.0.1:1",
    }
    env = _environment(emulators, **keys, **nowhere)
    bundle = bundles[CONTAINER]
    command = _command(bundle.folder / "Dockerfile")
    with _served(bundle, command, env, port) as host:
        address = f"ws://{host}/voice/{user.uid}"
        with connect(address, additional_headers=bearer(user), proxy=None) as socket:
            socket.send(json.dumps({"type": "start"}))
            assert json.loads(socket.recv(20))["type"] == "ready"
        # Both vendors' SDKs load after that, and then are probed. There is no bytecode: it takes.
        owner = {"Authorization": "Bearer owner"}
        probes = f"http://{emulators['FIRESTORE_EMULATOR_HOST']}/v1/projects/{PROJECT}/databases"
        for vendor in ("assemblyai", "anthropic"):
            record = f"{probes}/(default)/documents/probes/{vendor}"
            until(partial(_found, record, owner), 60, vendor)
        assert requests.get(f"http://{host}/healthz", timeout=20).status_code == 200


def _found(url: str, headers: dict[str, str]) -> bool:
    return requests.get(url, headers=headers, timeout=5).ok


def _command(dockerfile: Path) -> list[str]:
    """The container's own command."""
    line = next(each for each in dockerfile.read_text().splitlines() if each.startswith("CMD "))
    command: list[str] = json.loads(line.removeprefix("CMD "))
    return command
