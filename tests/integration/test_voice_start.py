"""What the voice service has loaded when its first session is ready, and what comes after."""

import json
import subprocess
import sys

import pytest

from tests.integration.deployed import ROOT
from tests.support.emulators import PROJECT

LATE = ("anthropic", "assemblyai", "dulwich", "griffe", "tree_sitter")
SESSION = """
import asyncio, json, os, sys, threading, time
from shared.ports.identity import Caller
from shared.settings import Settings
from shared.wiring import build_voice_ws

engine = build_voice_ws(Settings.from_env(os.environ)).extensions["voice_engine"]
said, told = [], threading.Event()

class Socket:
    def send_text(self, text):
        said.append((json.loads(text)["type"], list(sys.modules)))  # at this very moment
        told.set()
    def close(self, code, reason=""):
        told.set()

async def begin():
    engine.expect()
    handler = engine.open("ada", Caller(uid="ada", expires_at=None), Socket())
    handler.on_text('{"type":"start"}')

asyncio.run_coroutine_threadsafe(begin(), engine.loop).result()
told.wait(30)
until = time.monotonic() + 30
while not {"anthropic", "assemblyai"} <= set(sys.modules) and time.monotonic() < until:
    time.sleep(0.05)
print("\\n" + json.dumps([*said[0], list(sys.modules)]))
sys.stdout.flush()
os._exit(0)
"""


@pytest.mark.timeout(90)
def test_neither_vendors_sdk_nor_what_reads_code_is_loaded_when_the_first_session_is_ready(
    firestore_emulator: str,
) -> None:
    env = {
        "FIRESTORE_EMULATOR_HOST": firestore_emulator,
        "NEXUS_PROJECT_ID": PROJECT,
        "ASSEMBLYAI_API_KEY": "x",
        "ANTHROPIC_API_KEY": "x",
        "ASSEMBLYAI_BASE_URL": "ws://127.0.0.1:1",
        "ANTHROPIC_BASE_URL": "http://127.0.0.1:1",
    }
    command = [sys.executable, "-c", SESSION]
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, env=env, cwd=ROOT, timeout=80
    )
    kind, at_ready, later = json.loads(done.stdout.splitlines()[-1])
    assert kind == "ready"
    assert "google.cloud.firestore" in at_ready
    assert set(LATE) & set(at_ready) == set()
    assert "shared.services.voice_repository" not in at_ready
    assert {"anthropic", "assemblyai"} <= set(later)
