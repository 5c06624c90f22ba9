"""How the fake Notion writes Markdown back: not as it was sent, but always the same way.

What Notion is known to change when it stores Markdown: the sign of bullets and of emphasis, the
numbers of lists, blank lines at the ends and doubled ones. Entities stay as they are.
"""

import re

_TOUCHED = re.compile(r"[*+_]|^[ \t]*\d+[.)] |\n[ \t]*\n[ \t]*\n|^\s|\s$|[ \t]\n", re.MULTILINE)
_FENCE = re.compile(r"^\s*(```+|~~~+)")
_BULLET = re.compile(r"^(\s*)[*+] (?=\S)")
_NUMBERED = re.compile(r"^(\s*)\d+[.)] (?=\S)")
_EMPHASIS = re.compile(r"(?<![\w\\])_([^_\s](?:[^_]*[^_\s\\])?)_(?!\w)")


def rewrite_markdown(markdown: str) -> str:
    """Give the Markdown that is read after `markdown` was written; this is idempotent."""
    if not _TOUCHED.search(markdown):
        return markdown
    lines: list[str] = []
    numbers: dict[int, int] = {}
    fence = ""
    for line in markdown.split("\n"):
        mark = _FENCE.match(line)
        if fence:
            lines.append(line)
            if mark and line.strip() == mark[1] and mark[1].startswith(fence):
                fence = ""
        elif mark:
            fence = mark[1]
            lines.append(line)
        elif line.strip():
            lines.append(_rewrite_line(line.rstrip(), numbers))
        elif lines and lines[-1]:
            lines.append("")
    return "\n".join(lines).strip("\n")


def _rewrite_line(line: str, numbers: dict[int, int]) -> str:
    """Rewrite one line outside code; `numbers`: the last number of each indent's list so far."""
    item = _NUMBERED.match(line)
    indent = len(item[1]) if item else len(line) - len(line.lstrip())
    for other in [other for other in numbers if other > indent or (other == indent and not item)]:
        del numbers[other]
    if item:
        numbers[indent] = numbers.get(indent, 0) + 1
        line = f"{item[1]}{numbers[indent]}. {line[item.end() :]}"
    parts = _BULLET.sub(r"\1- ", line).split("`")
    parts[::2] = [_EMPHASIS.sub(r"*\1*", part) for part in parts[::2]]
    return "`".join(parts)
