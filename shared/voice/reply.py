"""The reply protocol, read as it streams.

    intent: create
    language: python
    filename: add.py

    ```python
    def add(a, b):
        return a + b
    ```

    Adds two numbers.

Header lines, then one fenced block with a file's whole new content, or SEARCH/REPLACE blocks for
changes, then prose. Plain text rather than JSON, because code then streams without unescaping
and a cut reply is seen at once. `ReplyParser` takes any chunking and shows no protocol text.
"""

import re
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Final

from shared.errors import NexusError
from shared.voice.records import Intent

MAX_REPLY_BYTES: Final = 240 * 1024
_PROSE_ONLY = frozenset({Intent.EXPLAIN, Intent.UNDO, Intent.CANCEL, Intent.UNCLEAR})
_CODE_NEEDED = frozenset({Intent.CREATE, Intent.MODIFY, Intent.TEST})
_HEADER = re.compile(r"^[\s*_#>-]*(intent|language|filename)[\s*_]*:[\s*_]*(.*)$", re.IGNORECASE)
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})[ \t]*([\w+#.-]*)")
_SEARCH = re.compile(r"^<{5,9} ?SEARCH>?\s*$")
_DIVIDER = re.compile(r"^={5,9}\s*$")
_REPLACE = re.compile(r"^>{5,9} ?REPLACE\s*$")
_NOTHING = frozenset({"", "none", "null", "n/a", "-"})


class MalformedReply(NexusError):
    """The reply does not follow the protocol; `detail` tells the model what to mend."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What the reply is about; comes first and once."""

    intent: Intent
    language: str | None
    filename: str | None


@dataclass(frozen=True, slots=True)
class CodeText:
    """The next piece of the code."""

    text: str


@dataclass(frozen=True, slots=True)
class ProseText:
    """The next piece of the explanation."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """Replace `search`, which must stand once in `path`, by `replace`."""

    path: str
    search: str
    replace: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A whole reply; `code` is None where there was no fenced block."""

    header: Header
    code: str | None
    edits: tuple[Edit, ...]
    explanation: str


ReplyEvent = Header | CodeText | ProseText


class _At(Enum):
    HEADER = auto()
    BODY = auto()
    CODE = auto()
    AFTER = auto()
    SEARCH = auto()
    REPLACE = auto()


@dataclass(slots=True)
class ReplyParser:
    """Feed it text, forward its events, then `finish`."""

    fault: str | None = None
    header: Header | None = None
    _at: _At = _At.HEADER
    _line: str = ""
    _shown: int = 0
    _size: int = 0
    _fields: dict[str, str] = field(default_factory=dict)
    _fence: str = ""
    _code: list[str] | None = None
    _prose: list[str] = field(default_factory=list)
    _held: str = ""
    _search: list[str] = field(default_factory=list)
    _replace: list[str] = field(default_factory=list)
    _path: str = ""
    _edits: list[Edit] = field(default_factory=list)

    def feed(self, text: str) -> list[ReplyEvent]:
        """Take the next piece; what can be shown of it. After a `fault` nothing more comes."""
        events: list[ReplyEvent] = []
        self._size += len(text.encode())
        if self._size > MAX_REPLY_BYTES:
            self._fail(f"The reply is longer than {MAX_REPLY_BYTES} bytes.")
        *whole, rest = (self._line + text).split("\n")
        for line in whole:
            self._take(line.removesuffix("\r") + "\n", events)
        self._line = rest
        self._show_partial(events)
        return events if self.fault is None else []

    def finish(self) -> tuple[list[ReplyEvent], Reply]:
        """The last events and the whole reply.

        Raises:
            MalformedReply: with the exact fault.
        """
        events: list[ReplyEvent] = []
        if self._line:
            line, self._line = self._line, ""
            self._take(line, events)
        if self._at is _At.HEADER and self.fault is None:
            self._end_header(events)
        self._release(events)
        self._check_end()
        if self.fault is not None or self.header is None:
            raise MalformedReply(self.fault or "The reply is empty.")
        code = None if self._code is None else "".join(self._code)
        prose = "".join(self._prose).strip()
        reply = Reply(header=self.header, code=code, edits=tuple(self._edits), explanation=prose)
        return events, reply

    def _check_end(self) -> None:
        if self._at is _At.CODE:
            self._fail("The code block is not closed.")
        elif self._at in (_At.SEARCH, _At.REPLACE):
            self._fail("A SEARCH/REPLACE block is not closed.")
        elif self.header and self.header.intent in _CODE_NEEDED and not self._has_code:
            self._fail(f"Intent `{self.header.intent}` needs a fenced code block.")

    @property
    def _has_code(self) -> bool:
        return bool(self._edits) or bool(self._code and "".join(self._code).strip())

    def _fail(self, fault: str) -> None:
        self.fault = self.fault or fault

    def _take(self, line: str, events: list[ReplyEvent]) -> None:
        if self.fault is None:
            _HANDLERS[self._at](self, line, events)
        self._shown = 0

    def _take_header(self, line: str, events: list[ReplyEvent]) -> None:
        match = _HEADER.match(line)
        if match:
            self._fields.setdefault(match[1].lower(), match[2].strip(" \t\r\n*_`\"'"))
        elif line.strip():
            self._end_header(events)
            self._take(line, events)
        elif self._fields:
            self._end_header(events)

    def _end_header(self, events: list[ReplyEvent]) -> None:
        intent = self._fields.get("intent", "").lower()
        if intent not in set(Intent):
            known = ", ".join(Intent)
            self._fail(f"The reply must begin with `intent:` and one of {known}.")
            return
        language, filename = (
            None if value.lower() in _NOTHING else value
            for value in (self._fields.get("language", ""), self._fields.get("filename", ""))
        )
        language = language.lower() if language else None
        self.header = Header(intent=Intent(intent), language=language, filename=filename)
        self._at = _At.AFTER if self.header.intent in _PROSE_ONLY else _At.BODY
        events.append(self.header)

    def _take_body(self, line: str, events: list[ReplyEvent]) -> None:
        fence = _FENCE.match(line)
        if _SEARCH.match(line):
            self._open_search()
        elif fence:
            self._fence = fence[1]
            self._at = _At.CODE
            self._code = []
        else:
            self._release(events)
            self._held = line

    def _take_code(self, line: str, events: list[ReplyEvent]) -> None:
        if self._closes(line):
            self._at = _At.BODY if self._edits else _At.AFTER
            self._release(events)
        elif not self._code and not self._shown and _SEARCH.match(line):
            self._code = None
            self._open_search()
        elif self._code is not None:
            self._release(events)
            self._code.append(line)
            events.append(CodeText(line[self._shown :]))

    def _take_after(self, line: str, events: list[ReplyEvent]) -> None:
        if _SEARCH.match(line) and self.header and self.header.intent not in _PROSE_ONLY:
            self._fail("Use either one fenced block or SEARCH/REPLACE blocks, not both.")
            return
        self._say(line, events)

    def _take_search(self, line: str, _events: list[ReplyEvent]) -> None:
        if _DIVIDER.match(line):
            self._at = _At.REPLACE
        else:
            self._search.append(line)

    def _take_replace(self, line: str, _events: list[ReplyEvent]) -> None:
        if not _REPLACE.match(line):
            self._replace.append(line)
            return
        self._edits.append(
            Edit(
                path=self._path,
                search="".join(self._search),
                replace="".join(self._replace),
            )
        )
        self._at = _At.CODE if self._fence else _At.BODY
        if self._fence:
            self._code = None

    def _open_search(self) -> None:
        named = self._held.strip().strip("`*:# ")
        known = self.header.filename if self.header else None
        self._path = named or self._path or known or ""
        self._held = ""
        self._search, self._replace = [], []
        self._at = _At.SEARCH
        if not self._path:
            self._fail("A SEARCH/REPLACE block needs its file's path on the line before it.")

    def _closes(self, line: str) -> bool:
        bare = line.strip()
        return bare != "" and len(bare) >= len(self._fence) and set(bare) == {self._fence[0]}

    def _release(self, events: list[ReplyEvent]) -> None:
        held, self._held = self._held, ""
        if held:
            self._say(held, events)

    def _say(self, line: str, events: list[ReplyEvent]) -> None:
        if not self._prose and not line.strip():
            return
        self._prose.append(line)
        if line[self._shown :]:
            events.append(ProseText(line[self._shown :]))

    def _show_partial(self, events: list[ReplyEvent]) -> None:
        """Show the part of an unfinished line that can no longer turn out to be protocol."""
        text = self._line[self._shown :].removesuffix("\r")
        if self.fault is not None or not text or self._may_be_protocol():
            return
        if self._at is _At.CODE and self._code is not None:
            self._release(events)
            events.append(CodeText(text))
        elif self._at is _At.AFTER and (self._prose or self._line.strip()):
            events.append(ProseText(text))
        else:
            return
        self._shown += len(text)

    def _may_be_protocol(self) -> bool:
        start = self._line.lstrip()
        if self._shown:
            return False
        marks = "<" if self._at is _At.AFTER else (self._fence[:1] or "`") + "<"
        return not start or start[0] in marks


_HANDLERS = {
    _At.HEADER: ReplyParser._take_header,
    _At.BODY: ReplyParser._take_body,
    _At.CODE: ReplyParser._take_code,
    _At.AFTER: ReplyParser._take_after,
    _At.SEARCH: ReplyParser._take_search,
    _At.REPLACE: ReplyParser._take_replace,
}
