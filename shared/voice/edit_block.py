"""SEARCH/REPLACE blocks: how a reply tells a change of a file."""

import re
from dataclasses import dataclass, field
from typing import Final

_SEARCH = re.compile(r"^(<{5,}) ?SEARCH>?\s*$")
_REPLACE = re.compile(r"^(>{5,}) ?REPLACE\s*$")
BAD_EDIT: Final = (
    "A SEARCH/REPLACE block is one `<<<<<<< SEARCH`, one `=======` and one `>>>>>>> REPLACE` line, "
    "in this order; where the code has such lines, make all three longer, up to nine characters."
)


@dataclass(slots=True, kw_only=True)
class EditBlock:
    """One block under way; `marks` is the length of its three marker lines.

    Only lines of exactly that length divide it, so code may hold shorter or longer ones, and a
    line that could be read in two ways makes the block `broken` rather than wrong.
    """

    marks: int
    path: str
    done: bool = False
    broken: bool = False
    _parts: tuple[list[str], list[str]] = field(default_factory=lambda: ([], []))
    _divided: bool = False

    @property
    def search(self) -> str:
        """The text to look for."""
        return "".join(self._parts[0])

    @property
    def replace(self) -> str:
        """The text to put there."""
        return "".join(self._parts[1])

    def take(self, line: str) -> bool:
        """Take the next line after the SEARCH marker; whether it is text to put there."""
        end = _REPLACE.match(line)
        ends = end is not None and len(end[1]) == self.marks
        divides = line.rstrip() == "=" * self.marks
        if divides and not self._divided:
            self._divided = True
        elif ends and self._divided:
            self.done = True
        elif divides or ends or search_marks(line) == self.marks:
            self.broken = True
        else:
            self._parts[self._divided].append(line)
            return self._divided
        return False


def search_marks(line: str) -> int:
    """The length of a SEARCH marker; 0 if the line is none."""
    match = _SEARCH.match(line)
    return len(match[1]) if match else 0
