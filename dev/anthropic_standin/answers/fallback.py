"""A small working function for a sentence that no recipe knows: it checks its inputs."""

import re

from dev.anthropic_standin.answers.cues import load_cues
from dev.anthropic_standin.answers.draft import Draft, write_function
from dev.anthropic_standin.answers.naming import in_style, spoken_name, spoken_parameters
from dev.anthropic_standin.answers.speech import stem

_NOT_A_NAME = frozenset(
    [
        "create",
        "write",
        "build",
        "make",
        "generate",
        "implement",
        "define",
        "function",
        "functions",
        "method",
        "script",
        "program",
        "code",
        "which",
        "that",
        "a",
        "an",
        "the",
        "me",
        "my",
        "new",
        "another",
        "some",
        "it",
        "this",
        "in",
        "python",
        "javascript",
        "and",
        "to",
        "for",
        "of",
        "from",
        "with",
        "takes",
        "given",
        "returns",
        "return",
        "is",
        "are",
        "if",
        "whether",
        "two",
        "simple",
        "small",
        "file",
        "module",
        "should",
        "using",
        "use",
        "by",
        "on",
        "as",
        "at",
        "add",
    ]
)
_ABOUT = re.compile(
    r"\b(?:function|method|script|program|code|something|helper|component|module)"
    r"(?: (?:called|named) \w+)? (?:that|which|to|for) (.+)$"
)
_IN_FILE = re.compile(r"\bin (?:a |the )?(?:file|python|javascript)\b.*$|\b\w+\.(?:py|js)\b")
_INPUTS = re.compile(r" (?:from|given|taking|takes|with parameters?|with arguments?|called) .*$")
_MAX_WORDS = 4


def draft_anything(line: str, language: str) -> Draft:
    """Write a function named after the sentence; it refuses missing inputs and returns them."""
    about = _subject(line)
    called = spoken_name(line)
    name = in_style(called or about or "handle input", language)
    inputs = [in_style(word, language) for word in spoken_parameters(line)] or ["value"]
    inputs = [word for word in inputs if word != name] or ["value"]
    said = about or "handle the input"
    summary = f"Check the input for: {said}."
    writer = _javascript if language == "javascript" else _python
    draft = write_function(language, name, inputs, writer(inputs), summary)
    return Draft(name=name, code=draft.code, summary=summary, exact=False)


def _subject(line: str) -> str:
    """The words that tell what the code is about, at most four, verbs in their plain form."""
    line = _INPUTS.sub("", _IN_FILE.sub("", line))
    found = _ABOUT.search(line)
    words = [
        word
        for word in (found[1] if found else line).split()
        if word not in _NOT_A_NAME and word not in load_cues().fillers
    ]
    if words:
        words[0] = stem(words[0]) if words[0].endswith("s") else words[0]
    return " ".join(words[:_MAX_WORDS])


def _python(inputs: list[str]) -> list[str]:
    pairs = ", ".join(f'"{name}": {name}' for name in inputs)
    return [
        f"values = {{{pairs}}}",
        "missing = [name for name, given in values.items() if given is None]",
        "if missing:",
        "    raise ValueError(f\"missing: {', '.join(missing)}\")",
        "return values",
    ]


def _javascript(inputs: list[str]) -> list[str]:
    return [
        f"const values = {{ {', '.join(inputs)} }};",
        "const missing = Object.keys(values).filter((name) => values[name] == null);",
        "if (missing.length > 0) {",
        '  throw new TypeError(`missing: ${missing.join(", ")}`);',
        "}",
        "return values;",
    ]
