"""The kinds of operations: each that can be begun can be done, and is loaded only then."""

import subprocess
import sys

import pytest

from shared.services.conflicts import RESOLVE
from shared.services.docs_requests import CODE_TO_DOCS
from shared.services.following import FOLLOW
from shared.services.history import ERASE
from shared.services.setup_erase import ERASE_WORKSPACE
from shared.services.sync_requests import SYNC
from shared.services.task_requests import TASK_TO_BRANCH
from shared.settings import Settings
from shared.wiring_operations import MAKERS
from shared.wiring_parts import NotionParts

BEGUN = {ERASE, ERASE_WORKSPACE, SYNC, RESOLVE, FOLLOW, TASK_TO_BRANCH, CODE_TO_DOCS}
LATE = ("dulwich", "notion_client", "anthropic", "markdown_it", "tree_sitter", "grpc")
BUILD = """
import sys
from shared import wiring
from shared.settings import Settings
getattr(wiring, sys.argv[1])(Settings.from_env({"NEXUS_PROJECT_ID": "demo-nexus"}))
print(*sys.modules)
"""


def test_every_kind_that_is_begun_is_done() -> None:
    assert set(MAKERS) == BEGUN


@pytest.mark.parametrize("kind", sorted(MAKERS))
def test_a_kind_can_be_made_without_a_call_to_anybody(kind: str) -> None:
    settings = Settings.from_env({"NEXUS_PROJECT_ID": "demo-nexus"})
    assert callable(MAKERS[kind](NotionParts(settings), settings))


@pytest.mark.parametrize(
    "builder",
    [
        "build_voice_api",
        "build_health_api",
        "build_notion_api",
        "build_operations",
        "build_sync_tick",
        "build_sync_workspace",
    ],
)
def test_an_application_is_built_without_what_only_some_requests_need(builder: str) -> None:
    command = [sys.executable, "-c", BUILD, builder]
    loaded = set(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split())
    assert [name for name in LATE if name in loaded] == []
