"""The repository that a prompt shows: its files, its outlines, and which of it a command means."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from dev.anthropic_standin.answers import javascript, python_source
from dev.anthropic_standin.answers.conversation import names_in, read_conversation
from dev.anthropic_standin.answers.repository_named import named_object
from dev.anthropic_standin.answers.speech import normalise
from shared.voice.prompt import VIEW

_HEAD = re.compile(r"(file|outline): (\S.*)")
_FENCE = re.compile(r"(`{3,})\w*\s*")
_MEANT = re.compile(r"`([\w.$]+)` in (\S+?)(?=; `|$| \(the command was: )")
_ANSWERED = re.compile(r'\(the command was: "(.*?)"\)(?:; |$)')
_KINDS = "function|class|method|code|constructor|one"
_LANGUAGES = {".py": "python", ".pyi": "python", ".js": "javascript", ".mjs": "javascript"}
_BEFORE = "for|to|of|explain|debug|test|fix|rename"
_PLACE = "in|of|to|from|into|the"
_AGAIN = "Answer the same command again"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What a command is about: a file and a definition in it.

    `name`: a function or class at the top, "" for a file without one. `method`: of that class, ""
    where all of it is meant. `named`: the command named it, and not only its file. `said`: the
    words of the command that did.
    """

    path: str
    text: str
    language: str
    name: str
    method: str = ""
    named: bool = False
    said: tuple[str, ...] = ()

    @property
    def shown(self) -> str:
        """How the answer calls it."""
        return f"{self.name}.{self.method}" if self.method else self.name or self.path


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What the last message shows. `files`: path -> text. `last`: files that the conversation was
    about, the newest first. `meant`: (qualified name, path) of definitions that the command is
    said to be about.
    """

    files: Mapping[str, str]
    outlines: Mapping[str, str]
    command: str
    last: tuple[str, ...] = field(default=())
    meant: tuple[tuple[str, str], ...] = field(default=())

    def paths(self) -> list[str]:
        """All paths that are known."""
        return [*self.files, *self.outlines]

    def spoken_file(self, line: str) -> tuple[str, str] | None:
        """The shown file that a normalised command names, and the words that do."""
        for path in self.files:
            name, stem = PurePosixPath(path).name.lower(), PurePosixPath(path).stem.lower()
            spoken = re.escape(stem.replace("_", " "))
            for pattern in (
                rf"(?:{_PLACE}) (?:file )?{re.escape(name)}\b|\b{re.escape(name)}\b",
                rf"\b(?:in|of|to|from) (?:the )?(?:file |module ){spoken}\b",
                rf"\b(?:the|in|to|of) {spoken} (?:file|module)\b",
                rf"\b(?:in|into) (?:the )?{spoken}$",
            ):
                found = re.search(pattern, line)
                if found:
                    return path, found[0]
        return None

    def target(self, line: str) -> Target | None:
        """What a normalised command means: what it names, else what was talked about last."""
        file = self.spoken_file(line)
        if (told := self._told(line, file)) is not None:
            return told
        paths = [file[0]] if file else list(self.files)
        said = (file[1],) if file else ()
        rest = " ".join(line.replace(file[1], " ").split()) if file else line
        found = max(
            (each for path in paths for each in self._named(path, rest)),
            key=lambda each: len(each.said[0]),
            default=None,
        )
        if found is not None:
            return Target(
                path=found.path,
                text=found.text,
                language=found.language,
                name=found.name,
                method=found.method,
                named=True,
                said=(*found.said, *said),
            )
        if file:
            return self._whole(file[0], said)
        return next((self._whole(path, ()) for path in self.last if path in self.files), None)

    def _told(self, line: str, file: tuple[str, str] | None) -> Target | None:
        """The definition that the prompt says is meant, if it is in a file that is shown."""
        for symbol, path in self.meant:
            language = language_of(path)
            if path not in self.files or language is None:
                continue
            name, _, method = symbol.partition(".")
            if name not in names_in(self.files[path], language):
                continue
            last = method or name
            words = re.escape(normalise(_words(last)))
            found = re.search(rf"\b(?:the )?{words}(?: (?:{_KINDS}))?\b", line)
            said = (found[0] if found else last.lower(), *((file[1],) if file else ()))
            text = self.files[path]
            return Target(
                path=path, text=text, language=language, name=name, method=method,
                named=True, said=said,
            )  # fmt: skip
        return None

    def _whole(self, path: str, said: tuple[str, ...]) -> Target | None:
        language = language_of(path)
        if language is None:
            return None
        names = names_in(self.files[path], language)
        return Target(
            path=path,
            text=self.files[path],
            language=language,
            name=names[-1] if names else "",
            said=said,
        )

    def _named(self, path: str, line: str) -> Iterator[Target]:
        language = language_of(path)
        if language is None:
            return
        text, about = self.files[path], named_object(line)
        for name in names_in(text, language):
            for method in ("", *_methods(text, name, language)):
                words = _words(method or name)
                said, whole = _said(words, method or name, line), f"{_words(name)} {words}"
                if not said and about in (words, normalise(words), (method or name).lower(), whole):
                    said = about
                if said:
                    yield Target(
                        path=path, text=text, language=language, name=name, method=method,
                        said=(said,),
                    )  # fmt: skip


def read_shown(turns: Sequence[tuple[str, str]]) -> Shown | None:
    """Read the repository that the last command was given; None if it was given none."""
    turns = list(turns)
    while len(turns) >= 3 and _AGAIN in turns[-1][1]:
        turns = turns[:-2]
    if not turns or not turns[-1][1].startswith(VIEW):
        return None
    files: dict[str, str] = {}
    outlines: dict[str, str] = {}
    lines = turns[-1][1].split("\n")
    at, command, meant = 1, "", ""
    while at < len(lines):
        head = _HEAD.fullmatch(lines[at])
        fence = _FENCE.fullmatch(lines[at + 1]) if head and at + 1 < len(lines) else None
        if head and fence:
            end = lines.index(fence[1], at + 2)
            text = "".join(f"{line}\n" for line in lines[at + 2 : end])
            (files if head[1] == "file" else outlines)[head[2]] = text
            at = end
        elif lines[at].startswith("meant: "):
            meant = lines[at].removeprefix("meant: ")
        elif lines[at].startswith("Command: "):
            command = "\n".join(lines[at:]).removeprefix("Command: ")
            break
        at += 1
    if answered := _ANSWERED.search(meant):
        command = answered[1]
    earlier = read_conversation([*turns[:-1], ("user", command)]).pieces
    last = tuple(dict.fromkeys(piece.filename for piece in reversed(earlier)))
    told = tuple((each[1], each[2]) for each in _MEANT.finditer(meant))
    return Shown(files=files, outlines=outlines, command=command, last=last, meant=told)


def language_of(path: str) -> str | None:
    """The language that the rules can write, by a file's name."""
    return _LANGUAGES.get(PurePosixPath(path).suffix)


