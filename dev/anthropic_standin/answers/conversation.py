"""What the conversation holds: earlier code, and which of it a command means."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from dev.anthropic_standin.answers import javascript, python_source
from dev.anthropic_standin.answers.reply import read_reply
from dev.anthropic_standin.answers.speech import normalise

_BEFORE = re.compile(
    r"\b(?:function|class|one|code|method|thing) before\b|\bprevious (?:function|"
    r"class|one|code)\b|\bearlier (?:function|class|one)\b|\bbefore (?:that|last)\b"
)
_FIRST = re.compile(r"\bfirst (?:function|class|one)\b|\boriginal (?:function|class)\b")
_AGAIN = "Answer the same command again"
_EDITS = re.compile(r"^<{5,9} ?SEARCH", re.MULTILINE)
_FENCED = re.compile(r"^(`{3,})(\w+)[^\n]*\n(.*?)^\1[ \t]*$", re.MULTILINE | re.DOTALL)
_PATH = re.compile(r"([\w./-]+\.(?:py|js|mjs))\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Code of an earlier reply, with the command that asked for it; `main` is its newest name."""

    command: str
    intent: str
    language: str
    filename: str
    code: str
    main: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """The earlier pieces of code, oldest first, and the new command as recognised."""

    pieces: tuple[Piece, ...]
    command: str
    language: str | None

    def target(self, line: str) -> Piece | None:
        """Pick the piece that a normalised command means: by name, "before", "first", else last.

        Tests are meant only if the command speaks of tests.
        """
        pieces = [piece for piece in self.pieces if piece.intent != "test"]
        if not pieces or re.search(r"\bthe tests?\b", line):
            pieces = list(self.pieces) or pieces
        if not pieces:
            return None
        for piece in reversed(pieces):
            name = _named_in(piece, line)
            if name:
                return _with_main(piece, name)
        # A file counts once, by its newest version: a renamed function is still the same one.
        distinct = {piece.filename: piece for piece in pieces}
        newest_of_each = sorted(distinct.values(), key=pieces.index)
        if _BEFORE.search(line) and len(newest_of_each) > 1:
            return newest_of_each[-2]
        return newest_of_each[0] if _FIRST.search(line) else pieces[-1]


def read_conversation(turns: Sequence[tuple[str, str]]) -> Conversation:
    """Read (role, text) turns; a request to repair a reply counts as the command before it."""
    turns = _without_repair(list(turns))
    pieces: list[Piece] = []
    command, language = "", None
    for place, (role, text) in enumerate(turns):
        if role == "user":
            command = _FENCED.sub("", text).strip() or text
            pieces += _pasted(text) if place == len(turns) - 1 else []
            continue
        reply = read_reply(text)
        language = reply.language or language
        if reply.intent == "undo" and pieces:
            pieces.pop()
        elif reply.code is not None:
            found = _piece(command, reply.intent, reply.language, reply.filename, reply.code)
            pieces += [found] if found else []
    last = pieces[-1].language if pieces else language
    return Conversation(pieces=tuple(pieces), command=command, language=last)


def main_name(code: str, language: str) -> str:
    """Give the name of the last function or class of a file, "" if there is none."""
    names = names_in(code, language)
    return names[-1] if names else ""


def names_in(code: str, language: str) -> list[str]:
    """List the functions and classes at the top of a file, in order."""
    if language == "javascript":
        return [javascript.name_of(node) for node in javascript.definitions(code)]
    tree = python_source.parse(code)
    return [node.name for node in python_source.definitions(tree)] if tree else []


def _without_repair(turns: list[tuple[str, str]]) -> list[tuple[str, str]]:
    while len(turns) >= 3 and turns[-1][0] == "user" and _AGAIN in turns[-1][1]:
        turns = turns[:-2]
    return turns


def _piece(
    command: str, intent: str, language: str | None, filename: str | None, code: str
) -> Piece | None:
    kind = {"js": "javascript", "py": "python", None: "python"}.get(language, language)
    # Changes given as SEARCH/REPLACE blocks are no whole file, so nothing can be made from them.
    if kind not in ("python", "javascript") or not code.strip() or _EDITS.search(code):
        return None
    main = main_name(code, kind)
    suffix = ".js" if kind == "javascript" else ".py"
    return Piece(
        command=command,
        intent=intent,
        language=kind,
        code=code,
        main=main,
        filename=filename or f"{main or 'code'}{suffix}",
    )


def _pasted(text: str) -> list[Piece]:
    """Code that the command itself carries in a fence, with a file name in the line before it."""
    found = []
    for fence in _FENCED.finditer(text):
        paths = _PATH.findall(text[: fence.start()])
        piece = _piece("", "create", fence[2], paths[-1] if paths else None, fence[3])
        found += [piece] if piece else []
    return found


def _named_in(piece: Piece, line: str) -> str | None:
    for name in reversed(names_in(piece.code, piece.language)):
        spoken = " ".join(part.lower() for part in re.findall(r"[A-Z]?[a-z]+|\d+", name))
        kinds = "function|class|method|code|one"
        if re.search(rf"\b(?:the|of|for|in|called) {spoken}(?: (?:{kinds}))?\b", line):
            return name
        if len(spoken.split()) > 1 and re.search(rf"\b{spoken}\b(?! to \w)", line):
            return name if not re.search(rf"\b(?:to|called|named|it) {spoken}\b", line) else None
        if normalise(name) in line.split():
            return (
                name if not re.search(rf"\b(?:to|called|named|it) {name.lower()}\b", line) else None
            )
    return None


def _with_main(piece: Piece, name: str) -> Piece:
    return Piece(
        command=piece.command,
        intent=piece.intent,
        language=piece.language,
        filename=piece.filename,
        code=piece.code,
        main=name,
    )
