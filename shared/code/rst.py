"""The reStructuredText that stands in Python's docstrings, as Markdown."""

import re
from collections.abc import Iterator
from typing import Final

_TITLED_ROLE = re.compile(r":(?:[\w+-]+:)?[\w+-]+:`([^`<]+?)\s*<[^`>]*>`")
_ROLE = re.compile(r":(?:[\w+-]+:)?[\w+-]+:`([~!]?)([^`]+)`")
_LITERAL = re.compile(r"``([^`\n]+)``")
_LINK = re.compile(r"`([^`<]+?)\s*<(https?://[^`>\s]+)>`__?")
_DIRECTIVE = re.compile(r"\.\.\s+([\w-]+)::\s*(.*)")
_TARGET = re.compile(r"\.\.\s+(?:_[^:]+:.*|\[[^\]]+\].*)?$")
_OPTION = re.compile(r"\s+:[\w-]+:")
_MARKDOWN_FENCE = re.compile(r"(`{3,}|~{3,})")
_CODE: Final = frozenset(
    {"code", "code-block", "sourcecode", "doctest", "testcode", "parsed-literal"}
)
_VERSIONS: Final = {
    "versionadded": "New in",
    "versionchanged": "Changed in",
    "deprecated": "Deprecated since",
}


def markdown(text: str) -> str:
    """Spell a docstring's text as Markdown: roles, literals, links, directives and code blocks.

    What is Markdown already stays; interpreter sessions (`>>>`) and indented code become fenced
    blocks. Roles and directives: https://docutils.sourceforge.io/docs/ref/rst/
    """
    return "\n".join(_lines(text.split("\n"))).strip("\n")


def is_session(paragraph: str) -> bool:
    """Whether a paragraph is an interpreter session."""
    return paragraph.lstrip().startswith(">>>")


def fenced(code: str, language: str = "") -> str:
    """A fenced block that holds the code whatever backticks are in it."""
    longest = max((len(run) for run in re.findall(r"`{3,}", code)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{code}\n{fence}"


def _lines(lines: list[str]) -> Iterator[str]:
    at = 0
    while at < len(lines):
        line = lines[at]
        bare = line.strip()
        if fence := _MARKDOWN_FENCE.match(bare):
            end = _fence_end(lines, at, fence[1])
            yield from lines[at:end]
        elif bare.startswith(">>>"):
            end = next((i for i in range(at, len(lines)) if not lines[i].strip()), len(lines))
            yield fenced(_dedented(lines[at:end]), "pycon")
        elif directive := _DIRECTIVE.fullmatch(bare):
            end = _indented_end(lines, at)
            yield from _directive(directive[1], directive[2], lines[at + 1 : end])
        elif _TARGET.fullmatch(bare) and bare.startswith(".."):
            end = _indented_end(lines, at)
        elif bare.endswith("::") and _indented_end(lines, at) > at + 1:
            end = _indented_end(lines, at)
            if bare != "::":
                yield _inline(line.rstrip()[:-1])
            yield from ("", fenced(_dedented(lines[at + 1 : end])), "")
        else:
            end = at + 1
            yield _inline(line)
        at = end


def _fence_end(lines: list[str], at: int, fence: str) -> int:
    closing = (i for i in range(at + 1, len(lines)) if lines[i].strip().startswith(fence))
    return next(closing, len(lines) - 1) + 1


def _directive(name: str, argument: str, body: list[str]) -> Iterator[str]:
    while body and _OPTION.match(body[0]):
        body = body[1:]
    inside = _dedented(body)
    if name in _CODE:
        yield from ("", fenced(inside, argument.strip()), "")
        return
    if name in _VERSIONS:
        version, _, rest = argument.partition(" ")
        text = " ".join(part for part in (rest, inside) if part)
        yield f"**{_VERSIONS[name]} {version}{':' if text else '.'}** {_inline(text)}".rstrip()
        return
    title = name.replace("-", " ").capitalize()
    yield f"**{title}:** {_inline(argument)}".rstrip()
    if inside:
        yield from ("", *_lines(inside.split("\n")))


def _inline(line: str) -> str:
    if "`" not in line:
        return line
    line = _LINK.sub(r"[\1](\2)", line)
    line = _TITLED_ROLE.sub(r"`\1`", line)
    line = _ROLE.sub(_short, line)
    return _LITERAL.sub(r"`\1`", line)


def _short(role: re.Match[str]) -> str:
    mark, target = role.groups()
    return f"`{target.rsplit('.', 1)[-1] if mark == '~' else target}`"


def _indented_end(lines: list[str], at: int) -> int:
    """The line after those that stand further in than this one."""
    indent = _indent(lines[at])
    end = at + 1
    for i in range(at + 1, len(lines)):
        if lines[i].strip():
            if _indent(lines[i]) <= indent:
                break
            end = i + 1
    return end


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _dedented(lines: list[str]) -> str:
    least = min((_indent(line) for line in lines if line.strip()), default=0)
    return "\n".join(line[least:].rstrip() for line in lines).strip("\n")
