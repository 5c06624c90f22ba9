"""Every server that is compared: how it is started, and what it is called in the tables."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from dev.launcher.ports import HOST
from dev.launcher.toolchain import ROOT

CONTROL: Final = "asyncio"
FLASK_SOCK: Final = "gthread"
PRODUCT: Final = "product"
DIRECT: Final = "direct"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One server.

    `command` takes the port it shall listen on. `greets`: it says when it is ready for audio.
    """

    name: str
    title: str
    command: Callable[[int], list[str]]
    greets: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """Where the servers find what they speak to: ports on the loopback address."""

    speech_port: int
    model_port: int
    firestore: str

    def environ(self, port: int) -> dict[str, str]:
        """The environment in which every subject runs."""
        speech = f"ws://{HOST}:{self.speech_port}"
        return {
            "SPEECH_HOST": speech,
            "SPEECH_URL": f"{speech}/v3/ws",
            "FIRESTORE_EMULATOR_HOST": self.firestore,
            "FIREBASE_AUTH_EMULATOR_HOST": f"{HOST}:9",
            "NEXUS_PROJECT_ID": "demo-nexus",
            "NEXUS_LOCAL_IDENTITY": "1",
            "NEXUS_PUBLIC_URL": f"http://localhost:{port}",
            "NEXUS_LOG_LEVEL": "WARNING",
            "ASSEMBLYAI_API_KEY": "none",
            "ASSEMBLYAI_BASE_URL": speech,
            "ANTHROPIC_API_KEY": "none",
            "ANTHROPIC_BASE_URL": f"http://{HOST}:{self.model_port}",
        }


def _gunicorn(app: str, *options: str) -> Callable[[int], list[str]]:
    common = ["--timeout", "0", "--graceful-timeout", "1", "--no-control-socket", *options]
    return lambda port: [
        *(sys.executable, "-m", "gunicorn", "-w", "1", "-b", f"{HOST}:{port}"),
        *(*common, f"{app}:create_app()"),
    ]


def _voice_ws(app: str, folder: str) -> Callable[[int], list[str]]:
    config = str(ROOT / "run" / "voice_ws" / "gunicorn.conf.py")
    return lambda port: [
        *(sys.executable, "-m", "gunicorn", "-c", config, "-b", f"{HOST}:{port}"),
        *("--chdir", folder, "--pythonpath", str(ROOT), f"{app}:create_app()"),
    ]


def _uvicorn(app: str) -> Callable[[int], list[str]]:
    plain = ["--loop", "asyncio", "--ws", "websockets", "--ws-per-message-deflate", "false"]
    return lambda port: [
        *(sys.executable, "-m", "uvicorn", "--factory", "--host", HOST, "--port", str(port)),
        *(*plain, "--log-level", "warning", "--timeout-graceful-shutdown", "1"),
        f"{app}:create_app",
    ]


_HERE: Final = "benchmarks.subjects"
_GTHREAD: Final = ("-k", "gthread", "--threads", "256")

SUBJECTS: Final = (
    Subject(
        name=CONTROL,
        title="bare asyncio relay (Starlette, uvicorn, websockets)",
        command=_uvicorn(f"{_HERE}.asyncio_relay"),
    ),
    Subject(
        name=FLASK_SOCK,
        title="bare flask-sock relay, gthread",
        command=_gunicorn(f"{_HERE}.flask_sock_relay", *_GTHREAD),
    ),
    Subject(
        name="gevent",
        title="bare flask-sock relay, gevent",
        command=_gunicorn(f"{_HERE}.flask_sock_relay", "-k", "gevent"),
    ),
    Subject(
        name="sdk",
        title="flask-sock, gthread, AssemblyAI's threaded client",
        command=_gunicorn(f"{_HERE}.threaded_sdk_relay", *_GTHREAD),
    ),
    Subject(
        name="loop",
        title="bare relay on the product's transport (loop thread)",
        command=_gunicorn(f"{_HERE}.loop_relay", *_GTHREAD),
    ),
    Subject(
        name="adapter",
        title="the same with the product's AssemblyAI adapter",
        command=_gunicorn(f"{_HERE}.loop_relay", *_GTHREAD, "-e", "SPEECH_ADAPTER=1"),
    ),
    Subject(
        name=PRODUCT,
        title="the voice service",
        command=_voice_ws("app", str(ROOT / "run" / "voice_ws")),
        greets=True,
    ),
    Subject(
        name="uvloop",
        title="the voice service on uvloop",
        command=_voice_ws(f"{_HERE}.uvloop_service", str(ROOT)),
        greets=True,
    ),
)
