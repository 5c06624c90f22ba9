"""Writing Markdown into a page: new pages, and the commands of the update endpoint.

https://developers.notion.com/reference/update-page-markdown
"""

import json
from difflib import SequenceMatcher

from dev.notion_standin.bodies import insert_trees, parent_for, trash
from dev.notion_standin.call import Call
from dev.notion_standin.errors import NotionError, failed, invalid
from dev.notion_standin.files import read_cover, read_icon
from dev.notion_standin.markdown.documents import (
    dialect_of,
    limited,
    read_markdown,
    write_trees,
)
from dev.notion_standin.markdown.inline import write_inline
from dev.notion_standin.model import Node, Page, Tree
from dev.notion_standin.records import create_page, read_parent
from dev.notion_standin.rich_text import text_item
from dev.notion_standin.tables import create_database
from dev.notion_standin.workspace import Workspace

_CONTAINED = ("child_page", "child_database")


def create_from_markdown(call: Call) -> Page:
    """Make the page of `POST /v1/pages` with `markdown`; a first `#` heading may be its title."""
    workspace, body = call.workspace, call.body
    for name in ("children", "content"):
        if name in body:
            raise invalid(f"body.markdown and body.{name} are mutually exclusive.")
    if not isinstance(body["markdown"], str):
        raise failed("body.markdown", "a string", body["markdown"])
    dialect = dialect_of(body.get("markdown_version"), "body.markdown_version")
    trees, _ = read_markdown(workspace, body["markdown"], dialect)
    parent = read_parent(workspace, body.get("parent"))
    properties = dict(body.get("properties") or {})
    source = workspace.data_sources.get(parent.id)
    title = (
        next((p.name for p in source.schema.values() if p.type == "title"), "title")
        if (source)
        else "title"
    )
    if not {title, "title"} & set(properties) and trees and trees[0].type == "heading_1":
        properties[title] = {"title": trees.pop(0).content["rich_text"]}
    page = create_page(
        workspace,
        parent,
        properties,
        [],
        call.actor,
        icon=read_icon(body.get("icon"), "body.icon"),
        cover=read_cover(body.get("cover"), "body.cover"),
    )
    settle_contained(workspace, page, trees, call.actor)
    insert_trees(workspace, page, trees, 0, call.actor)
    return page


