"""A page as a Markdown file: front matter, an empty line, the body."""

import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Final

from shared.ports.repository import Blob
from shared.sync.fields import ID, TITLE, Places, empty, synced, title_property, to_plain
from shared.sync.model import FileSide, Item
from shared.text import frontmatter
from shared.text.frontmatter import FrontMatterError
from shared.text.markdown import canonical, strip_signed

MAX_FILE_BYTES: Final = 400 * 1024
"""Beyond this Notion refuses the body in one request (500 KB with its JSON around it)."""
_UUID: Final = re.compile(r"[0-9a-f]{32}")


def read_file(path: str, blob: Blob, content: bytes) -> FileSide:
    """Read a file; one that cannot be read comes with its fault and is left alone."""
    try:
        if len(content) > MAX_FILE_BYTES:
            return FileSide(path=path, blob=blob, text="", fault="It is larger than 400 KiB.")
        text = content.decode("utf-8")
        page = frontmatter.parse(text)
    except UnicodeDecodeError:
        return FileSide(path=path, blob=blob, text="", fault="It is not UTF-8 text.")
    except FrontMatterError as error:
        return FileSide(path=path, blob=blob, text="", fault=error.detail)
    return FileSide(path=path, blob=blob, text=text, meta=page.meta, body=page.body)


def page_id_of(meta: Mapping[str, object]) -> str | None:
    """The page id that a front matter names, dashed; None where it names none."""
    bare = str(meta.get(ID, "")).replace("-", "").lower()
    if not _UUID.fullmatch(bare):
        return None
    return "-".join((bare[:8], bare[8:12], bare[12:16], bare[16:20], bare[20:]))


def title_of(file: FileSide) -> str:
    """The title that a file gives its page: its key, else its name."""
    given = file.meta.get(TITLE)
    return str(given) if not empty(given) else PurePosixPath(file.path).stem


def body_of(text: str) -> str:
    """The body of a file's text; "" where it cannot be read."""
    try:
        return frontmatter.parse(text).body
    except FrontMatterError:
        return ""


def meta_of(text: str) -> Mapping[str, object]:
    """The front matter of a file's text; empty where it cannot be read."""
    try:
        return frontmatter.parse(text).meta
    except FrontMatterError:
        return {}


def new_text(item: Item, bound: Mapping[str, str], places: Places) -> str:
    """The file of a page that has none yet. `bound`: the keys by property id."""
    row = item.page.row
    assert row is not None
    meta: dict[str, frontmatter.Value] = {ID: row.id, TITLE: row.title}
    title = title_property(item.source).id
    for prop in synced(item.source):
        value = row.values.get(prop.id)
        if prop.id != title and (prop.kind == "checkbox" or not empty(value)):
            meta[bound[prop.id]] = _plain(to_plain(prop, value, places))
    body = canonical(strip_signed(item.page.body))
    return frontmatter.render(meta, body)


def changed_text(text: str, changes: Mapping[str, object], body: str | None = None) -> str:
    """A file's text with some keys and, unless None, another body; the rest stays as it is.

    A key whose value becomes empty keeps its line; an empty one is not added.
    """
    if not changes and body is None:
        return text
    present = meta_of(text)
    plain = {key: _plain(value) for key, value in changes.items()}
    wanted = {
        key: value for key, value in plain.items() if key in present or value not in (None, [])
    }
    return frontmatter.update(text, wanted, body=body)


def _plain(value: object) -> frontmatter.Value:
    if isinstance(value, tuple):
        return list(value)
    if value is None or isinstance(value, bool | int | float | str | list):
        return value
    return str(value)
