"""Each function's paths as Hosting, run.app and cloudfunctions.net deliver them."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.test import Client

from dev.seed import User
from tests.integration.deployed import bearer, client_of, people
from tests.support.emulators import PROJECT

FUNCTIONS = {"voice": "/voice/context/demo", "health": "/health"}


@pytest.fixture
def user(auth_emulator: str) -> User:
    return people(auth_emulator)["user"]


@pytest.fixture
def functions(
    monkeypatch: pytest.MonkeyPatch, firestore_emulator: str, auth_emulator: str
) -> dict[str, FlaskClient]:
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", firestore_emulator)
    monkeypatch.setenv("FIREBASE_AUTH_EMULATOR_HOST", auth_emulator)
    monkeypatch.setenv("NEXUS_PROJECT_ID", PROJECT)
    monkeypatch.setenv("FUNCTION_TARGET", "")
    monkeypatch.setenv("FUNCTION_SIGNATURE_TYPE", "http")
    return {name: client_of(name, name) for name in FUNCTIONS}


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("voice", "/voice/context/demo"),  # Hosting keeps the path whole
        ("voice", "/context/demo"),  # cloudfunctions.net takes the function's name off
        ("health", "/health"),
        ("health", "/health/health"),
        ("health", "/health/openapi.json"),
        ("health", "/openapi.json"),
        ("health", "/health/docs"),
        ("health", "/"),
    ],
)
def test_a_path_is_understood_with_and_without_the_functions_name(
    functions: dict[str, FlaskClient], user: User, name: str, path: str
) -> None:
    assert functions[name].get(path, headers=bearer(user)).status_code == 200


def test_health_alone_is_the_report_and_not_the_index(functions: dict[str, FlaskClient]) -> None:
    assert "checks" in (functions["health"].get("/health").json or {})
    assert "endpoints" in (functions["health"].get("/").json or {})


def test_functions_mounted_in_one_process_answer_each_for_itself(
    functions: dict[str, FlaskClient], user: User
) -> None:
    mounts: dict[str, Any] = {f"/{name}": client.application for name, client in functions.items()}
    front = Client(DispatcherMiddleware(functions["health"].application, mounts))
    for path in ("/voice/context/demo", "/health/health", "/docs"):
        assert front.get(path, headers=bearer(user)).status_code == 200
    problem = front.get("/voice/nope", headers=bearer(user))
    assert (problem.status_code, (problem.json or {})["instance"]) == (404, "/voice/nope")


def test_a_user_with_the_name_of_the_function_is_no_prefix(
    functions: dict[str, FlaskClient], user: User
) -> None:
    for path in ("/voice/context/voice", "/context/voice"):
        assert functions["voice"].get(path, headers=bearer(user)).status_code == 403
