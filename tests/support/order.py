"""In which order the tests run, and which files share a worker: waiting overlaps computing."""

import pytest

_FOLDERS = ("e2e", "integration", "contract", "unit")
_VOICE = ("test_voice_", "test_browser", "test_example_client")
_ON_EMULATORS = ("test_scheduler.py", "test_state_store.py")
_WITHOUT = ("test_terraform.py",)


def turn(item: pytest.Item) -> tuple[int, bool, str]:
    """The sort key of a test: end to end comes first, which takes longest and mostly waits.

    What needs emulators comes next, then the contract suites: they wait for speech in real time
    too, while the whole product is started for the others. What only computes fills the gaps at
    the end.
    """
    folder, _ = _place(item.nodeid)
    share = share_of(item.nodeid)
    rank = _FOLDERS.index(folder) if folder in _FOLDERS else len(_FOLDERS)
    return (1 if share == "emulators" else rank), not share, share


def _place(nodeid: str) -> tuple[str, str]:
    """The folder under tests/ (or the file itself, where it is in none) and the file's name."""
    parts = nodeid.split("::")[0].split("/")
    return parts[1] if len(parts) > 1 else parts[0], parts[-1]


def share_of(nodeid: str) -> str:
    """The name of what runs on one worker with this test; "" for a file that may run on any."""
    folder, file = _place(nodeid)
    if folder == "e2e":
        return "e2e by voice" if file.startswith(_VOICE) else "e2e"
    if folder == "integration" and file not in _WITHOUT:
        return "emulators"
    return "emulators" if folder == "contract" and file in _ON_EMULATORS else ""
