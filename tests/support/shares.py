"""Which files of tests share a worker and which come first, so that waiting overlaps computing."""

from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

_FOLDERS = ("e2e", "contract", "integration", "unit")
_VOICE = ("test_voice_", "test_browser", "test_example_client")


def turn(item: pytest.Item) -> tuple[int, str]:
    """The sort key of a test: end to end comes first, which takes longest and mostly waits.

    The contract suites come next: they wait for speech in real time too, while the whole product
    is started for the others. What only computes fills the gaps at the end.
    """
    folder, file = _place(item.nodeid)
    rank = _FOLDERS.index(folder) if folder in _FOLDERS else len(_FOLDERS)
    return rank, _share(folder, file)


def _place(nodeid: str) -> tuple[str, str]:
    """The folder under tests/ (or the file itself, where it is in none) and the file's name."""
    parts = nodeid.split("::")[0].split("/")
    return parts[1] if len(parts) > 1 else parts[0], parts[-1]


def _share(folder: str, file: str) -> str:
    """Files with one name here run on one worker; "" is a file that may run on any."""
    if folder != "e2e":
        return ""
    return "e2e by voice" if file.startswith(_VOICE) else "e2e"


class Shares(LoadScopeScheduling):  # type: ignore[misc]
    """Hands out files one by one, and the end-to-end tests in two shares.

    Each worker that runs one of those starts the whole product, which costs some ten seconds of
    processor time; two workers do, however many there are. The order is that of `turn`:
    pytest-xdist would put files with many tests first, however short they are.
    """

    def __init__(self, config: pytest.Config, log: Any) -> None:
        super().__init__(config, log)
        config.option.loadscopereorder = False

    def _split_scope(self, nodeid: str) -> str:
        return _share(*_place(nodeid)) or nodeid.split("::")[0]
