"""A source file's text with plain line ends, and the way back to its own bytes."""

from dataclasses import dataclass
from typing import Final

from shared.text.sequence import align

_BOM: Final = "\ufeff"
_LFS: Final = b"version https://git-lfs.github.com/spec/"  # git-lfs: docs/spec.md


class NotText(ValueError):
    """The file is no text that could be edited; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceText:
    """A file as lines that each end in one newline, the last one too.

    `text`: without the byte order mark. `ends`: what each line ends in in the file; "" for a
    last line without an end. `content`: the file's bytes.
    """

    text: str
    bom: bool
    ends: tuple[str, ...]
    content: bytes

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
            text = content.decode("utf-8")
        except UnicodeDecodeError as exc:
            raise NotText("it is not UTF-8") from exc
        bom = text.startswith(_BOM)
        lines = text.removeprefix(_BOM).split("\n")
        ends = tuple("\r\n" if line.endswith("\r") else "\n" for line in lines[:-1])
        plain = [line.removesuffix("\r") for line in lines[:-1]]
        if lines[-1]:
            plain, ends = [*plain, lines[-1]], (*ends, "")
        text = "".join(f"{line}\n" for line in plain)
        return cls(text=text, bom=bom, ends=ends, content=content)

    def spell(self, text: str) -> bytes:
        """The bytes of the file with another text, whose lines end in plain newlines.

        Lines that stay keep their ends, new ones get the file's usual end; the mark at its
        beginning and the missing end of its last line stay so too.
        """
        if text == self.text:
            return self.content
        body = text.removeprefix(_BOM)
        lines = body.removesuffix("\n").split("\n") if body else []
        ends = self._ends_of(lines)
        if lines and self.ends and self.ends[-1] == "":
            ends[-1] = ""
        spelled = "".join(line + end for line, end in zip(lines, ends, strict=True))
        return ((_BOM if self.bom else "") + spelled).encode("utf-8")

    def _ends_of(self, lines: list[str]) -> list[str]:
        usual = "\r\n" if self.ends.count("\r\n") > self.ends.count("\n") else "\n"
        ends = [usual] * len(lines)
        if len({*self.ends} - {""}) > 1:
            for old, new in align(self.text.split("\n")[:-1], lines):
                ends[new] = self.ends[old] or usual
        return ends
