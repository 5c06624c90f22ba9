"""Rich text from Markdown and back, as comments and blocks use it."""

from dev.notion_standin.markdown.inline_in import read_segments
from dev.notion_standin.markdown.inline_out import write_segments
from dev.notion_standin.markdown.segments import from_rich_text, to_rich_text
from dev.notion_standin.model import Json
from dev.notion_standin.workspace import Workspace


def read_inline(text: str, dialect: str, workspace: Workspace) -> list[Json]:
    """Read Markdown of one text, without blocks, as rich text."""
    return to_rich_text(read_segments(text, dialect, workspace.name_of)[0])


def write_inline(items: list[Json], dialect: str, *, one_line: bool = False) -> str:
    """Write rich text as Markdown; `one_line` writes line breaks as tags."""
    return write_segments(from_rich_text(items), dialect, one_line=one_line)