def _methods(text: str, name: str, language: str) -> list[str]:
    if language == "javascript":
        node = next(
            (n for n in javascript.definitions(text) if javascript.name_of(n) == name), None
        )
        if node is None or node.type != "class_declaration":
            return []
        return [javascript.name_of(part) for part in javascript.functions_in(text, name)]
    found = python_source.find_definition(text, name)
    if found is None or isinstance(found, python_source.Function):
        return []
    return [part.name for part in python_source.functions_in(text, name)]


def _words(name: str) -> str:
    parts = re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+", name)
    return " ".join(part.lower() for part in parts)


def _said(words: str, name: str, line: str) -> str:
    """The words of a command that name a definition, "" if none do.

    One everyday word counts only with its kind beside it, or as all that follows a preposition.
    """
    typed = re.escape(name.lower())
    forms = [rf"\b(?:the )?{typed}(?: (?:{_KINDS}))?\b"] if not name.isalpha() else []
    repaired = re.escape(normalise(words))
    if " " in words:
        verb = "" if line.startswith("rename ") else r"(?! to \w)"
        forms.append(rf"\b(?:the )?{repaired}(?: (?:{_KINDS}))?\b{verb}")
    else:
        forms += [
            rf"\b(?:the )?{repaired} (?:{_KINDS})\b",
            rf"\b(?:{_KINDS}) {repaired}\b",
            rf"\b(?:{_BEFORE}) (?P<name>(?:the )?{repaired})(?=$| to | in | so )",
        ]
    for form in forms:
        found = re.search(form, line)
        if found and not re.search(rf"\b(?:called|named) {re.escape(found[0])}", line):
            return found.groupdict().get("name") or found[0]
    return ""
