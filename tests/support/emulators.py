"""Real Firebase emulators for tests: started once, emptied between tests."""

import contextlib
import json
import os
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path

import requests

from dev.launcher import emulators, reaper, toolchain
from dev.launcher.ports import HOST
from tests.support.waiting import answers, until

PROJECT = emulators.PROJECT
VARIABLES = {
    "firestore": "FIRESTORE_EMULATOR_HOST",
    "auth": "FIREBASE_AUTH_EMULATOR_HOST",
    "pubsub": "PUBSUB_EMULATOR_HOST",
}
_OWNER = {"Authorization": "Bearer owner"}  # the emulators' administrator


@contextlib.contextmanager
def running(name: str, folder: Path) -> Iterator[str]:
    """Run one emulator (`firestore`, `auth` or `pubsub`) and yield its "host:port".

    Its environment variable is set meanwhile. Output goes to `folder`/`name`.log. Whatever way
    the tests end, nothing is left running.
    """
    mark = str(uuid.uuid4())
    ports = emulators.choose_ports([(name,)])
    host = f"{HOST}:{ports[name]}"
    guard = reaper.watch_over("NEXUS_EMULATOR", mark)
    try:
        process = _start(name, folder / name, ports, mark)
        until(lambda: _ready(process, host, folder), 120, f"the {name} emulator is ready")
        with _variable(VARIABLES[name], host):
            yield host
    finally:
        assert guard.stdin is not None
        guard.stdin.close()
        guard.wait(30)


def _start(name: str, folder: Path, ports: dict[str, int], mark: str) -> subprocess.Popen[bytes]:
    config = emulators.write_config(folder, ports, (name,))
    env = toolchain.emulator_environment({**os.environ, "NEXUS_EMULATOR": mark}, folder)
    with (folder / "firebase.log").open("wb") as log:
        return subprocess.Popen(
            emulators.command(config, (name,)),
            cwd=folder,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def _ready(process: subprocess.Popen[bytes], host: str, folder: Path) -> bool:
    assert process.poll() is None, f"the emulator stopped; see the logs in {folder}"
    return answers(f"http://{host}/")


@contextlib.contextmanager
def _variable(name: str, value: str) -> Iterator[None]:
    before = os.environ.get(name)
    os.environ[name] = value
    try:
        yield
    finally:
        del os.environ[name]
        if before is not None:
            os.environ[name] = before


def empty_firestore(host: str) -> None:
    """Delete every document."""
    _delete(f"http://{host}/emulator/v1/projects/{PROJECT}/databases/(default)/documents")


def empty_auth(host: str) -> None:
    """Delete every account."""
    _delete(f"http://{host}/emulator/v1/projects/{PROJECT}/accounts")


def empty_pubsub(host: str) -> None:
    """Delete every subscription and topic; the emulator has no call that empties it."""
    base = f"http://{host}/v1"
    for kind in ("subscriptions", "topics"):
        reply = requests.get(f"{base}/projects/{PROJECT}/{kind}", timeout=30)
        reply.raise_for_status()
        for item in json.loads(reply.text).get(kind, ()):
            _delete(f"{base}/{item['name']}")


def _delete(url: str) -> None:
    requests.delete(url, headers=_OWNER, timeout=30).raise_for_status()
