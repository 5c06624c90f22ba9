"""A user's repository in memory, as a voice connection works on it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from dev.fakes.clock import FakeClock
from dev.fakes.repository import FakeRepository
from dev.fakes.state import FakeStateStore
from shared.code.edits_text import NotText, SourceText
from shared.ports.notion import NotionWorkspace
from shared.ports.repository import Repository
from shared.ports.state import Put, StateStore
from shared.services.voice_repository import VoiceRepository
from shared.services.voice_repository_commits import voice_branch
from shared.services.voice_repository_memory import RepositoryMemory
from shared.sync.workspace import (
    Remote,
    Workspace,
    workspace_document,
    workspace_key,
    workspace_path,
)
from shared.voice.records import Intent, Interaction
from shared.voice.reply import Edit, Header, Reply, ReplyParser
from shared.voice.repository import RepositoryView, ViewFile

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
URL = "https://github.com/demo/pocketbook.git"
BRANCH = voice_branch("demo")


@dataclass
class OneRepository:
    """A connector whose workspaces all have the same repository."""

    port: Repository

    def notion(self, workspace: Workspace, *, interactive: bool = False) -> NotionWorkspace:
        raise AssertionError(f"voice commands need no Notion: {workspace.wid} {interactive}")

    def repository(self, workspace: Workspace) -> Repository | None:
        return self.port if workspace.repository else None


@dataclass
class Desk:
    """The repository `port` of the user demo, and connections that work on it."""

    port: FakeRepository = field(default_factory=FakeRepository)
    store: FakeStateStore = field(default_factory=FakeStateStore)
    clock: FakeClock = field(default_factory=lambda: FakeClock(NOW))
    memory: RepositoryMemory = field(default_factory=RepositoryMemory)

    def connection(self, *, fresh: bool = False) -> VoiceRepository:
        """A connection of the user; `fresh`: of another process."""
        add_workspace(self.store)
        memory = RepositoryMemory() if fresh else self.memory
        found = VoiceRepository(self.store, self.clock, OneRepository(self.port), "demo", memory)
        assert found.connect(None)
        return found

    def contents(self, branch: str = BRANCH) -> dict[str, bytes]:
        """The files at the tip of the user's voice branch."""
        return self.port.contents(branch)


def add_workspace(
    store: StateStore, owner: str = "demo", notion_id: str = "n1", url: str = URL
) -> str:
    """Store a workspace with a repository; its id."""
    wid = workspace_key(owner, notion_id)
    workspace = Workspace(
        wid=wid,
        owner=owner,
        notion_id=notion_id,
        notion_name="Demo",
        bot_id="b",
        parent_page_id="p",
        collections=(),
        created_at=NOW,
        repository=Remote(url=url, branch="main"),
    )
    store.commit([Put(path=workspace_path(wid), data=workspace_document(workspace))])
    return wid


def command(transcript: str = "change it", number: int = 1) -> Interaction:
    """A command of the user."""
    return Interaction(
        id=f"{number:028x}",
        session_id="s1",
        turn=number,
        created_at=NOW,
        deadline_at=NOW + timedelta(minutes=2),
        expires_at=NOW + timedelta(days=90),
        source="voice",
        transcript=transcript,
        raw_transcript=transcript,
    )


def change(path: str, search: str, replace: str, intent: Intent = Intent.MODIFY) -> Reply:
    """A reply of one SEARCH/REPLACE block."""
    header = Header(intent=intent, language="python", filename=path)
    edit = Edit(path=path, search=search, replace=replace)
    return Reply(header=header, code=None, edits=(edit,), explanation="Done.")


def whole(path: str, code: str, intent: Intent = Intent.CREATE) -> Reply:
    """A reply of one whole file."""
    header = Header(intent=intent, language="python", filename=path)
    return Reply(header=header, code=code, edits=(), explanation="Done.")


def read_reply(text: str) -> Reply:
    """A reply as it comes from the model."""
    parser = ReplyParser()
    parser.feed(text)
    return parser.finish()[1]


def view_of(
    port: FakeRepository, files: Mapping[str, bytes], branch: str = "main"
) -> RepositoryView:
    """A view that shows every file of a branch that is text."""
    tip = port.refs([branch]).heads[branch]
    tree = port.snapshot(tip).files
    shown = []
    for path, content in files.items():
        try:
            text = SourceText.read(content).text
        except NotText:
            continue
        shown.append(ViewFile(path=path, text=text, language=None, blob=tree[path].id))
    return RepositoryView(branch=BRANCH, base="main", tip=tip, files=tuple(shown))
