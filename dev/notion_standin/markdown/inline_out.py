"""Runs of styled text to Markdown within a line.

What is written is read again and compared: marks where they hold, tags where they would not.
"""

import re
from functools import lru_cache
from itertools import groupby

from dev.notion_standin.markdown.inline_in import V1, V2, read_segments
from dev.notion_standin.markdown.segments import Segment
from dev.notion_standin.markdown.tags import APP, color_out, write_attributes

_MARKS = {"strikethrough": "~~", "bold": "**", "italic": "*"}
_TAGS = {"strikethrough": "s", "bold": "b", "italic": "i"}
_ORDER = ("link", "color", "underline", "strikethrough", "bold", "italic")
_ESCAPE_V1 = re.compile(r"[\\*~`$\[\]<>{}|^]")
_ESCAPE_V2 = re.compile(
    r"""[\\*`$\[\]]|(?<![^\W_])_|_(?![^\W_])|~(?=~)|(?<=~)~|<(?=[A-Za-z/!?])|&(?=\#?\w+;)"""
)
_LINE_START = re.compile(
    r"(?m)^(?:(#{1,6})(?=\s|$)|([-+])(?=\s|$)|(>)|(\|)|(\d{1,9})([.)])(?=\s|$)"
    r"|([-=:])(?=[-=:| \t]*$))"
)
_OUTER_BREAKS = re.compile(r"\A(?:\\\n)+|(?:\\\n)+\Z")
_EDGE = re.compile(r"^[^\S\n]+|[^\S\n]+$|(?<=\n)[^\S\n]+")


def write_segments(found: tuple[Segment, ...], dialect: str = V2, *, one_line: bool = False) -> str:
    """Write runs as Markdown; `one_line` writes line breaks as tags (cells, headings)."""
    return _written(found, dialect, one_line or dialect == V1)


@lru_cache(maxsize=4096)
def _written(found: tuple[Segment, ...], dialect: str, one_line: bool) -> str:
    choices = (_edges_filled, _edges_plain, _never) if dialect == V2 else (_always,)
    text = ""
    for marks in choices:
        text = _Writer(dialect, one_line, marks).write(found, list(_ORDER))
        text = text if dialect == V1 else _guard(text, one_line)
        if dialect == V1 or _reads_as(text, found):
            return text
    return text


def _reads_as(text: str, found: tuple[Segment, ...]) -> bool:
    names = {segment.key: segment.text for segment in found if segment.key}

    def name_of(kind: str, target: str) -> str:
        name = names.get(f"{kind}:{target}", "")
        return name.removeprefix("@") if kind == "user" else name

    read, images = read_segments(text, V2, name_of)
    return not images and [(s.text, s.style, s.key) for s in read] == [
        (s.text, s.style, s.key) for s in found
    ]


def _edges_filled(text: str) -> bool:
    return bool(text) and not text[0].isspace() and not text[-1].isspace()


def _edges_plain(text: str) -> bool:
    return bool(text) and text[0].isalnum() and text[-1].isalnum()


def _never(_text: str) -> bool:
    return False


def _always(_text: str) -> bool:
    return True


def _guard(text: str, one_line: bool) -> str:
    """Keep what stands at the start of a line from being read as a block, and edge spaces."""
    if one_line:
        return _EDGE.sub(_entities, text)
    # A backslash at the very end would be one of the text: there a break needs its tag.
    text = _OUTER_BREAKS.sub(lambda found: "<br />" * found.group().count("\n"), text)
    return guard_start(_EDGE.sub(_entities, text))


def guard_start(text: str) -> str:
    """Keep the start of lines from being read as a list, heading, quote, table or rule."""
    return _LINE_START.sub(_escape_start, text)


def _entities(found: re.Match[str]) -> str:
    return "".join(f"&#{ord(char)};" for char in found.group())


def _escape_start(found: re.Match[str]) -> str:
    if found.group(5):
        return f"{found.group(5)}\\{found.group(6)}"
    return f"\\{found.group()}"


