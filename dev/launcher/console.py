"""What the terminal shows: calm, one line each."""

import json
import sys
from pathlib import Path

from dev.launcher.service import EMULATOR, GIT_USERNAME, REAL, REAL_GIT, STAND_IN, Plan, Service
from dev.seed.workspace import Seeded

_SHOWN = {  # service → what people call it, and what it is
    "voice": ("voice function", REAL),
    "health": ("health function", REAL),
    "notion": ("notion function", REAL),
    "run_operation": ("operations", REAL),
    "sync_workspace": ("sync", REAL),
    "sync_tick": ("sync ticks", REAL),
    "voice_ws": ("voice service", REAL),
    "git": ("git", REAL_GIT),
    "notion_standin": ("notion", STAND_IN),
}


def say(line: str = "") -> None:
    """Print one line; a terminal that was closed is no reason to fail."""
    try:
        print(line, flush=True)
    except OSError:
        sys.stdout = None  # print then does nothing


def short(path: Path) -> str:
    """A path as it can be typed from here."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def service_is_ready(plan: Plan, service: Service) -> None:
    """One line for each address that the process offers."""
    for name in service.emulators:
        _row(name, f"http://{plan.host(name)}", EMULATOR)
    if not service.emulators:
        name, nature = _SHOWN.get(service.name, (service.name, STAND_IN))
        _row(name, service.address, nature)


def vendors(plan: Plan) -> None:
    """One line for each vendor that is real because its key was given."""
    for name in ("assemblyai", "anthropic", "notion_standin"):
        if name not in plan.ports:
            _row(_SHOWN.get(name, (name,))[0], "the vendor's own address", REAL)
    if plan.keys.credentials_path:
        for name in ("auth", "firestore"):
            _row(name, f"project {plan.project_id}", REAL)


def _row(name: str, address: str, nature: str) -> None:
    say(f"  {name:<16} {address:<28} {nature}".rstrip())


def addresses(plan: Plan, seeded: Seeded | None, seconds: float) -> None:
    """Where to go now; the last line is the word that others wait for."""
    base = f"http://localhost:{plan.port}"
    say()
    _row("app", f"{base}/app/", "")
    _row("API", f"{base}/docs", "")
    _row("history", f"{base}/voice/history/demo", "")
    _row("stream", f"ws://localhost:{plan.port}/voice/demo", "")
    _row("sync", f"{base}/notion/sync-status/demo", "")
    say()
    say("  To speak: open the app, switch the microphone on, and say for example")
    say('  "create a function that adds two numbers". Ctrl-C stops everything.')
    if seeded is not None:
        _sync_hints(plan, seeded)
    say(f"  Started in {seconds:.1f} s.")
    say()
    say("ready")


def _sync_hints(plan: Plan, seeded: Seeded) -> None:
    """How to see that Notion and the repository follow each other."""
    git = plan.git_url.replace("://", f"://{GIT_USERNAME}:{plan.git_password}@")
    edits = f"http://{plan.host('notion_standin_control')}/edits"
    task = {
        "action": "create",
        "parent": {"data_source_id": seeded.tasks_id},
        "title": "Say hello",
        "markdown": "Soon.",
    }
    say()
    say("  To sync: take the repository, and write a task in Notion; pull, change it, push.")
    say(f"  git clone {git}")
    say(f"  curl -d '{json.dumps(task)}' {edits}")
    say()
