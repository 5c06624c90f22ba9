"""In which order the tests run, and which files share a worker: waiting overlaps computing."""

import pytest

_FOLDERS = ("e2e", "contract", "integration", "unit")
_VOICE = ("test_voice_", "test_browser", "test_example_client")


def turn(item: pytest.Item) -> tuple[int, str]:
    """The sort key of a test: end to end comes first, which takes longest and mostly waits.

    The contract suites come next: they wait for speech in real time too, while the whole product
    is started for the others. What only computes fills the gaps at the end.
    """
    folder, _ = _place(item.nodeid)
    rank = _FOLDERS.index(folder) if folder in _FOLDERS else len(_FOLDERS)
    return rank, share_of(item.nodeid)


def _place(nodeid: str) -> tuple[str, str]:
    """The folder under tests/ (or the file itself, where it is in none) and the file's name."""
    parts = nodeid.split("::")[0].split("/")
    return parts[1] if len(parts) > 1 else parts[0], parts[-1]


def share_of(nodeid: str) -> str:
    """The name of what runs on one worker with this test; "" for a file that may run on any."""
    folder, file = _place(nodeid)
    if folder != "e2e":
        return ""
    return "e2e by voice" if file.startswith(_VOICE) else "e2e"
