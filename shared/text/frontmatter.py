"""A page as a file: YAML front matter between two `---` lines, then the body.

Reading goes through PyYAML's composer, so that every entry is known with its lines; writing one
entry then leaves all other lines as they are: comments, order, quoting, unknown keys.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import yaml

from shared.errors import InvalidRequest
from shared.text.yaml_values import Value, read_value, same_value, write_entry

__all__ = ["FrontMatterError", "Page", "Value", "parse", "render", "update"]

_BOM: Final = "\ufeff"
_FENCE = re.compile(r"---[ \t]*\r?\n")
_CLOSING = re.compile(r"^---[ \t]*(?:\r?\n|\Z)", re.MULTILINE)
# What YAML takes for the end of a line, so that its line numbers and ours are the same.
_LINE = re.compile("[^\r\n\x85\u2028\u2029]*(?:\r\n|[\r\n\x85\u2028\u2029]|\\Z)")


class FrontMatterError(InvalidRequest):
    """The front matter cannot be read; `line` counts the file's lines from 1."""

    def __init__(self, line: int, detail: str) -> None:
        super().__init__(f"Line {line} of the front matter: {detail}")
        self.line = line


@dataclass(frozen=True, slots=True)
class Page:
    """A file taken apart: `meta` in the file's order, and the text below it."""

    meta: Mapping[str, Value]
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    """A file cut in three; `head` holds both `---` lines' ends, `top` lines are between them.

    `gap` is the blank line that divides front matter and body, if there is one.
    """

    opening: str
    lines: tuple[str, ...]
    closing: str
    gap: str
    body: str

    @property
    def newline(self) -> str:
        return "\r\n" if self.opening.endswith("\r\n") else "\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """One key with its value and its lines `start` to `end` (excluded), counted from 0."""

    value: Value
    start: int
    end: int
    comment: str


def parse(text: str) -> Page:
    """Read a file's front matter and body.

    Without front matter the whole text is the body. One blank line after the front matter
    belongs to neither; the body of a file with CRLF comes with LF. Dates and times stay text.

    Raises FrontMatterError for what is no YAML map of plain values, for a key that stands twice,
    and for anchors, aliases and tags.
    """
    file = _split(text)
    if file is None:
        return Page({}, text)
    meta = {key: entry.value for key, entry in _entries(file.lines).items()}
    return Page(meta, _with_lf(file))


def render(meta: Mapping[str, Value], body: str) -> str:
    """Write a file such that `parse` gives back exactly `meta` and `body`.

    No front matter is written for an empty `meta`, unless the body would be taken for some.
    """
    if not meta and not body.startswith(_BOM) and _split(body) is None:
        return body
    lines = [line for key, value in meta.items() for line in write_entry(key, value)]
    return "\n".join(["---", *lines, "---", ""]) + (f"\n{body}" if body else "")


def update(
    text: str,
    changes: Mapping[str, Value],
    remove: Collection[str] = (),
    body: str | None = None,
) -> str:
    """Change only the named entries of a file, and its body if one is given.

    An entry that means the same already keeps its bytes; new keys are appended in their order;
    a comment behind a changed value stays. Without any change the same text comes back.

    Raises FrontMatterError as `parse` does.
    """
    file = _split(text)
    if file is None:
        added = {key: value for key, value in changes.items() if key not in remove}
        if body is not None and body != text:
            return render(added, body)
        return render(added, text.removeprefix(_BOM)) if added else text
    lines = _changed_lines(file, changes, remove)
    keeps_body = body is None or body == _with_lf(file)
    below = file.gap + file.body if keeps_body else _below(file, body or "")
    closing = file.closing
    if below and not closing.endswith("\n"):
        closing += file.newline
    return "".join([file.opening, *lines, closing, below])


def _changed_lines(
    file: _File, changes: Mapping[str, Value], remove: Collection[str]
) -> Iterator[str]:
    entries = _entries(file.lines)
    starts = {entry.start: key for key, entry in entries.items()}
    at = 0
    while at < len(file.lines):
        key = starts.get(at)
        entry = entries[key] if key is not None else None
        if key is None or entry is None:
            yield file.lines[at]
            at += 1
            continue
        if key in remove:
            pass
        elif key in changes and not same_value(entry.value, changes[key]):
            yield from _written(key, changes[key], entry.comment, file.newline)
        else:
            yield from file.lines[at : entry.end]
        at = entry.end
    for key, value in changes.items():
        if key not in entries and key not in remove:
            yield from _written(key, value, "", file.newline)


def _written(key: str, value: Value, comment: str, newline: str) -> list[str]:
    first, *others = write_entry(key, value)
    return [f"{line}{newline}" for line in (first + comment, *others)]


def _below(file: _File, body: str) -> str:
    gap = file.gap or file.newline
    written = body if file.newline == "\n" else re.sub("\r?\n", "\r\n", body)
    return gap + written if body else ""


def _with_lf(file: _File) -> str:
    return file.body if file.newline == "\n" else file.body.replace("\r\n", "\n")


def _split(text: str) -> _File | None:
    start = len(_BOM) if text.startswith(_BOM) else 0
    opening = _FENCE.match(text, start)
    if opening is None:
        return None
    closing = _CLOSING.search(text, opening.end())
    if closing is None:
        return None
    gap = re.compile(r"\r?\n").match(text, closing.end())
    below = gap.end() if gap else closing.end()
    return _File(
        opening=text[: opening.end()],
        lines=tuple(_LINE.findall(text[opening.end() : closing.start()])[:-1]),
        closing=closing[0],
        gap=gap[0] if gap else "",
        body=text[below:],
    )


def _entries(lines: tuple[str, ...]) -> dict[str, _Entry]:
    node = _composed("".join(lines))
    if node is None:
        return {}
    if not isinstance(node, yaml.MappingNode) or node.flow_style:
        raise FrontMatterError(2, "It must be a list of `key: value` lines.")
    _refuse_doubles(node)
    return {
        str(key.value): _Entry(
            value=read_value(value),
            start=key.start_mark.line,
            end=_last_line(value, key.end_mark.line, lines) + 1,
            comment=_comment(key, value, lines),
        )
        for key, value in node.value
    }


def _composed(text: str) -> yaml.Node | None:
    """The node tree, refused where it is not plain data."""
    try:
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            anchored = getattr(event, "anchor", None)
            tagged = getattr(event, "tag", None)
            if anchored or tagged:
                line = event.start_mark.line + 2 if event.start_mark else 2
                raise FrontMatterError(line, "Anchors, aliases and tags are not supported.")
        return yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line = mark.line + 2 if mark else 2
        raise FrontMatterError(line, "It is not valid YAML.") from error
    except yaml.YAMLError as error:
        raise FrontMatterError(2, "It is not valid YAML.") from error


def _refuse_doubles(node: yaml.Node) -> None:
    """Refuse a key that stands twice, or is more than a word, at any depth."""
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            _refuse_doubles(item)
    if not isinstance(node, yaml.MappingNode):
        return
    seen: set[str] = set()
    for key, value in node.value:
        line = key.start_mark.line + 2
        if not isinstance(key, yaml.ScalarNode):
            raise FrontMatterError(line, "A key must be plain text.")
        if key.value in seen:
            raise FrontMatterError(line, "This key stands twice.")
        seen.add(key.value)
        _refuse_doubles(value)


def _last_line(value: yaml.Node, key_line: int, lines: tuple[str, ...]) -> int:
    """The last line of a value, without the comments and blank lines that follow it.

    A collection's own end mark lies where the next entry starts, so its last leaf is asked.
    """
    while isinstance(value, yaml.CollectionNode) and value.value and not value.flow_style:
        last = value.value[-1]
        value = last[1] if isinstance(last, tuple) else last
    mark = value.end_mark
    if mark is None:
        return key_line
    line: int = mark.line if mark.column else mark.line - 1
    while line > key_line and not lines[line].strip():
        line -= 1
    return max(line, key_line)


def _comment(key: yaml.Node, value: yaml.Node, lines: tuple[str, ...]) -> str:
    """The comment behind a value that stands in its key's line, with the space before it."""
    end = value.end_mark
    if end is None or key.start_mark is None or end.line != key.start_mark.line:
        return ""
    rest = lines[end.line][end.column :]
    found = re.match(r"[ \t]+#[^\r\n]*", rest)
    return found[0] if found else ""