class PageEdit:
    """One update of a page's body: `dialect` of the request, `allow` to delete what it holds."""

    def __init__(
        self, workspace: Workspace, page: Page, dialect: str, actor: str, *, allow: bool = False
    ) -> None:
        self._workspace, self._page, self._actor = workspace, page, actor
        self._dialect, self._allow = dialect, allow
        self._before, self._cut = limited(workspace, page)
        self.warnings: list[str] = []

    @property
    def text(self) -> str:
        """The body as it stands, with the bare addresses of hosted files."""
        return write_trees(self._page.id, self._before, self._dialect)

    def become(self, text: str, *, anew: bool = False) -> None:
        """Make the body what `text` says; blocks that are not touched stay, unless `anew`."""
        trees, warnings = read_markdown(self._workspace, text, self._dialect)
        self._check(trees)
        self.warnings += warnings
        self._check_kept(trees)
        if anew:
            self._replace_all(trees)
        else:
            self._reconcile(self._page, self._before, trees)

    def insert(self, text: str, index: int) -> None:
        """Put new blocks before the block of the first level that stands at `index`."""
        trees, warnings = read_markdown(self._workspace, text, self._dialect)
        self.warnings += warnings
        settle_contained(self._workspace, self._page, trees, self._actor)
        before = [tree.id for tree in self._before]
        children = self._page.children
        last = index >= len(before)
        place = len(children) if last else children.index(before[index] or "")
        insert_trees(self._workspace, self._page, trees, place, self._actor)

    def index_behind(self, place: int) -> int:
        """Give the index behind the block of the first level that holds a place of the text."""
        for number in range(1, len(self._before) + 1):
            if place <= len(write_trees(self._page.id, self._before[:number], self._dialect)):
                return number
        return self.length

    @property
    def length(self) -> int:
        """The number of blocks of the first level."""
        return len(self._before)

    def _check(self, trees: list[Tree]) -> None:
        """Refuse to lose what a page that is too large did not show."""
        beyond = {t.id for t in self._before if t.type == "unknown"} if self._cut else set()
        if beyond - _ids(trees):
            raise NotionError(
                "validation_error",
                "The page is too large to load in full, and the edit would remove content that "
                "was not loaded.",
                additional_data={"limit_kind": "page_record_count"},
            )

    def _check_kept(self, trees: list[Tree]) -> None:
        lost = _contained(self._before).keys() - _ids(trees)
        if lost and not self._allow:
            names = _contained(self._before)
            listed = ", ".join(f'"{names[one]}" ({one})' for one in sorted(lost, key=str))
            raise invalid(
                "This operation would delete child pages or databases: "
                f"{listed}. Set allow_deleting_content to true to permit deletion."
            )

    def _replace_all(self, trees: list[Tree]) -> None:
        kept = _ids(trees)
        for child in list(self._page.children):
            if child not in kept:
                trash(self._workspace, self._workspace.nodes[child], self._actor)
            self._page.children.remove(child)
        settle_contained(self._workspace, self._page, trees, self._actor)
        insert_trees(self._workspace, self._page, trees, 0, self._actor)
        self._workspace.touch(self._page, self._actor)

    def _reconcile(self, node: Node, before: list[Tree], after: list[Tree]) -> None:
        old, new = [self._key(tree) for tree in before], [self._key(tree) for tree in after]
        order: list[str] = []
        changed = False
        for word, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
            if word == "equal":
                order += [tree.id or "" for tree in before[a:b]]
                continue
            changed = True
            order += self._changed(node, before[a:b], after[c:d])
        if not changed:
            return
        # What is in the trash or not shared keeps hanging here, behind what is shown.
        node.children[:] = [*order, *(one for one in node.children if one not in order)]
        self._workspace.touch(node, self._actor)

    def _changed(self, node: Node, before: list[Tree], after: list[Tree]) -> list[str]:
        """Make blocks of one changed stretch; a container whose own text is the same stays."""
        left, made = list(before), list[str]()
        for tree in after:
            match = next((old for old in left if self._same_shell(old, tree)), None)
            if match is not None:
                left.remove(match)
                kept = self._workspace.nodes[match.id or ""]
                self._reconcile(kept, match.children, tree.children)
                made.append(kept.id)
                continue
            settle_contained(self._workspace, node, [tree], self._actor)
            known = len(node.children)
            if tree.type == "unknown":
                continue
            made += insert_trees(self._workspace, node, [tree], known, self._actor)
        for old in left:
            if old.id not in made:
                trash(self._workspace, self._workspace.nodes[old.id or ""], self._actor)
        return made

    def _key(self, tree: Tree) -> str:
        """Give what two equal blocks have in common: what they look like in Markdown."""
        if tree.type == "table_row":
            cells = [write_inline(cell, self._dialect) for cell in tree.content["cells"]]
            return json.dumps(cells)
        if tree.type == "column":
            inner = write_trees(self._page.id, tree.children, self._dialect)
            return f"{tree.content.get('width_ratio')}:{inner}"
        return write_trees(self._page.id, [tree], self._dialect)

    def _same_shell(self, old: Tree, new: Tree) -> bool:
        """Tell whether two blocks differ in their children only."""
        if old.type in _CONTAINED or old.type != new.type:
            return old.type == new.type and old.id == new.id
        if not (old.children and new.children):
            return False
        if old.type in ("table", "column"):
            return old.content == new.content
        shells = [Tree(type=one.type, content=one.content, id=old.id) for one in (old, new)]
        return self._key(shells[0]) == self._key(shells[1])


def settle_contained(workspace: Workspace, node: Node, trees: list[Tree], actor: str) -> None:
    """Make the pages and databases that the Markdown names anew; drop unknown blocks' tags."""
    for tree in list(trees):
        if tree.type == "unknown":
            trees.remove(tree)
        elif tree.type in _CONTAINED:
            _settle(workspace, node, tree, actor)
        else:
            settle_contained(workspace, node, tree.children, actor)


def _settle(workspace: Workspace, node: Node, tree: Tree, actor: str) -> None:
    if tree.id is not None:
        known = workspace.nodes.get(tree.id)
        if known is None or not workspace.visible(tree.id):
            kind = "page" if tree.type == "child_page" else "database"
            raise workspace.not_found(kind, tree.id)
        if workspace.page_of(known.parent.id) is not workspace.page_of(node.id):
            # A page that lives elsewhere is not moved: the tag becomes a link to it.
            kind = "page_id" if isinstance(known, Page) else "database_id"
            tree.type, tree.content, tree.id = "link_to_page", {"type": kind, kind: tree.id}, None
        return
    title = [text_item(tree.content["title"])]
    parent = parent_for(node)
    made: Node
    if tree.type == "child_page":
        made = create_page(workspace, parent, {"title": title}, [], actor)
    else:
        made = create_database(workspace, parent, {"title": title, "is_inline": True}, None, actor)
    # The tree that follows puts it in its place.
    node.children.remove(made.id)
    tree.id = made.id


def _contained(trees: list[Tree]) -> dict[str, str]:
    found: dict[str, str] = {}
    for tree in trees:
        if tree.type in _CONTAINED and tree.id:
            found[tree.id] = str(tree.content["title"])
        found |= _contained(tree.children)
    return found


def _ids(trees: list[Tree]) -> set[str]:
    return {t.id for t in trees if t.id} | {i for t in trees for i in _ids(t.children)}
