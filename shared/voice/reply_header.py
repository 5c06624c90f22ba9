"""The header lines of a reply: `intent`, `language`, `filename`, as models write them."""

import re
from dataclasses import dataclass, field
from typing import Final

from shared.voice.records import Intent

PROSE_ONLY: Final = frozenset({Intent.EXPLAIN, Intent.UNDO, Intent.CANCEL, Intent.UNCLEAR})
_MAX_FIELD_CHARS: Final = 300
_NAMES = frozenset({"intent", "language", "filename"})
_LINE = re.compile(r"^[\s*_#>-]*(intent|language|filename)[\s*_]*:[\s*]*(.*)$", re.IGNORECASE)
_NOTHING = frozenset({"", "none", "null", "n/a", "-"})


@dataclass(slots=True)
class HeaderReader:
    """Collects header lines; the first line of each name counts."""

    _fields: dict[str, str] = field(default_factory=dict)
    _spaced: bool = False

    def take(self, line: str) -> bool:
        """Take a header line or an empty one; False if the line belongs to what follows."""
        match = _LINE.match(line)
        if match and self._is_field(match[1].lower(), match[2]):
            self._fields.setdefault(match[1].lower(), match[2].strip(" \t\r\n*`\"'"))
            return True
        self._spaced = self._spaced or bool(self._fields)
        return not line.strip()

    @property
    def complete(self) -> bool:
        """Whether an empty line has come and nothing more can follow.

        Models sometimes put empty lines between the header lines of code.
        """
        return self._spaced and (self._fields.keys() >= _NAMES or self.intent in PROSE_ONLY)

    @property
    def fault(self) -> str | None:
        """What is wrong with the header, as the model is told; None if it can be used."""
        if self.intent is None:
            return f"The reply must begin with `intent:` and one of {', '.join(Intent)}."
        if any(len(value) > _MAX_FIELD_CHARS for value in self._fields.values()):
            return f"A header line is longer than {_MAX_FIELD_CHARS} characters."
        return None

    @property
    def intent(self) -> Intent | None:
        """The intent; None if there is none, or none that is known."""
        value = self._fields.get("intent", "").strip("_").lower()
        return Intent(value) if value in set(Intent) else None

    @property
    def language(self) -> str | None:
        """The language in lower case."""
        return _or_none(self._fields.get("language", "").strip("_").lower())

    @property
    def filename(self) -> str | None:
        """The path as given, without a leading `./`."""
        return _or_none(self._fields.get("filename", "").removeprefix("./"))

    def _is_field(self, name: str, value: str) -> bool:
        """After an empty line only a bare value of a missing field still counts."""
        return not self._spaced or (name not in self._fields and len(value.split()) == 1)


def named_path(line: str) -> str:
    """The path that a line before a change names; empty if the line is prose."""
    line = line.strip()
    match = _LINE.match(line)
    name = (match[2] if match else line).strip("`*:# \"'").removeprefix("./")
    a_path = "." in name or "/" in name or not line.endswith(":")
    return name if a_path and len(name.split()) == 1 else ""


def _or_none(value: str) -> str | None:
    return None if value.lower() in _NOTHING else value
