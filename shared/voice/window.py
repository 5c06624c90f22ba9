"""The context window: a user's last ten commands, across sessions and devices, as one document."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any, Final, Self

WINDOW_SIZE: Final = 10
MAX_COMMAND_BYTES: Final = 16 * 1024
_MAX_EXPLANATION_BYTES: Final = 4096
_MAX_NAME_BYTES: Final = 1024
_CUT_MARK: Final = "\n… (cut)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A finished command as the model remembers it; `code` is empty where there was none."""

    interaction_id: str
    at: datetime
    transcript: str
    intent: str
    language: str | None
    filename: str | None
    code: str
    explanation: str

    @property
    def is_cut(self) -> bool:
        """Whether the window holds only the beginning of the code."""
        return self.code.endswith(_CUT_MARK)

    @property
    def size(self) -> int:
        """Bytes of the command as a map, field names among them.

        Counted as in https://firebase.google.com/docs/firestore/storage-size.
        """
        sizes = [len(f.name) + 1 + _size(getattr(self, f.name)) for f in fields(self)]
        return 32 + sum(sizes)

    def to_map(self) -> dict[str, Any]:
        """The command as a map of a document."""
        return {f.name: getattr(self, f.name) for f in fields(self)}

    def shown(self) -> dict[str, Any]:
        """The command as clients see it: as in `GET /voice/context`."""
        shown = self.to_map()
        del shown["explanation"]
        shown["code"] = self.code or None
        shown["at"] = self.at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return shown

    @classmethod
    def from_map(cls, data: Mapping[str, Any]) -> Self:
        """Read a map that `to_map` made."""
        return cls(**{f.name: data[f.name] for f in fields(cls)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The commands, oldest first, at most `WINDOW_SIZE`.

    `count` rises with each change. `cleared_at`: history from before it is erased.
    """

    commands: tuple[Command, ...] = ()
    count: int = 0
    cleared_at: datetime | None = None

    def add(self, command: Command) -> Self:
        """The window after a command: the same one replaced, the eleventh pushes the first out."""
        kept = [c for c in self.commands if c.interaction_id != command.interaction_id]
        kept.append(_fit(command))
        return replace(self, commands=tuple(kept[-WINDOW_SIZE:]), count=self.count + 1)

    def drop(self, interaction_id: str) -> Self:
        """The window without the command of an interaction."""
        kept = tuple(c for c in self.commands if c.interaction_id != interaction_id)
        return replace(self, commands=kept, count=self.count + 1)

    def clear(self, at: datetime) -> Self:
        """The empty window of a user who erased their history at `at`."""
        return replace(self, commands=(), count=self.count + 1, cleared_at=at)

    def to_document(self) -> dict[str, Any]:
        """The fields of `users/{uid}/state/context`."""
        return {
            "commands": [command.to_map() for command in self.commands],
            "count": self.count,
            "history_cleared_at": self.cleared_at,
        }

    @classmethod
    def from_document(cls, data: Mapping[str, Any] | None) -> Self:
        """Read the document; none is an empty window."""
        if data is None:
            return cls()
        return cls(
            commands=tuple(Command.from_map(c) for c in data.get("commands", ())),
            count=data.get("count", 0),
            cleared_at=data.get("history_cleared_at"),
        )


def window_path(uid: str) -> str:
    """Where a user's window lies."""
    return f"users/{uid}/state/context"


def _fit(command: Command) -> Command:
    """Cut what is too long: the code first, then the explanation, then the transcript."""
    named = replace(
        command,
        language=_short(command.language),
        filename=_short(command.filename),
        transcript="",
        explanation="",
        code="",
    )
    room = MAX_COMMAND_BYTES - named.size
    transcript = _cut(command.transcript, room)
    room -= len(transcript.encode())
    explanation = _cut(command.explanation, min(_MAX_EXPLANATION_BYTES, room))
    room -= len(explanation.encode())
    code = _cut(command.code, room)
    return replace(named, transcript=transcript, explanation=explanation, code=code)


def _short(name: str | None) -> str | None:
    """A name, if it is one."""
    return None if name is None or len(name.encode()) > _MAX_NAME_BYTES else name


def _size(value: str | datetime | None) -> int:
    if isinstance(value, str):
        return len(value.encode()) + 1
    return 1 if value is None else 8


def _cut(text: str, size: int) -> str:
    encoded = text.encode()
    if len(encoded) <= size:
        return text
    room = max(size - len(_CUT_MARK.encode()), 0)
    return encoded[:room].decode(errors="ignore") + (_CUT_MARK if room else "")
