"""What becomes of whole documents: deleted, restored, renamed, moved, emptied, and spelled."""

from collections.abc import Iterator
from typing import Any

import pytest

from dev.launcher.toolchain import ROOT
from shared.text.markdown import canonical
from tests.support.stack import Stack
from tests.support.sync_client import NotionSide, SyncClient, title_of
from tests.support.sync_setup import own_workspace, unhurried, without_webhooks

CONSTRUCTS = ROOT / "tests" / "data" / "sync" / "constructs.md"
LINKS = 6  # from five on an emptied side is held
BLOCKS: list[Any] = [
    "heading_1",
    "paragraph",
    "paragraph",
    "heading_2",
    "heading_3",
    "heading_4",
    ("bulleted_list_item", [("bulleted_list_item", ["bulleted_list_item", "paragraph"])]),
    "bulleted_list_item",
    "numbered_list_item",
    ("numbered_list_item", ["numbered_list_item", "numbered_list_item"]),
    "to_do",
    ("to_do", ["to_do"]),
    ("quote", ["paragraph", "bulleted_list_item"]),
    "code",
    "code",
    "code",
    ("table", ["table_row", "table_row", "table_row"]),
    "divider",
    "equation",
    "image",
    ("callout", ["bulleted_list_item"]),
    ("toggle", ["paragraph"]),
    ("column_list", [("column", ["paragraph"]), ("column", ["paragraph"])]),
    "paragraph",  # HTML that nobody knows is text
    "paragraph",
]


@pytest.fixture(scope="module", autouse=True)
def _undisturbed(stack: Stack) -> Iterator[None]:
    """What is synced is synced because a test asked for it, or by a tick."""
    with without_webhooks(stack):
        yield


