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
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from typing import Final

from shared.errors import NexusError
from shared.voice.edit_block import BAD_EDIT, EditBlock, search_marks
from shared.voice.records import Intent
from shared.voice.reply_header import PROSE_ONLY, HeaderReader, named_path

MAX_REPLY_BYTES: Final = 240 * 1024
_HEAD_CHARS: Final = 64
_CODE_NEEDED = frozenset({Intent.CREATE, Intent.MODIFY, Intent.TEST})
_FENCE = re.compile(r"^ {0,3}(`{3,}(?=[^`]*$)|~{3,})")
_CLOSING = re.compile(r"^ {0,3}(`{3,}|~{3,})\s*$")
# The head of a line that may yet become a fence or a SEARCH marker.
_UNDECIDED = re.compile(r"^ {0,3}(?:`{0,2}|`{3}.*|~{0,2}|~{3}.*)$|^<{1,4}$|^<{5,}(?: ?S.*| )?$")
_ONE_FORM = (
    "Use either exactly one fenced block or SEARCH/REPLACE blocks, not both. Where the code itself "
    "has a line that begins with three backticks, fence it with more of them."
)


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
    EDIT = auto()
    BETWEEN = auto()  # after an edit that stands inside a fence


@dataclass(slots=True)
class ReplyParser:
    """Feed it text, forward its events, then `finish`.

    A line is held back only while it may still turn out to be protocol, so each character is
    copied a bounded number of times, whatever the chunks are.
    """

    fault: str | None = None
    header: Header | None = None
    _at: _At = _At.HEADER
    _size: int = 0
    _undecided: list[str] = field(default_factory=list)
    _head: str = ""
    _flowing: bool = False
    _reader: HeaderReader = field(default_factory=HeaderReader)
    _fence: str = ""
    _code: list[str] | None = None
    _prose: list[str] = field(default_factory=list)
    _held: list[str] = field(default_factory=list)
    _block: EditBlock | None = None
    _edits: list[Edit] = field(default_factory=list)

    def feed(self, text: str) -> list[ReplyEvent]:
        """Take the next piece; what can be shown of it. After a `fault` nothing more comes."""
        events: list[ReplyEvent] = []
        self._weigh(text)
        start = 0
        while self.fault is None and (end := text.find("\n", start)) >= 0:
            self._end_line(text[start:end], "\n", events)
            start = end + 1
        if self.fault is None and start < len(text):
            self._take_piece(text[start:], events)
        return events if self.fault is None else []

    def finish(self) -> tuple[list[ReplyEvent], Reply]:
        """The last events and the whole reply.

        Raises:
            MalformedReply: with the exact fault.
        """
        events: list[ReplyEvent] = []
        if self.fault is None and (self._undecided or self._flowing):
            self._end_line("", "", events)
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

    def _weigh(self, text: str) -> None:
        try:
            self._size += len(text.encode())
        except UnicodeEncodeError:
            self._fail("The reply holds half of a surrogate pair; write whole characters.")
        if self._size > MAX_REPLY_BYTES:
            self._fail(f"The reply is longer than {MAX_REPLY_BYTES} bytes.")

    def _check_end(self) -> None:
        if self._at in (_At.CODE, _At.BETWEEN):
            self._fail("The code block is not closed.")
        elif self._at is _At.EDIT:
            self._fail("A SEARCH/REPLACE block is not closed.")
        elif self._lacks_code and self.header:
            self._fail(f"Intent `{self.header.intent}` needs a fenced code block.")
        elif self._code and self.header and not (self.header.language or self.header.filename):
            self._fail("The header lines `language:` and `filename:` are missing.")

    @property
    def _lacks_code(self) -> bool:
        needed = self.header is not None and self.header.intent in _CODE_NEEDED
        return needed and self._code is None and not self._edits

    def _fail(self, fault: str) -> None:
        self.fault = self.fault or fault

    def _take_piece(self, piece: str, events: list[ReplyEvent]) -> None:
        """Take a part of a line whose end has not come; show it as soon as it is no protocol."""
        self._undecided.append(piece)
        if not self._flowing:
            self._head = (self._head + piece)[:_HEAD_CHARS]
            self._flowing = self._may_flow()
        if self._flowing:
            text = "".join(self._undecided)
            # A carriage return may belong to the end of the line.
            self._undecided = ["\r"] if text.endswith("\r") else []
            self._flow(text.removesuffix("\r"), events)

    def _end_line(self, piece: str, newline: str, events: list[ReplyEvent]) -> None:
        line = "".join((*self._undecided, piece))
        line = line.removesuffix("\r") + newline if newline else line
        flowing, self._flowing, self._head = self._flowing, False, ""
        self._undecided.clear()
        if flowing:
            self._flow(line, events)
        elif line:
            _HANDLERS[self._at](self, line, events)

    def _may_flow(self) -> bool:
        if self._at is _At.CODE:
            return not _UNDECIDED.match(self._head)
        if self._at is _At.AFTER and (self._prose or self._head.strip()):
            return self._prose_only or not _UNDECIDED.match(self._head)
        return False

    @property
    def _prose_only(self) -> bool:
        return self.header is not None and self.header.intent in PROSE_ONLY

    def _flow(self, text: str, events: list[ReplyEvent]) -> None:
        if text and self._at is _At.CODE:
            self._add_code(text, events)
        elif text:
            self._say(text, events)

    def _take_header(self, line: str, events: list[ReplyEvent]) -> None:
        if self._reader.take(line):
            if self._reader.complete:
                self._end_header(events)
            return
        self._end_header(events)
        if self.fault is None:
            _HANDLERS[self._at](self, line, events)

    def _end_header(self, events: list[ReplyEvent]) -> None:
        found = self._reader
        if found.fault is not None or found.intent is None:
            self._fail(found.fault or "")
            return
        self.header = Header(intent=found.intent, language=found.language, filename=found.filename)
        self._at = _At.AFTER if self._prose_only else _At.BODY
        events.append(self.header)

    def _take_body(self, line: str, events: list[ReplyEvent]) -> None:
        fence = _FENCE.match(line)
        if marks := search_marks(line):
            self._open_edit(marks, events)
        elif fence:
            self._fence = fence[1]
            self._read_tag(line[fence.end() :])
            self._at = _At.CODE
        elif self._held and not line.strip():
            self._held.append(line)
        else:
            self._release(events)
            self._held = [line]

    def _read_tag(self, rest: str) -> None:
        """Let the fence tell the language where the header does not."""
        tag = rest.split()
        if tag and self.header and self.header.language is None:
            self.header = replace(self.header, language=tag[0].lower())

    def _take_code(self, line: str, events: list[ReplyEvent]) -> None:
        marks = search_marks(line)
        inner = _FENCE.match(line)
        if self._closes(line):
            self._close_code(events)
        elif marks and self._code is None:
            self._open_edit(marks, events)
        elif marks or (inner and inner[1].startswith(self._fence)):
            self._fail(_ONE_FORM)
        else:
            self._add_code(line, events)

    def _add_code(self, text: str, events: list[ReplyEvent]) -> None:
        if self._edits:
            self._fail(_ONE_FORM)
            return
        self._release(events)
        self._code = [] if self._code is None else self._code
        self._code.append(text)
        events.append(CodeText(text))

    def _close_code(self, events: list[ReplyEvent]) -> None:
        if not any(text.strip() for text in self._code or ()):
            self._fail("The code block is empty.")
            return
        self._fence, self._at = "", _At.AFTER
        self._release(events)

    def _take_after(self, line: str, events: list[ReplyEvent]) -> None:
        if not self._prose_only and (search_marks(line) or _FENCE.match(line)):
            self._fail(_ONE_FORM)
            return
        self._say(line, events)

    def _take_edit(self, line: str, events: list[ReplyEvent]) -> None:
        """Of a change what it puts there is shown, not what it looks for."""
        block = self._block
        if block is None:
            return
        if block.take(line):
            events.append(CodeText(line))
        if block.broken:
            self._fail(BAD_EDIT)
        elif block.done:
            edit = Edit(path=block.path, search=block.search, replace=block.replace)
            self._edits.append(edit)
            self._at = _At.BETWEEN if self._fence else _At.BODY

    def _take_between(self, line: str, events: list[ReplyEvent]) -> None:
        if marks := search_marks(line):
            self._open_edit(marks, events)
        elif self._closes(line) and not self._held:
            self._fence, self._at = "", _At.BODY
        elif line.strip() and self._held:
            self._fail(BAD_EDIT)
        elif line.strip():
            self._held = [line]

    def _open_edit(self, marks: int, events: list[ReplyEvent]) -> None:
        named = named_path("".join(self._held))
        if named:
            self._held.clear()
        self._release(events)
        last = self._block.path if self._block else ""
        known = self.header.filename if self.header else None
        self._block = EditBlock(marks=marks, path=named or last or known or "")
        self._at = _At.EDIT
        if not self._block.path:
            self._fail("A SEARCH/REPLACE block needs its file's path on the line before it.")

    def _closes(self, line: str) -> bool:
        closing = _CLOSING.match(line)
        return closing is not None and closing[1].startswith(self._fence)

    def _release(self, events: list[ReplyEvent]) -> None:
        if self._held:
            text = "".join(self._held)
            self._held = []
            self._say(text, events)

    def _say(self, text: str, events: list[ReplyEvent]) -> None:
        if self._prose or text.strip():
            self._prose.append(text)
            events.append(ProseText(text))


_HANDLERS = {
    _At.HEADER: ReplyParser._take_header,
    _At.BODY: ReplyParser._take_body,
    _At.CODE: ReplyParser._take_code,
    _At.AFTER: ReplyParser._take_after,
    _At.EDIT: ReplyParser._take_edit,
    _At.BETWEEN: ReplyParser._take_between,
}
