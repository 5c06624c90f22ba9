"""A source file's text with plain line ends, and the way back to its own bytes."""

from dataclasses import dataclass, replace
from typing import Final

from shared.text.sequence import align

_BOM: Final = "\ufeff"
_LFS: Final = b"version https://git-lfs.github.com/spec/"  # git-lfs: docs/spec.md


class NotText(ValueError):
    """The file is no text that could be edited; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceText:
    """A file as lines that each end in one newline, the last one too.

    `text`: without the byte order mark. `usual`: what most of its lines end in. `ends`: what each
    line ends in; None where that is `usual` for all. `ended`: whether the last line has an end.
    """

    text: str
    usual: str
    ends: tuple[str, ...] | None
    ended: bool
    bom: bool

    @classmethod
    def read(cls, content: bytes) -> "SourceText":
        """Read a file's content.

        Raises:
            NotText: it is binary, not UTF-8, or stands for a large file (Git LFS).
        """
        if content.startswith(_LFS):
            raise NotText("it stands for a file in Git LFS")
        if b"\0" in content:
            raise NotText("it is binary")
        try:
            raw = content.decode("utf-8")
        except UnicodeDecodeError as exc:
            raise NotText("it is not UTF-8") from exc
        text = raw.removeprefix(_BOM)
        if text.endswith("\r"):
            raise NotText("its last line ends in half of a line end")
        returns, lines = text.count("\r\n"), text.count("\n")
        usual = "\r\n" if returns * 2 > lines else "\n"
        ended = not text or text.endswith("\n")
        whole = text if ended else text + usual
        ends = None
        if 0 < returns < lines:
            ends = tuple("\r\n" if line.endswith("\r") else "\n" for line in whole.split("\n")[:-1])
        plain = whole.replace("\r\n", "\n") if usual == "\r\n" or returns else whole
        return cls(text=plain, usual=usual, ends=ends, ended=ended, bom=text != raw)

    def put(self, start: int, end: int, new: str) -> "SourceText":
        """The text with other lines in the place of characters `start` to `end` (excluded).

        Both are whole lines. Lines that stay keep their ends; new ones get the usual end.
        """
        text = self.text[:start] + new + self.text[end:]
        if self.ends is None:
            return replace(self, text=text)
        first = self.text.count("\n", 0, start)
        old = self.text[start:end].split("\n")[:-1]
        fresh = new.split("\n")[:-1]
        ends = [self.usual] * len(fresh)
        for before, after in align(old, fresh):
            ends[after] = self.ends[first + before]
        last = first + len(old)
        return replace(self, text=text, ends=(*self.ends[:first], *ends, *self.ends[last:]))

    def spell(self) -> bytes:
        """The bytes of the file."""
        if self.ends is None:
            spelled = self.text if self.usual == "\n" else self.text.replace("\n", self.usual)
        else:
            lines = self.text.split("\n")
            spelled = "".join(line + end for line, end in zip(lines, self.ends, strict=False))
        if not self.ended and spelled:
            last = self.usual if self.ends is None else self.ends[-1]
            spelled = spelled.removesuffix(last)
        return ((_BOM if self.bom else "") + spelled).encode("utf-8")