@pytest.fixture(scope="module")
def own(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> SyncClient:
    """A workspace that is synced when a test asks for it."""
    return own_workspace(stack, tmp_path_factory.mktemp("own"))


@pytest.fixture(autouse=True)
def _unhurried(stack: Stack) -> Iterator[None]:
    with unhurried(stack):
        yield


def in_trash(notion: NotionSide, page: str) -> bool:
    """Whether a page is in Notion's trash."""
    return bool(notion.page(page)["in_trash"])


def problems(client: SyncClient, path: str) -> list[str]:
    """The codes of the problems about files whose path holds these words."""
    return [each["code"] for each in client.status()["problems"] if path in (each["path"] or "")]


def test_what_happens_to_a_page_happens_to_its_file(own: SyncClient) -> None:
    page = own.notion.write("docs", "Notion's own", "A text.\n")
    own.sync()
    path = own.file_of(page)
    assert path == "notion/docs/notions-own.md"
    written = own.git.files()[path]

    own.notion.edit("trash", page)
    own.sync()
    assert path not in own.git.files()

    own.notion.edit("restore", page)
    own.sync()
    assert own.git.files()[path] == written

    own.notion.edit("properties", page, title="Renamed in Notion")
    own.sync()
    assert own.git.files()[path] == written.replace("Notion's own", "Renamed in Notion")

    own.notion.move(page, "tasks")
    own.sync()
    assert own.git.holding(page) == ["notion/tasks/notions-own.md"]
    assert "A text.\n" in own.git.files()["notion/tasks/notions-own.md"]
    assert problems(own, "notions-own") == []


def test_what_happens_to_a_file_happens_to_its_page(own: SyncClient) -> None:
    path = "notion/tasks/gits-own.md"
    own.git.commit({path: "---\ntitle: Git's own\nStatus: To do\n---\n\nA text.\n"})
    own.sync()
    page = own.page_of(path)
    written = own.git.files()[path]

    own.git.commit({}, moved={path: "notion/tasks/deeper/renamed.md"})
    own.sync()
    assert own.notion.titled("tasks", "Git's own") == [page]
    assert own.git.holding(page) == ["notion/tasks/deeper/renamed.md"]

    own.git.commit({}, moved={"notion/tasks/deeper/renamed.md": "notion/docs/moved.md"})
    own.sync()
    assert page not in own.notion.pages("tasks")
    assert title_of(own.notion.pages("docs")[page]) == "Git's own"
    assert own.notion.body(page) == "A text."
    assert own.git.holding(page) == ["notion/docs/moved.md"]
    assert set(problems(own, "moved.md")) == {"schema_changed"}  # Docs have no Status

    own.git.commit({"notion/docs/moved.md": None})
    own.sync()
    assert in_trash(own.notion, page)

    own.git.commit({path: written})
    own.sync()
    assert not in_trash(own.notion, page)
    assert own.notion.titled("tasks", "Git's own") == [page]
    assert own.notion.body(page) == "A text."
    assert own.git.holding(page) == [path]


def test_an_edit_wins_over_a_delete_of_the_other_side(own: SyncClient) -> None:
    pages = {
        name: own.notion.write("docs", f"Edited in {name}", "A text.\n")
        for name in ("notion", "git")
    }
    own.sync()
    paths = {name: own.file_of(page) for name, page in pages.items()}
    file = own.git.files()[paths["git"]]
    own.notion.edit("trash", pages["git"])
    own.notion.edit("markdown", pages["notion"], old_str="A text", new_str="Kept by Ada")
    own.git.commit({paths["notion"]: None, paths["git"]: file.replace("A text", "Kept by Grace")})
    own.sync()
    assert "Kept by Ada.\n" in own.git.files()[paths["notion"]]
    assert not in_trash(own.notion, pages["git"])
    assert own.notion.body(pages["git"]) == "Kept by Grace."


def test_a_page_that_is_not_shared_any_more_keeps_its_file(own: SyncClient) -> None:
    page = own.notion.write("docs", "Private for a while", "A text.\n")
    own.sync()
    path = own.file_of(page)

    own.notion.edit("unshare", page)
    own.sync()
    assert path in own.git.files()
    assert problems(own, path) == ["unshared"]

    own.notion.edit("share", page)
    own.notion.edit("markdown", page, old_str="A text", new_str="A shared text")
    own.sync()
    assert "A shared text.\n" in own.git.files()[path]
    assert problems(own, path) == []


def test_every_construct_of_both_sides_is_stable_from_the_second_pass_on(own: SyncClient) -> None:
    text = CONSTRUCTS.read_text(encoding="utf8")
    pages = [own.notion.write("docs", "Constructs of Notion", text)]
    own.git.commit({"notion/docs/constructs-of-git.md": text})
    own.sync()
    pages.append(own.page_of("notion/docs/constructs-of-git.md"))
    own.sync()

    def everything() -> Any:
        bodies = [own.notion.body(page) for page in pages]
        return own.git.head, own.git.files(), bodies, len(own.notion.writes())

    before = everything()
    for _ in range(3):
        assert own.sync()["outcome"] == "ok"
    assert everything() == before
    assert problems(own, "constructs") == []

    _, files, bodies, _ = before
    assert bodies[0] == bodies[1]
    assert files["notion/docs/constructs-of-git.md"].endswith(f"---\n\n{text}")
    in_git = files["notion/docs/constructs-of-notion.md"].split("\n---\n\n", 1)[1]
    assert in_git == canonical(in_git)
    for page in pages:
        assert own.notion.outline(page) == BLOCKS


def test_a_folder_that_was_emptied_is_held_until_it_is_confirmed(
    stack: Stack, tmp_path: Any
) -> None:
    own = own_workspace(stack, tmp_path)
    paths = [f"notion/docs/page-{number}.md" for number in range(LINKS)]
    own.git.commit({path: f"The text of {path}\n" for path in paths})
    own.sync()
    pages = list(own.notion.pages("docs"))
    assert len(pages) == LINKS

    own.git.commit(dict.fromkeys(paths))
    refused = own.refused()

    assert refused["type"] == "/problems/held"
    status = own.status()
    assert status["state"] == "held"
    assert status["hold"]["counts"] == {"trash_page": LINKS}
    assert own.refused()["type"] == "/problems/held"
    assert sorted(own.notion.pages("docs")) == sorted(pages)

    own.sync(confirm=status["hold"]["plan_id"])
    assert own.notion.pages("docs") == {}
    assert all(in_trash(own.notion, page) for page in pages)
    assert (own.status()["hold"], own.status()["links"]) == (None, 0)


def test_a_data_source_that_was_emptied_is_held_until_it_is_confirmed(
    stack: Stack, tmp_path: Any
) -> None:
    own = own_workspace(stack, tmp_path)
    pages = [own.notion.write("docs", f"Page {number}", "A text.\n") for number in range(LINKS)]
    own.sync()
    files = own.git.files()
    assert len(files) == LINKS

    for page in pages:
        own.notion.edit("trash", page)
    assert own.refused()["type"] == "/problems/held"
    hold = own.status()["hold"]
    assert hold["counts"] == {"delete_file": LINKS}
    assert own.git.files() == files

    own.sync(confirm=hold["plan_id"])
    assert own.git.files() == {}
