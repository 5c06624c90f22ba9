"""Code to docs over fakes, with the real engine: what is written, what stays, what is told."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask.testing import FlaskClient

from dev.fakes.model import FakeModel, FakeReply
from shared.errors import UpstreamUnavailable
from shared.http.edge import create_app
from shared.http.notion_docs import DOCS_ROUTES, DocsViews
from shared.http.operations import LongWork
from shared.ports.notion import NotionWorkspace
from shared.ports.repository import Repository
from shared.services.code_to_docs import DocsPorts, code_to_docs
from shared.services.docs_requests import CODE_TO_DOCS, DocsRequests, start_docs_for
from shared.services.docs_scope import Scope
from shared.services.docs_store import DocsStore
from shared.services.model_calls import ModelCalls
from shared.services.operations import Operation, OperationState
from shared.services.setup_order import RepositoryOrder
from shared.services.sync_requests import release_hold
from shared.services.worker import Worker
from shared.settings import Settings
from shared.sync.workspace import Workspace
from shared.text import frontmatter
from shared.text.secrets_scan import LEFT_OUT
from tests.support.mortal import Died, Mortal
from tests.support.notion_house import ADA, GIT_URL, NotionHouse

BOOK = '''"""Keeps entries."""


class Book:
    """A book."""

    def add(self, entry: str) -> int:
        """Adds an entry."""
        return 1


def spare():
    return 2
'''
MAIN = '''"""Starts it."""

from pocket.book import Book


def main() -> None:
    """Runs."""
    Book().add("x")
'''
ALL = Scope(path="")
PAGE = "notion/docs/code/pocket/book.py.md"
MAIN_PAGE = "notion/docs/code/main.py.md"
INDEX = "notion/docs/code/index.md"


@dataclass
class DocsHouse:
    """A workspace whose repository holds two files of code, a test and a text."""

    house: NotionHouse = field(default_factory=NotionHouse)
    model: FakeModel = field(default_factory=FakeModel)
    workspace: Workspace = field(init=False)

    def __post_init__(self) -> None:
        self.commit(
            {
                "a.py": None,
                "pocket/book.py": BOOK,
                "main.py": MAIN,
                "tests/test_book.py": "def test_it():\n    pass\n",
                "README.md": "# Read me\n",
            }
        )
        done = self.house.set_up(repository=RepositoryOrder(url=GIT_URL, branch="main"))
        self.workspace = done.workspace

    def commit(self, files: Mapping[str, str | None]) -> str:
        contents = {
            path: text.encode() if text is not None else None for path, text in files.items()
        }
        return self.house.repository.commit("main", contents)

    @property
    def files(self) -> dict[str, str]:
        contents = self.house.repository.contents("main")
        return {path: content.decode() for path, content in contents.items()}

    def body(self, path: str) -> str:
        return frontmatter.parse(self.files[path]).body

    @property
    def head(self) -> str:
        return self.house.repository.refs(["main"]).heads["main"]

    def ports(self, wrap: Callable[[Any], Any] = lambda port: port) -> DocsPorts:
        connections = self.house.connections()

        class Connector:
            def notion(self, workspace: Workspace, *, interactive: bool = False) -> NotionWorkspace:
                return connections.notion(workspace, interactive=interactive)

            def repository(self, workspace: Workspace) -> Repository | None:
                found: Repository | None = wrap(connections.repository(workspace))
                return found

        return DocsPorts(
            store=wrap(self.house.store),
            clock=self.house.clock,
            connector=Connector(),
            syncing=self.house.syncing(),
            model=ModelCalls(lambda: self.model, told_every_s=0.01),
            sleep=self.house.clock.advance,
        )

    def worker(self, ports: DocsPorts | None = None) -> Worker:
        house, ports = self.house, ports or self.ports()
        return Worker(
            house.store, house.publisher, house.clock, {CODE_TO_DOCS: code_to_docs(ports)}
        )

    @property
    def requests(self) -> DocsRequests:
        return DocsRequests(self.house.operations, self.house.store, self.house.clock)

    def start(self, scope: Scope, files: Mapping[str, str] | None = None) -> Operation:
        return self.requests.start(self.workspace, scope, files)

    def run(self, scope: Scope = ALL, files: Mapping[str, str] | None = None) -> Any:
        """Document, and let some time pass; the result."""
        return self.finished(self.start(scope, files))

    def finished(self, operation: Operation) -> Any:
        self.worker().run(operation.id)
        self.house.clock.advance(150)
        ended = self.house.operations.get(operation.id, ADA)
        assert ended.state is OperationState.DONE, ended.problem
        return ended.result

    def notion_body(self, path: str) -> str:
        """The page of a file as Notion has it."""
        found = frontmatter.parse(self.files[path]).meta["id"]
        return self.house.notion.tables.pages[str(found)].markdown

    def edit(self, path: str, old: str, new: str) -> None:
        """Change a file as a person does."""
        assert old in self.files[path]
        self.commit({path: self.files[path].replace(old, new, 1)})


@pytest.fixture
def docs() -> DocsHouse:
    return DocsHouse()


def actions(result: Any) -> dict[str, str]:
    return {page["path"]: page["action"] for page in result["pages"]}


def test_every_file_of_code_gets_a_page_and_the_index_lists_them(docs: DocsHouse) -> None:
    commit = docs.head
    result = docs.run()
    assert result["warnings"] == []
    assert [(p["path"], p["action"], p["symbols"], p["undocumented"]) for p in result["pages"]] == [
        ("main.py", "created", 1, 0),
        ("pocket/book.py", "created", 3, 1),
    ]
    notion = docs.house.notion.tables.pages
    for page in result["pages"]:
        assert notion[page["page_id"]].title == page["path"]
        assert page["url"]
    body = docs.body(PAGE)
    assert body == docs.notion_body(PAGE) + "\n"
    source = f"https://git.example/nexus/demo/blob/{commit}/pocket/book.py"
    assert f"[pocket/book.py]({source})" in body
    assert f"[Source]({source}#L4-L9)" in body
    used = f"https://git.example/nexus/demo/blob/main/{MAIN_PAGE}"
    assert f"Used by [main.py]({used})" in body.split("## `Book`")[1].split("### ")[0]
    assert body.endswith("## Not documented\n\n- `spare`\n")
    index = docs.body(INDEX)
    assert index.startswith("2 files, 4 public symbols, 75 % documented, as of [")
    assert result["pages"][1]["url"] in index
    assert "-->" in index
    assert "test_book" not in index
    assert docs.house.repository.contents("main")["README.md"] == b"# Read me\n"


def test_a_second_run_writes_and_asks_nothing(docs: DocsHouse) -> None:
    docs.run()
    docs.house.syncing().run(docs.workspace, hints())
    head, asked = docs.head, len(docs.house.notion.calls)
    result = docs.run()
    assert set(actions(result).values()) == {"unchanged"}
    assert all(page["page_id"] and page["url"] for page in result["pages"])
    assert docs.head == head
    assert len(docs.house.notion.calls) == asked


def hints() -> Any:
    from shared.sync.report import Hints

    return Hints(force=True)


def test_lines_that_only_move_change_no_page(docs: DocsHouse) -> None:
    docs.run()
    before = docs.body(PAGE)
    docs.commit(
        {"pocket/book.py": BOOK.replace('"""\n\n\nclass', '"""\n\n# A comment.\n\n\nclass')}
    )
    assert actions(docs.run(Scope(path="pocket/book.py"))) == {"pocket/book.py": "unchanged"}
    assert docs.body(PAGE) == before


def test_a_changed_symbol_changes_its_section_alone_and_a_persons_words_stay(
    docs: DocsHouse,
) -> None:
    first = docs.head
    docs.run()
    page = str(frontmatter.parse(docs.files[PAGE]).meta["id"])
    docs.edit(PAGE, "Adds an entry.\n\n", "Adds an entry.\n\nAsk Grace before you add.\n\n")
    docs.commit({"pocket/book.py": BOOK.replace("entry: str", "entry: str, at: int = 0")})
    second = docs.head
    assert actions(docs.run()) == {"main.py": "unchanged", "pocket/book.py": "updated"}
    body = docs.body(PAGE)
    assert docs.notion_body(PAGE) == body.rstrip("\n")
    assert frontmatter.parse(docs.files[PAGE]).meta["id"] == page
    assert "Adds an entry.\n\nAsk Grace before you add.\n\n" in body
    assert "def add(self, entry: str, at: int = 0) -> int" in body
    assert f"{second}/pocket/book.py#L7-L9" in body
    spare = body.split("## `spare`")[1]
    assert first in spare
    assert second not in spare
    assert "Updates available" not in body


def test_a_section_that_was_deleted_stays_deleted_and_one_in_dispute_is_listed(
    docs: DocsHouse,
) -> None:
    docs.run()
    section = docs.body(PAGE).split("## `spare`")[1].split("## Not")[0]
    docs.edit(PAGE, f"## `spare`{section}", "")
    docs.edit(PAGE, "Adds an entry.\n\n", "Adds one, says Ada.\n\n")
    changed = BOOK.replace("Adds an entry.", "Puts it in.").replace("return 2", "return 3")
    docs.commit({"pocket/book.py": changed})
    docs.run()
    body = docs.body(PAGE)
    assert "## `spare`" not in body
    assert "Adds one, says Ada." in body
    assert "## Updates available\n\n- `Book.add`: your text was kept; the code now says" in body
    assert "<<<<" not in body
    docs.edit(PAGE, "Adds one, says Ada.", "Puts it in.")
    docs.commit({"pocket/book.py": changed.replace("return 3", "return 4")})
    docs.run()
    assert "Updates available" not in docs.body(PAGE)


@pytest.mark.parametrize("touched", [False, True])
def test_the_page_of_a_removed_file_goes_unless_somebody_wrote_on_it(
    docs: DocsHouse, touched: bool
) -> None:
    docs.run()
    if touched:
        docs.edit(PAGE, "Adds an entry.\n\n", "Adds an entry. Mind the order.\n\n")
    docs.commit({"pocket/book.py": None})
    result = docs.finished(push(docs, "pocket/book.py"))
    assert [warning["path"] for warning in result["warnings"]] == ["pocket/book.py"]
    assert (PAGE in docs.files) is touched
    if touched:
        body = docs.body(PAGE)
        assert body.startswith("> `pocket/book.py` is no longer in the repository")
        assert "Mind the order." in body
        assert "`spare`" not in body
    assert "Used by" not in docs.body(MAIN_PAGE)
    assert "book.py" not in docs.body(INDEX)


def push(docs: DocsHouse, *paths: str) -> Operation:
    operation = start_docs_for(docs.house.operations, docs.workspace, paths)
    assert operation is not None
    return operation


def test_a_renamed_file_keeps_its_page_with_what_was_written_on_it(docs: DocsHouse) -> None:
    docs.run()
    page = str(frontmatter.parse(docs.files[PAGE]).meta["id"])
    docs.edit(PAGE, "Adds an entry.\n\n", "Adds an entry. Mind the order.\n\n")
    docs.commit({"pocket/book.py": None, "pocket/ledger.py": BOOK})
    result = docs.finished(push(docs, "pocket/book.py", "pocket/ledger.py"))
    moved = "notion/docs/code/pocket/ledger.py.md"
    assert PAGE not in docs.files
    assert actions(result)["pocket/ledger.py"] == "updated"
    meta = frontmatter.parse(docs.files[moved]).meta
    assert (meta["id"], meta["title"]) == (page, "pocket/ledger.py")
    body = docs.body(moved)
    assert "Mind the order." in body
    assert "pocket/book.py" not in body
    assert docs.house.notion.tables.pages[page].title == "pocket/ledger.py"


def test_a_deleted_page_stays_deleted_until_its_file_is_asked_for(docs: DocsHouse) -> None:
    docs.run()
    docs.commit({PAGE: None, "pocket/book.py": BOOK.replace("return 2", "return 3")})
    result = docs.run()
    assert PAGE not in docs.files
    assert [warning["path"] for warning in result["warnings"]] == ["pocket/book.py"]
    assert actions(docs.run(Scope(path="pocket/book.py"))) == {"pocket/book.py": "created"}
    assert PAGE in docs.files


def test_a_page_that_was_moved_is_written_where_it_is(docs: DocsHouse) -> None:
    docs.run()
    docs.house.repository.rename("main", PAGE, "notion/docs/ours.md")
    docs.house.syncing().run(docs.workspace, hints())
    docs.commit({"pocket/book.py": BOOK.replace("Adds an entry.", "Puts it in.")})
    docs.run()
    assert PAGE not in docs.files
    assert "Puts it in." in docs.body("notion/docs/ours.md")


def test_an_import_that_only_now_leads_somewhere_is_found(docs: DocsHouse) -> None:
    docs.commit({"user.py": "from pocket.extra import more\n\n\ndef use():\n    more()\n"})
    docs.run()
    docs.commit({"pocket/extra.py": "def more():\n    pass\n"})
    assert actions(docs.finished(push(docs, "pocket/extra.py"))) == {"pocket/extra.py": "created"}
    body = docs.body("notion/docs/code/pocket/extra.py.md")
    assert "Used by [user.py]" in body
    docs.commit({"user.py": "def use():\n    pass\n"})
    result = docs.finished(push(docs, "user.py"))
    assert actions(result) == {"pocket/extra.py": "updated", "user.py": "updated"}
    assert "Used by" not in docs.body("notion/docs/code/pocket/extra.py.md")


def test_files_of_a_request_become_pages_without_permalinks(docs: DocsHouse) -> None:
    files = {"lib/store.js": "/** Opens it. */\nexport function open() {}\n", "x.unknown": "?"}
    result = docs.run(Scope(), files)
    assert actions(result) == {"lib/store.js": "created"}
    assert [warning["path"] for warning in result["warnings"]] == ["x.unknown"]
    body = docs.body("notion/docs/code/lib/store.js.md")
    assert "`open`" in body
    assert "blob/" not in body
    assert actions(docs.run(Scope(), files)) == {"lib/store.js": "unchanged"}
    assert actions(docs.run())["main.py"] == "created"
    assert "notion/docs/code/lib/store.js.md" in docs.files


def test_what_cannot_be_read_is_told_and_everything_else_is_written(docs: DocsHouse) -> None:
    docs.house.repository.commit(
        "main",
        {
            "bin.py": b"\0\1",
            "latin.py": b"x = '\xe9'\n",
            "large.py": b"x = 1\n" * 200_000,
            "broken.py": b"def f(:\n",
            f"{'n' * 252}.py": b"x = 1\n",
        },
    )
    result = docs.run()
    told = {warning["path"]: warning["detail"] for warning in result["warnings"]}
    assert {"bin.py", "latin.py", "large.py", f"{'n' * 252}.py"} <= set(told)
    assert "binary" in told["bin.py"]
    assert "1 MiB" in told["large.py"]
    assert actions(result)["pocket/book.py"] == "created"
    assert set(actions(docs.run()).values()) == {"unchanged"}


def test_another_branch_can_be_documented_and_removes_nothing(docs: DocsHouse) -> None:
    docs.run()
    docs.house.repository.commit("dev", {"new.py": b'"""New."""\n'})
    result = docs.run(Scope(path="", ref="dev"))
    assert actions(result) == {"new.py": "created"}
    assert PAGE in docs.files


def test_a_page_of_another_branch_stays_until_its_file_is_asked_for_without(
    docs: DocsHouse,
) -> None:
    docs.run()
    page = "notion/docs/code/pocket/new.py.md"
    docs.house.repository.commit("dev", {"pocket/new.py": b'"""New."""\n'})
    docs.run(Scope(path="pocket/new.py", ref="dev"))
    docs.run()
    docs.run(Scope(path="pocket"))
    docs.finished(push(docs, "pocket/new.py"))
    assert page in docs.files
    result = docs.run(Scope(path="pocket/new.py"))
    assert [warning["path"] for warning in result["warnings"]] == ["pocket/new.py"]
    assert page not in docs.files


def test_a_page_of_another_branch_is_an_ordinary_one_once_its_file_is_here(
    docs: DocsHouse,
) -> None:
    docs.house.repository.commit("dev", {"new.py": b'"""New."""\n'})
    docs.run(Scope(path="new.py", ref="dev"))
    docs.commit({"new.py": '"""New."""\n'})
    docs.run()
    docs.commit({"new.py": None})
    docs.run()
    assert "notion/docs/code/new.py.md" not in docs.files


@pytest.mark.parametrize("path", ["README.md", ".env", "data.unknown", "notion/docs/a.py", "l.py"])
def test_a_file_that_is_not_documented_is_told_where_it_is_asked_for(
    docs: DocsHouse, path: str
) -> None:
    link = 0o120000 if path == "l.py" else 0o100644
    docs.house.repository.commit("main", {path: b"main.py"}, mode=link)
    result = docs.run(Scope(path=path))
    assert result["pages"] == []
    assert [warning["path"] for warning in result["warnings"]] == [path]
    assert INDEX not in docs.files
    assert docs.run()["warnings"] == []


AWS = "AKIA" + "Q7" * 8
SECRETS = f'''"""Opens it with {AWS}."""

AWS = "{AWS}"
password: str = "hunter2hunter2"
REGION = "eu-central-1"


def connect(host: str, password: str = "hunter2hunter2") -> None:
    """Connects.

    Examples:
        >>> connect("h", password="hunter2hunter2")
    """


def bare(x):
    token = "ghp_{"a1B2" * 10}"
    secret = "hunter2hunter2"
    return x + 1
'''


def test_secrets_in_code_reach_no_page_and_no_model(docs: DocsHouse) -> None:
    docs.commit({"keys.py": SECRETS})
    docs.model.replies = [FakeReply(pieces=[UpstreamUnavailable("No.", "anthropic")])]
    result = docs.run(Scope(path="keys.py", summaries=True))
    (warning,) = result["warnings"]
    assert "in the shape of a secret" in warning["detail"]
    assert "could not be asked" in warning["detail"]
    body = docs.body("notion/docs/code/keys.py.md")
    assert 'AWS = "…"' in body
    assert 'password: str = "…"' in body
    assert 'connect("h", password="…")' in body
    assert 'REGION = "eu-central-1"' in body
    (asked,) = docs.model.requests
    assert "return x + 1" in asked.messages[0].text
    assert 'REGION = "eu-central-1"' in asked.messages[0].text
    assert asked.messages[0].text.count(LEFT_OUT) == 4
    for text in (body, docs.notion_body("notion/docs/code/keys.py.md"), repr(asked)):
        assert not any(secret in text for secret in (AWS, "hunter2", "ghp_"))


def test_a_file_with_a_private_key_is_not_shown_to_the_model(docs: DocsHouse) -> None:
    key = "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----"
    docs.commit({"keys.py": f'KEY = """{key}"""\n\n\ndef spare():\n    return 2\n'})
    result = docs.run(Scope(path="keys.py", summaries=True))
    assert "was not asked" in result["warnings"][0]["detail"]
    assert docs.model.requests == []
    assert "MIIE" not in docs.body("notion/docs/code/keys.py.md")


@pytest.mark.parametrize(
    ("scope", "status"),
    [
        (Scope(path="nowhere"), 404),
        (Scope(path="", ref="nowhere"), 404),
        (Scope(path="", ref="c0ffee" * 6 + "c0ff"), 404),
    ],
)
def test_what_is_not_there_is_not_found(docs: DocsHouse, scope: Scope, status: int) -> None:
    operation = docs.start(scope)
    docs.worker().run(operation.id)
    problem = docs.house.operations.get(operation.id, ADA).problem
    assert problem is not None
    assert problem["status"] == status


def test_summaries_are_asked_for_once_and_only_where_nothing_is_said(docs: DocsHouse) -> None:
    docs.model.replies = [FakeReply(pieces=["spare: Gives two.\nBook: Not asked."])]
    docs.run()
    assert docs.model.requests == []
    asked = Scope(path="", summaries=True)
    assert actions(docs.run(asked))["pocket/book.py"] == "updated"
    assert "Gives two. *(generated)*" in docs.body(PAGE)
    assert "Not asked" not in docs.body(PAGE)
    assert len(docs.model.requests) == 1
    assert set(actions(docs.run(asked)).values()) == {"unchanged"}
    docs.commit({"pocket/book.py": BOOK.replace("A book.", "The book.")})
    docs.run()
    assert "Gives two. *(generated)*" in docs.body(PAGE)
    docs.commit({"pocket/book.py": BOOK.replace("return 2", "return 3")})
    docs.run()
    assert "Gives two" not in docs.body(PAGE)
    assert len(docs.model.requests) == 1


def test_a_model_that_does_not_answer_costs_the_summaries_alone(docs: DocsHouse) -> None:
    docs.model.replies = [FakeReply(pieces=[UpstreamUnavailable("No.", "anthropic")])]
    result = docs.run(Scope(path="", summaries=True))
    assert actions(result)["pocket/book.py"] == "created"
    assert [warning["path"] for warning in result["warnings"]] == ["pocket/book.py"]


def test_a_push_documents_what_it_changed_and_no_text(docs: DocsHouse) -> None:
    docs.run()
    for paths in (["README.md", PAGE], ["tests/test_book.py"], ["notion/docs/x.py"], []):
        assert start_docs_for(docs.house.operations, docs.workspace, paths) is None
    docs.commit({"new.py": '"""New."""\n', "main.py": MAIN.replace("Runs.", "Runs it.")})
    result = docs.finished(push(docs, "main.py", "new.py", "README.md"))
    assert actions(result) == {"main.py": "updated", "new.py": "created"}


def test_pushes_one_after_the_other_each_have_their_turn(docs: DocsHouse) -> None:
    docs.run()
    first = push(docs, "main.py")
    second = push(docs, "main.py")
    assert first.id != second.id
    again = [
        start_docs_for(docs.house.operations, docs.workspace, ["main.py"], "c0ffee")
        for _ in range(2)
    ]
    assert again[0] is not None
    assert again[1] is not None
    assert again[0].id == again[1].id


def test_a_run_waits_while_another_one_writes(docs: DocsHouse) -> None:
    other = DocsStore(docs.house.store, docs.workspace, docs.house.clock)
    assert other.lock("other")
    operation = docs.start(Scope(path=""))
    worker = docs.worker()
    worker.run(operation.id)
    assert docs.house.operations.get(operation.id, ADA).state is OperationState.RUNNING
    assert PAGE not in docs.files
    other.unlock("other")
    assert actions(docs.finished(operation))["main.py"] == "created"


def test_many_pages_come_in_several_commits_and_a_hold_is_told(docs: DocsHouse) -> None:
    docs.commit({f"lib/m{at}.py": f'"""Module {at}."""\n' for at in range(130)})
    operation = docs.start(Scope(path=""))
    docs.worker().run(operation.id)
    ended = docs.house.operations.get(operation.id, ADA)
    if ended.state is OperationState.FAILED:
        assert ended.problem is not None
        assert ended.problem["name"] == "held"
        hold = docs.house.state(docs.workspace).hold
        assert hold is not None
        release_hold(docs.house.store, docs.workspace.wid, hold.plan_id)
    assert sum(path.startswith("notion/docs/code/lib/") for path in docs.files) == 130
    docs.house.clock.advance(150)
    result = docs.run()
    missing = [page["path"] for page in result["pages"] if not page["page_id"]]
    assert len(missing) == len([w for w in result["warnings"] if "Notion" in w["detail"]])


@pytest.mark.parametrize("after", [False, True])
def test_a_worker_may_die_at_any_call_and_another_one_ends_it(after: bool) -> None:
    calls = 0
    while True:
        docs = DocsHouse()
        docs.run()
        docs.edit(PAGE, "Adds an entry.\n\n", "Adds an entry.\n\nMind the order.\n\n")
        changed = BOOK.replace("Adds an entry.", "Puts it in.").replace("spare", "rest")
        docs.commit({"pocket/book.py": changed, "new.py": '"""New."""\n'})
        operation = docs.start(Scope(path=""))
        calls += 5
        mortal = Mortal(calls, after=after)
        try:
            docs.worker(docs.ports(mortal)).run(operation.id)
        except Died:
            docs.house.clock.advance(300)
            result = docs.finished(operation)
        else:
            assert calls > 20
            return
        assert actions(result) == {
            "main.py": "unchanged", "new.py": "created", "pocket/book.py": "updated"
        }  # fmt: skip
        body = docs.body(PAGE)
        assert "Updates available" not in body
        assert "Puts it in.\n\nMind the order.\n\n" in body
        assert "## `rest`" in body
        assert "## `spare`" not in body


def client(docs: DocsHouse) -> FlaskClient:
    house = docs.house

    def pass_time(seconds: float) -> None:
        house.clock.advance(seconds)
        for topic, message in house.publisher.messages:
            if topic == "operations":
                docs.worker().run(message["operation_id"])

    long_work = LongWork(house.operations, house.clock, pass_time)
    views = DocsViews(house.workspaces, docs.requests, long_work)
    settings = Settings.from_env({"NEXUS_PROJECT_ID": "demo-nexus"})
    app = create_app("notion", settings, house.identity, DOCS_ROUTES, views)
    return app.test_client()


def post(docs: DocsHouse, body: Any) -> Any:
    return client(docs).post(
        "/notion/code-to-docs", json=body, headers=dict(docs.house.headers(ADA))
    )


def test_the_route_answers_with_pages_and_warnings(docs: DocsHouse) -> None:
    reply = post(docs, {"path": "./pocket/"})
    assert reply.status_code == 200, reply.json
    assert set(reply.json) == {"pages", "warnings"}
    (page,) = reply.json["pages"]
    assert set(page) == {"path", "page_id", "url", "action", "symbols", "undocumented"}
    assert page["path"] == "pocket/book.py"


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, 1),
        ({"path": "a", "files": [{"path": "a.py", "content": ""}]}, 1),
        ({"path": "../a", "ref": "", "summaries": "yes"}, 3),
        ({"path": "/etc/passwd"}, 1),
        ({"files": []}, 1),
        ({"files": [{"path": "a\\b.py", "content": 1}, {"path": "x/", "content": ""}]}, 3),
        ({"files": [{"path": "a.py", "content": ""}, {"path": "./a.py", "content": ""}]}, 1),
        ({"files": [{"path": "a.py", "content": ""}], "ref": "main"}, 1),
        ({"path": "", "unknown": 1}, 1),
    ],
)
def test_a_bad_request_is_told_all_its_faults(docs: DocsHouse, body: Any, fields: int) -> None:
    reply = post(docs, body)
    assert reply.status_code == 422
    assert reply.json["type"] == "/problems/validation"
    assert len(reply.json["errors"]) == fields, reply.json


def test_a_path_that_is_not_there_is_404_for_who_asks(docs: DocsHouse) -> None:
    assert post(docs, {"path": "nowhere.py"}).status_code == 404


def test_without_a_repository_it_is_not_configured() -> None:
    docs = DocsHouse.__new__(DocsHouse)
    docs.house, docs.model = NotionHouse(), FakeModel()
    docs.workspace = docs.house.set_up().workspace
    reply = post(docs, {"path": ""})
    if docs.workspace.repository is None:
        assert (reply.status_code, reply.json["type"]) == (409, "/problems/not-configured")
