"""The browser client's logic, tested where it runs: in a JavaScript engine."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
APP = ROOT / "web" / "app"
SUITES = sorted(HERE.glob("*.test.mjs"))


@pytest.mark.parametrize("suite", SUITES, ids=lambda path: path.name.removesuffix(".test.mjs"))
def test_suite_passes_in_node(suite: Path) -> None:
    node = shutil.which("node")
    assert node, "Node 20 or later is needed for the browser client's tests"
    done = subprocess.run(
        [node, "--test", "--test-reporter=tap", str(suite)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    passed = re.search(r"^# pass (\d+)$", done.stdout, re.MULTILINE)
    assert passed, done.stdout
    assert int(passed[1]) > 1, "the suite holds no test"


def test_nothing_is_loaded_from_elsewhere() -> None:
    files = [path for path in APP.iterdir() if path.suffix in {".html", ".css", ".js"}]
    assert files
    for path in files:
        text = path.read_text(encoding="utf8")
        assert not re.search(r"(?:src|href|url|from|import)\W{0,3}(?:https?:)?//", text), path.name


def test_the_page_may_speak_to_voice_servers_and_to_sign_in_and_to_nobody_else() -> None:
    page = (APP / "index.html").read_text(encoding="utf8")
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', page)
    assert policy
    rules = dict(rule.strip().split(" ", 1) for rule in policy[1].split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == "'self'"
    assert rules["connect-src"].split() == [
        "'self'",
        "ws:",
        "wss:",
        "https://identitytoolkit.googleapis.com",
        "https://securetoken.googleapis.com",
    ]


def test_the_page_that_takes_a_password_cannot_be_framed() -> None:
    hosting = json.loads((ROOT / "firebase.json").read_text(encoding="utf8"))["hosting"]
    sent = {each["key"]: each["value"] for rule in hosting["headers"] for each in rule["headers"]}
    assert sent["Content-Security-Policy"] == "frame-ancestors 'none'"


def test_text_of_the_service_never_becomes_html() -> None:
    for path in APP.glob("*.js"):
        text = path.read_text(encoding="utf8")
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write", text), path
