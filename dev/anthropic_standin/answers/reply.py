"""The reply protocol of the product: header lines, one fenced block, prose."""

import re
from dataclasses import dataclass

from dev.anthropic_standin.answers.classify import Intent

_HEADER = re.compile(r"^(intent|language|filename):[ \t]*(.*)$", re.MULTILINE)
_FENCE = re.compile(r"^(`{3,})(\w*)[^\n]*\n(.*?)^\1[ \t]*$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Block:
    """A SEARCH/REPLACE block: whole lines of a file and what comes in their place."""

    path: str
    search: str
    replace: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One reply; `code` is the whole new content of the file, None where the intent has none.

    `edits` change files of a connected repository instead.
    """

    intent: Intent
    explanation: str
    language: str | None = None
    filename: str | None = None
    code: str | None = None
    edits: tuple[Block, ...] = ()

    def render(self) -> str:
        """Write the reply as the product's protocol asks for it."""
        header = [f"intent: {self.intent}"]
        header += [f"language: {self.language}"] if self.language else []
        header += [f"filename: {self.filename}"] if self.filename else []
        parts = ["\n".join(header)]
        if self.code is not None:
            fence = _fence_for(self.code)
            parts.append(f"{fence}{self.language or ''}\n{self.code.rstrip()}\n{fence}")
        parts += [_render_block(block) for block in self.edits]
        parts.append(self.explanation)
        return "\n\n".join(parts) + "\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """What an earlier reply of the conversation held."""

    intent: str
    language: str | None
    filename: str | None
    code: str | None


def read_reply(text: str) -> Earlier:
    """Read a reply of the protocol leniently: what is missing is None."""
    fence = _FENCE.search(text)
    head = text[: fence.start()] if fence else text
    fields = {match[1]: match[2].strip() for match in _HEADER.finditer(head)}
    return Earlier(
        intent=fields.get("intent", ""),
        language=fields.get("language") or (fence[2] if fence and fence[2] else None),
        filename=fields.get("filename") or None,
        code=fence[3] if fence else None,
    )


def _fence_for(code: str) -> str:
    longest = max((len(run) for run in re.findall(r"`{3,}", code)), default=2)
    return "`" * (longest + 1)


def _render_block(block: Block) -> str:
    """A block whose marker lines are of another length than any in its code."""
    size = next(
        count
        for count in (7, 8, 9, 6, 5)
        if not re.search(rf"^(={{{count}}}\s*$|<{{{count}}} ?SEARCH|>{{{count}}} ?REPLACE)",
                         block.search + block.replace, re.MULTILINE)
    )  # fmt: skip
    head = f"{block.path}\n{'<' * size} SEARCH\n{block.search}{'=' * size}\n"
    return f"{head}{block.replace}{'>' * size} REPLACE"
