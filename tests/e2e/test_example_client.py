"""The product's documented example client, in a browser page and in Node."""

import base64
import re
import shutil
import subprocess
import wave
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from dev.launcher.toolchain import ROOT
from tests.support.stack import Stack

RECORDING = ROOT / "tests" / "data" / "recordings" / "create-00-slt.wav"
WITHIN_S = 60

EXAMPLE = """\
const ws = new WebSocket('ws://localhost:8000/voice/user123');
ws.send(audioBuffer);
ws.onmessage = (event) => {
  const result = JSON.parse(event.data);
  console.log('Generated code:', result.result.code);
};
"""


@pytest.fixture
def example(stack: Stack) -> str:
    """The example for this stack's port; as a socket must be open to send, it waits for that."""
    return EXAMPLE.replace(":8000", f":{stack.port}").replace(
        "ws.send(audioBuffer);", "ws.onopen = () => ws.send(audioBuffer);"
    )


@pytest.fixture
def audio() -> str:
    """A spoken command as base64 of PCM 16-bit little-endian mono at 16 kHz."""
    with wave.open(str(RECORDING), "rb") as recording:
        return base64.b64encode(recording.readframes(recording.getnframes())).decode()


def expect_code(printed: str) -> None:
    """The example printed a function."""
    found = re.search(r"Generated code: (.+)", printed, re.DOTALL)
    assert found, printed
    assert "def " in found[1], printed


def test_example_prints_code_in_a_browser_page(stack: Stack, example: str, audio: str) -> None:
    bytes_of = f"Uint8Array.from(atob('{audio}'), (c) => c.charCodeAt(0))"
    script = f"const audioBuffer = {bytes_of}.buffer;\n{example}"
    html = f"<!doctype html><title>Example</title><script>{script}</script>"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=["--no-sandbox", "--disable-background-networking", "--disable-quic"],
        )
        # A page that the test fulfils has no address; Chromium lets such a page speak to
        # localhost only with this permission. One that really comes from there needs none.
        page = browser.new_context(permissions=["local-network-access"]).new_page()
        address = f"{stack.run['base_url']}/example.html"
        page.route(address, lambda route: route.fulfill(content_type="text/html", body=html))
        with page.expect_console_message(
            lambda message: "Generated code" in message.text, timeout=WITHIN_S * 1000
        ) as printed:
            page.goto(address)
        expect_code(printed.value.text)
        browser.close()


def test_example_prints_code_in_node(example: str, audio: str, tmp_path: Path) -> None:
    node = shutil.which("node")
    assert node, "Node 20 or later is needed"
    before = f"const audioBuffer = Buffer.from('{audio}', 'base64');\n"
    after = "ws.addEventListener('message', () => ws.close());\n"  # or the process would live on
    script = tmp_path / "example.mjs"
    script.write_text(before + example + after, encoding="utf8")
    done = subprocess.run(
        [node, "--experimental-websocket", str(script)],
        capture_output=True,
        text=True,
        timeout=WITHIN_S,
    )
    assert done.returncode == 0, done.stderr
    expect_code(done.stdout)
