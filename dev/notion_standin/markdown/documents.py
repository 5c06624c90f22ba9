"""Bodies as Markdown: reading what a request says, writing what an answer tells."""

from dev.notion_standin.bodies import read_tree, shown_children
from dev.notion_standin.errors import failed
from dev.notion_standin.files import sign
from dev.notion_standin.markdown.blocks_in import read_blocks
from dev.notion_standin.markdown.blocks_out import Writer
from dev.notion_standin.markdown.inline_in import V1, V2
from dev.notion_standin.markdown.v1_in import read_blocks_v1
from dev.notion_standin.markdown.v1_out import WriterV1
from dev.notion_standin.model import Json, Node, Tree
from dev.notion_standin.workspace import Workspace


def dialect_of(given: object, place: str) -> str:
    """Check `markdown_version`; v1 is the default still."""
    if given is None:
        return V1
    if given not in (V1, V2):
        raise failed(place, '`"v1"` or `"v2"`', given)
    return str(given)


def read_markdown(workspace: Workspace, text: str, dialect: str) -> tuple[list[Tree], list[str]]:
    """Read a body; gives its trees and the parser's warnings."""
    reader = read_blocks if dialect == V2 else read_blocks_v1
    trees, warnings = reader(text, workspace.name_of)
    return placed(trees), warnings


def placed(trees: list[Tree]) -> list[Tree]:
    """Take columns that stand alone apart, and leave out column lists without any."""
    found: list[Tree] = []
    for tree in trees:
        if tree.type == "column_list":
            for column in tree.children:
                column.children = placed(column.children)
        elif tree.type != "table":
            tree.children = placed(tree.children)
        if tree.type == "column":
            found += tree.children
        elif tree.type != "column_list" or tree.children:
            found.append(tree)
    return found


def write_trees(home: str, trees: list[Tree], dialect: str) -> str:
    """Write trees with the bare addresses of hosted files, so that equal trees are equal text."""
    writer = Writer if dialect == V2 else WriterV1
    return writer(home, _bare_url).write(trees)


def _bare_url(content: Json) -> str:
    kind = content.get("type", "external")
    return str(content.get(kind, {}).get("url", ""))


def page_markdown(
    workspace: Workspace, node: Node, dialect: str, warnings: list[str] | None = None
) -> Json:
    """Build the `page_markdown` answer for a page or block, hosted files freshly signed.

    What lies beyond the record limit is told by `<unknown>` and its ids, and `truncated`.
    """

    def url_of(content: Json) -> str:
        bare = _bare_url(content)
        return f"{bare}?{sign(workspace.clock)}" if content.get("type") == "file" else bare

    home = workspace.page_of(node.id)
    writer = (Writer if dialect == V2 else WriterV1)(home.id if home else node.id, url_of)
    trees, cut = limited(workspace, node)
    text = writer.write(trees)
    answer: Json = {
        "object": "page_markdown",
        "id": node.id,
        "markdown": text,
        "truncated": cut,
        "unknown_block_ids": list(writer.unknown),
    }
    return {**answer, "warnings": warnings} if warnings and dialect == V2 else answer


def limited(workspace: Workspace, node: Node) -> tuple[list[Tree], bool]:
    """Give the body's trees up to the record limit, blocks beyond it as unknown."""
    left, kept, cut = workspace.settings.record_limit, list[Tree](), False
    home = workspace.page_of(node.id)
    trees = read_tree(workspace, node) if shown_children(workspace, node) else []
    for tree in trees:
        left -= _count(tree)
        if left >= 0:
            kept.append(tree)
            continue
        cut = True
        page = (home.id if home else node.id).replace("-", "")
        block = (tree.id or "").replace("-", "")
        url = f"https://app.notion.com/p/{page}#{block}"
        kept.append(Tree(type="unknown", content={"url": url, "alt": tree.type}, id=tree.id))
    return kept, cut


def _count(tree: Tree) -> int:
    return 1 + sum(_count(child) for child in tree.children)
