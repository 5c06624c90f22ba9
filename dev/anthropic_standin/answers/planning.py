"""A plan for a task by rules: the files that share its words, one change, one test.

Recognised by the first line of the product's prompt. It reads nothing but what the prompt shows,
and says in the plan that rules wrote it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from dev.anthropic_standin.answers.reply import Answer

FIRST_LINE: Final = "You plan changes of a code repository"
_SAID: Final = "the built-in rules of the local stand-in"
_PART = re.compile(r"^===== ([0-9a-f]{16}) (?!end$)([^\n]*)\n(.*?)\n===== \1 end$", re.M | re.S)
_FILE = re.compile(r"file (\S.*) lines (\d+)-(\d+) of (\d+)")
_LINE = re.compile(r"^ {0,4}\d+ ?", re.MULTILINE)
_DEFINITION = re.compile(
    r"^(?P<indent>[ \t]*)(?:export |pub |public |async |static )*"
    r"(?:def|class|function|func|fn|interface|struct) (?P<name>[A-Za-z_]\w*)"
)
_CODE = re.compile(r"`([A-Za-z_][\w.]*)")
_WORD = re.compile(r"[a-z0-9]+")
_REPAIR: Final = "fix mend correct handle refuse wrong fail bug read rename change improve speed"
_EXTENSIONS: Final = re.compile(r"\.(py|js|ts|jsx|tsx|go|rs|java|rb|php|kt|swift|cs|c|cpp)$")
_TEST_FILE = re.compile(r"(^|/)(tests?|__tests__|spec)/|(^|/)test_|[._](test|spec)\.|_test\.")


class PlanAnswer(Answer):
    """A reply whose explanation is the whole text."""

    def render(self) -> str:
        """The text as it is."""
        return self.explanation


@dataclass(frozen=True, slots=True)
class _File:
    path: str
    first: int
    last: int
    lines: tuple[str, ...]

    def definitions(self) -> list[tuple[str, int]]:
        """Names of the top level, and of what stands in a class, with their lines."""
        found, outer = [], ""
        for number, line in enumerate(self.lines, self.first):
            match = _DEFINITION.match(line)
            if match and not match["indent"]:
                outer = match["name"]
                found.append((outer, number))
            elif match and outer and self.path.endswith(".py"):
                found.append((f"{outer}.{match['name']}", number))
        return found


@dataclass(frozen=True, slots=True)
class _Prompt:
    title: str
    body: str
    paths: tuple[str, ...]
    files: tuple[_File, ...]


def plan(turns: Sequence[tuple[str, str]]) -> PlanAnswer:
    """Answer a request for a plan; a second try names no symbols, so that nothing can be wrong."""
    text = next((text for role, text in turns if role == "user"), "")
    careful = sum(role == "user" for role, _ in turns) > 1
    return PlanAnswer(intent="explain", explanation=_written(_read(text), careful=careful))


def _read(text: str) -> _Prompt:
    parts = [(name, body) for _, name, body in _PART.findall(text)]
    task = next((body for name, body in parts if name == "task"), "")
    title, _, body = task.partition("\n")
    files = []
    for name, content in parts:
        found = _FILE.fullmatch(name)
        if found:
            lines = tuple(_LINE.sub("", content).split("\n"))
            files.append(_File(found[1], int(found[2]), int(found[3]), lines))
    paths = next((body for name, body in parts if name.startswith("paths")), "")
    return _Prompt(
        title=title.partition(": ")[2] or title,
        body=body.strip(),
        paths=tuple(paths.split("\n")),
        files=tuple(files),
    )


def _written(prompt: _Prompt, *, careful: bool) -> str:
    code = [each for each in prompt.files if _EXTENSIONS.search(each.path)]
    sources = [each for each in code if not _TEST_FILE.search(each.path)] or code
    tests = [each for each in code if _TEST_FILE.search(each.path)]
    steps = _steps(prompt, sources, tests, careful=careful)
    command = _command(prompt)
    asked = [_plain(line.strip("-* ")) for line in prompt.body.split("\n") if line[-1:] == "?"]
    sections = {
        "Problem": _problem(prompt, sources),
        "Evidence": _evidence(sources[:2] + tests[:1]),
        "Approach": f"This plan comes from {_SAID}, which compare words and understand nothing: "
        "read it as a draft. The change goes where the task's words are found most, in the way "
        "the code around it is written, and a test says first what is wanted.",
        "Rejected": ["- A rewrite of the files around it | the task does not ask for it"],
        "Steps": [f"{number}. {step}" for number, step in enumerate(steps, 1)],
        "Tests": [f"- `{command}` | the new test passes, and so do all others"],
        "Risks": [
            "- The rules may have picked the wrong place | read the evidence first; the branch "
            "holds nothing but this plan"
        ],
        "Non-goals": ["- Everything that the task's page does not name"],
        "Questions": [f"- {each}" for each in asked[:3]] or ["- none"],
        "Confidence": f"low | Written by {_SAID}.",
    }
    shown = (
        f"## {name}\n{text if isinstance(text, str) else chr(10).join(text)}"
        for name, text in sections.items()
    )
    return "\n\n".join(shown) + "\n"


def _problem(prompt: _Prompt, sources: Sequence[_File]) -> str:
    first = re.split(r"(?<=[.!?])\s", " ".join(prompt.body.split()), maxsplit=1)[0]
    plain = _plain(first)[:300]
    where = f" `{sources[0].path}` shares most words with it." if sources else ""
    return f"The task asks: {_short(prompt.title)}. {plain}{where}"


def _plain(text: str) -> str:
    """Without markup, and without what may look like a path."""
    return re.sub(r"\S*/\S*", "…", re.sub(r"[*#<>\[\]]", "", text))


def _evidence(files: Sequence[_File]) -> list[str]:
    lines = []
    for file in files:
        names = [name for name, _ in file.definitions()][:4]
        listed = ", ".join(f"`{name}`" for name in names)
        shown = f"defines {listed}" if names else "is near by name"
        lines.append(f"- {file.path}:{file.first}-{file.last} | {shown}")
    return lines or ["- none"]


def _steps(
    prompt: _Prompt, sources: Sequence[_File], tests: Sequence[_File], *, careful: bool
) -> list[str]:
    if not sources:
        return [f"docs/{_name(prompt)}.md (new) | - | S | - | Write down what the task asks for."]
    place, symbol = _target(prompt, sources)
    test, new_test = _test_place(prompt, place, tests)
    named = "-" if careful else symbol
    if careful or symbol.endswith("(new)"):
        change = f"Write what the task asks for: {_short(prompt.title)}."
    else:
        change = f"Change it so that it does what the task asks for: {_short(prompt.title)}."
    test_name = "-" if careful else f"test_{_name(prompt)} (new)"
    return [
        f"{test}{' (new)' if new_test else ''} | {test_name} | S | - | Say with a test what the "
        "task's list asks for; it fails as long as the change is missing.",
        f"{place} | {named} | M | 1 | {change}",
    ]


def _target(prompt: _Prompt, sources: Sequence[_File]) -> tuple[str, str]:
    """The definition that the task marks as code or whose name it uses; else a new one."""
    known = {name: file.path for file in reversed(sources) for name, _ in file.definitions()}
    for word in _CODE.findall(f"{prompt.title}\n{prompt.body}"):
        for name in known:
            if word in (name, name.rpartition(".")[2]):
                return known[name], name
    words = set(_WORD.findall(prompt.title.lower()))
    if words & set(_REPAIR.split()):
        scored = {name: len(words & set(_WORD.findall(_spelled(name)))) for name in known}
        best = max(scored, key=lambda name: (scored[name], -len(name)), default="")
        if best and scored[best]:
            return known[best], best
    return sources[0].path, f"{_name(prompt)} (new)"


def _test_place(prompt: _Prompt, place: str, tests: Sequence[_File]) -> tuple[str, bool]:
    stem = place.rpartition("/")[2].partition(".")[0]
    for path in prompt.paths:
        if _TEST_FILE.search(path) and stem in path and _EXTENSIONS.search(path):
            return path, False
    if tests:
        return tests[0].path, False
    suffix = place.rpartition(".")[2]
    path = f"tests/test_{stem}.{suffix}"
    return path, path not in prompt.paths


def _command(prompt: _Prompt) -> str:
    texts = {file.path: "\n".join(file.lines) for file in prompt.files}
    whole = "\n".join(texts.values())
    for command in ("python -m pytest", "make test", "npm test", "go test ./...", "cargo test"):
        if command in whole:
            return command
    by_file = {
        "pyproject.toml": "python -m pytest",
        "package.json": "npm test",
        "go.mod": "go test ./...",
        "Cargo.toml": "cargo test",
        "pom.xml": "mvn test",
    }
    found = (command for path, command in by_file.items() if path in prompt.paths)
    return next(found, "git diff --check")


def _name(prompt: _Prompt) -> str:
    small = {"a", "an", "the", "as", "of", "to", "in", "with", "and", "for", "from", "by"}
    words = [word for word in _WORD.findall(prompt.title.lower()) if word not in small]
    name = "_".join(words[:4]) or "the_task"
    return name if name[0].isalpha() else f"task_{name}"


def _spelled(name: str) -> str:
    return re.sub(r"([a-z])([A-Z])", r"\1 \2", name).replace("_", " ").lower()


def _short(title: str) -> str:
    return re.sub(r"\s+", " ", title.replace("|", " ").replace("/", " "))[:160].rstrip(".")
