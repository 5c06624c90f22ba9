"""Which process answers which path, locally and in production."""

import json

import pytest

from dev.front.routes import PUBLIC, service_for
from dev.launcher.toolchain import ROOT


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/", "health"),
        ("/health", "health"),
        ("/openapi.json", "health"),
        ("/docs", "health"),
        ("/docs/swagger.css", "health"),
        ("/unknown", "health"),
        ("/voice/history/demo", "voice"),
        ("/voice/demo", "voice"),
        ("/notion/setup/demo", "notion"),
        ("/app", "hosting"),
        ("/app/main.js", "hosting"),
        ("/application", "health"),
    ],
)
def test_path_goes_to_its_service(path: str, name: str) -> None:
    assert service_for(path, websocket=False) == name


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/voice/demo", "voice_ws"),
        ("/voice/de%2Fmo/", "voice_ws"),
        ("/voice/history/demo", "voice"),
        ("/", "health"),
    ],
)
def test_websocket_goes_to_the_voice_service_only_at_its_path(path: str, name: str) -> None:
    assert service_for(path, websocket=True) == name


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/identitytoolkit.googleapis.com/v1/accounts:signInWithPassword", "auth"),
        ("/identitytoolkit.googleapis.com/v1/accounts:sendOobCode", "auth"),
        ("/securetoken.googleapis.com/v1/token", "auth"),
        ("/identitytoolkit.googleapis.com/v1/accounts:signUp", "health"),
        ("/identitytoolkit.googleapis.com/v1/projects/demo-nexus/accounts", "health"),
        ("/emulator/v1/projects/demo-nexus/accounts", "health"),
    ],
)
def test_of_the_auth_emulator_a_page_reaches_the_sign_in_alone(path: str, name: str) -> None:
    assert service_for(path, websocket=False) == name


@pytest.mark.parametrize("handler", ["sync_tick", "sync_workspace", "run_operation"])
@pytest.mark.parametrize("websocket", [False, True])
def test_handlers_of_pubsub_cannot_be_reached(handler: str, websocket: bool) -> None:
    assert handler not in PUBLIC
    for path in (f"/{handler}", f"/{handler}/", f"/{handler}/projects/p/topics/t"):
        assert service_for(path, websocket=websocket) == "health"


def test_hosting_rewrites_send_paths_to_the_same_services() -> None:
    config = json.loads((ROOT / "firebase.json").read_text(encoding="utf8"))
    for rewrite in config["hosting"]["rewrites"]:
        path = rewrite["source"].replace("**", "x/y") if "/" in rewrite["source"] else "/x"
        assert service_for(path, websocket=False) == rewrite["run"]["serviceId"]
