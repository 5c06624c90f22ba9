"""Hands the tests out to the workers of pytest-xdist; only imported where that is installed."""

from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

from tests.support.order import share_of


class Shares(LoadScopeScheduling):  # type: ignore[misc]
    """Hands out files one by one; what is started for long runs in shares.

    Each worker that runs one of those starts the whole product, or emulators of its own, which
    costs some ten seconds of processor time. The order is that of `order.turn`: pytest-xdist would
    put files with many tests first, however short they are.
    """

    def __init__(self, config: pytest.Config, log: Any) -> None:
        super().__init__(config, log)
        config.option.loadscopereorder = False

    def _split_scope(self, nodeid: str) -> str:
        return share_of(nodeid) or nodeid.split("::")[0]