class _Writer:
    def __init__(self, dialect: str, one_line: bool, marks: object) -> None:
        self._dialect, self._one_line, self._marks = dialect, one_line, marks

    def write(self, found: tuple[Segment, ...], order: list[str]) -> str:
        """Write runs, styles nested in one fixed order so that shared ones are written once."""
        if not order:
            return "".join(self._leaf(segment) for segment in found)
        written: list[str] = []
        for value, group in groupby(found, key=lambda segment: getattr(segment.style, order[0])):
            members = tuple(group)
            inner = self.write(members, order[1:])
            if order[0] == "link" and value and written and written[-1].endswith("!"):
                # Else the link would be read as an image.
                written[-1] = written[-1][:-1] + r"\!"
            written.append(self._styled(order[0], value, inner, members))
        return "".join(written)

    def _styled(self, name: str, value: object, inner: str, members: tuple[Segment, ...]) -> str:
        if value in (None, False, "default"):
            return inner
        if name == "link":
            return f"[{inner}]({_destination(str(value))})"
        if name == "color":
            return f'<span color="{color_out(str(value))}">{inner}</span>'
        if name == "underline":
            v1 = self._dialect == V1
            return f'<span underline="true">{inner}</span>' if v1 else f"<u>{inner}</u>"
        text = "".join(segment.text for segment in members)
        if self._marks(text):  # type: ignore[operator]
            return f"{_MARKS[name]}{inner}{_MARKS[name]}"
        return f"<{_TAGS[name]}>{inner}</{_TAGS[name]}>"

    def _leaf(self, segment: Segment) -> str:
        if segment.key == "equation":
            return "$" + segment.text.replace("$", r"\$") + "$"
        if segment.key:
            return _mention(segment, self._dialect)
        if segment.style.code:
            return _code(segment.text)
        return self._text(segment.text)

    def _text(self, text: str) -> str:
        if self._dialect == V1:
            return _ESCAPE_V1.sub(r"\\\g<0>", text).replace("\n", "<br>")
        escaped = _ESCAPE_V2.sub(r"\\\g<0>", text)
        return escaped.replace("\n", "<br />") if self._one_line else escaped.replace("\n", "\\\n")


def _code(text: str) -> str:
    """Write code between backticks, more of them than it holds in a row."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * (longest + 1)
    padded = text.startswith("`") or text.endswith("`")
    padded = padded or (text[:1] == " " and text[-1:] == " " and text.strip(" ") != "")
    return f"{fence} {text} {fence}" if padded else f"{fence}{text}{fence}"


def _destination(url: str) -> str:
    if re.fullmatch(r"[^\s()<>\\]+", url) and not re.search(r"&#?\w+;", url):
        return url
    return "<" + re.sub(r"[\\<>]|&(?=#?\w+;)", r"\\\g<0>", url.replace("\n", "")) + ">"


def _mention(segment: Segment, dialect: str) -> str:
    item = segment.item or {}
    kind = item["mention"]["type"]
    if kind == "date":
        return _date(item["mention"]["date"], dialect)
    target = str(item["mention"][kind]["id"])
    address = (
        f"{APP}{target.replace('-', '')}"
        if kind in ("page", "database")
        else (f"user://{target}" if kind == "user" else f"collection://{target}")
    )
    name = segment.text.removeprefix("@") if kind == "user" else segment.text
    label = re.sub("[<>\n]", " ", name)
    if dialect == V1:
        tag = f"mention-{kind.replace('_', '-')}"
        return f"<{tag}{write_attributes({'url': address})}>{label}</{tag}>"
    extra = {"url": address, "type": "database" if kind == "database" else None}
    return f"<mention{write_attributes(extra)}>{label}</mention>"


def _date(date: dict[str, str | None], dialect: str) -> str:
    new = dialect == V2
    given: dict[str, str | None] = {}
    for day, time in (("start", "start-time"), ("end", "end-time")):
        value = date.get(day)
        given[day] = value[:10] if value else None
        given[time if new else time.replace("-t", "T")] = (
            value[11:16] if value and len(value) > 10 else None
        )
    given["time-zone" if new else "timeZone"] = date.get("time_zone")
    tag = "date" if new else "mention-date"
    return f"<{tag}{write_attributes(given)} />" if new else f"<{tag}{write_attributes(given)}/>"
