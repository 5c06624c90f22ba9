"""What all tests share: markers by folder, time limits, no keys, emulators, the whole stack."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from dev.launcher import ports
from tests.support import emulators as emulator
from tests.support import keys, order

pytest_plugins = ("tests.support.skips", "tests.support.stack")

_SLICES = 8
_LIMITS_S = {"unit": 60, "contract": 120, "integration": 240, "e2e": 600}
_EMPTY = {
    "firestore_emulator": emulator.empty_firestore,
    "auth_emulator": emulator.empty_auth,
    "pubsub_emulator": emulator.empty_pubsub,
}


def pytest_configure(config: pytest.Config) -> None:
    """Forget the developer's keys before anything reads them."""
    keys.forget()
    _use_own_ports()
    # The same examples every time: a run that fails can be repeated. Look for new ones with
    # HYPOTHESIS_PROFILE=explore.
    settings.register_profile("repeatable", derandomize=True, deadline=None)
    settings.register_profile("explore", max_examples=1000, deadline=None)
    settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))
    for name in _LIMITS_S:
        config.addinivalue_line("markers", f"{name}: applied to all tests in tests/{name}")


def _use_own_ports() -> None:
    """Let each worker take ports of its own: they choose at the same moment, and use them later."""
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % _SLICES
    size = len(ports.RANGE) // _SLICES
    first = ports.RANGE.start + number * size
    os.environ[ports.RANGE_VARIABLE] = f"{first}-{first + size}"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark each test by its folder and give it that folder's time limit, unless it has one.

    And put them in the order in which waiting overlaps computing.
    """
    here = Path(__file__).parent
    for item in items:
        kind = item.path.relative_to(here).parts[0]
        if kind in _LIMITS_S:
            item.add_marker(kind)
            if item.get_closest_marker("timeout") is None:
                item.add_marker(pytest.mark.timeout(_LIMITS_S[kind]))
    items.sort(key=order.turn)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Take the place of pytest-xdist's own `--dist loadfile`; not called without pytest-xdist."""
    from tests.support.shares import Shares

    return Shares(config, log) if config.getoption("dist") == "loadfile" else None


@pytest.fixture(scope="session")
def emulator_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the emulators' logs."""
    return tmp_path_factory.mktemp("emulators")


@pytest.fixture(scope="session")
def firestore_emulator(emulator_folder: Path) -> Iterator[str]:
    """The "host:port" of a Firestore emulator; its documents are deleted after each test."""
    with emulator.running("firestore", emulator_folder) as host:
        yield host


@pytest.fixture(scope="session")
def auth_emulator(emulator_folder: Path) -> Iterator[str]:
    """The "host:port" of a Firebase Auth emulator; its accounts are deleted after each test."""
    with emulator.running("auth", emulator_folder) as host:
        yield host


@pytest.fixture(scope="session")
def pubsub_emulator(emulator_folder: Path) -> Iterator[str]:
    """The "host:port" of a Pub/Sub emulator; its topics are deleted after each test."""
    with emulator.running("pubsub", emulator_folder) as host:
        yield host


@pytest.fixture(scope="session")
def emulators(firestore_emulator: str, auth_emulator: str, pubsub_emulator: str) -> dict[str, str]:
    """All three emulators, by the name of their environment variable."""
    hosts = {"firestore": firestore_emulator, "auth": auth_emulator, "pubsub": pubsub_emulator}
    return {emulator.VARIABLES[name]: host for name, host in hosts.items()}


@pytest.fixture(autouse=True)
def _empty_emulators(request: pytest.FixtureRequest) -> Iterator[None]:
    """Leave the emulators that a test used as empty as it found them."""
    yield
    for name, empty in _EMPTY.items():
        if name in request.fixturenames:
            empty(os.environ[emulator.VARIABLES[name.removesuffix("_emulator")]])
