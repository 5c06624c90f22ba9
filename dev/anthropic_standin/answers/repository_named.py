"""What a command names that is not among the shown files, and paths that it gives as they are."""

import re
from pathlib import PurePosixPath

from dev.anthropic_standin.answers.explain import explain_word
from dev.anthropic_standin.answers.speech import normalise

_ADDED = (
    r"docstring|logging|error handling|exception handling|type hints|types|tests?|test cases|"
    r"validation|caching|cache|comments?|documentation|retries|async"
)
_KINDS = r"function|class|method|file|module|constructor"
_END = r"(?= (?:in|to|so|that|and|with|when|from|of|for|by|using|please)\b|$)"
_OBJECTS = (
    re.compile(rf"\b(?:{_ADDED}) (?:to|for|in|of|from) (.+?){_END}"),
    re.compile(rf"^(?:please )?(?:debug|test|fix|document|refactor|optimize|simplify) (.+?){_END}"),
    re.compile(r"^(?:please )?rename (.+?) (?:to|as|into) "),
    re.compile(r"^(?:please )?make (.+?) (?:faster|async|asynchronous|safer|more|return|accept)\b"),
    re.compile(
        rf"^(?:please )?(?:explain|describe)(?: to me)? (?:how )?(.+?)(?: works?| does)?{_END}"
    ),
    re.compile(r"^what does (.+?) do$"),
)
_REFERENCES = frozenset(
    """
    a all an argument arguments attribute attributes b bit block body both bug bugs change changes
    class classes code command current default docstring each error errors every everything example
    existing file files first fix following for function functions here how if in input inputs is
    it its last latest line lines list loop main me method methods module my name new of on one
    ones other our output parameter parameters part previous problem program result results return
    same second something test tests that the their them there these thing things third this those
    to type types unit up value values variable what whatever when where which whole why with work
    works you your negative numbers zero empty division none cases case edge strings types
    """.split()
)
_ASKING = frozenset("what why when where whether which who".split())
_PATH = re.compile(
    r"\b(?:in|into|to|at|as|file|called|named|create|write|make)\s+"
    r"(?P<path>(?:\.{0,2}[\w-]*/|\.(?=[\w-]))[\w./-]*\w)(?=[\s,;!?]|\.?$)"
)


def typed_path(command: str) -> str | None:
    """The path of a file that a command gives as it is written: with a folder, or with a dot."""
    found = _PATH.search(command)
    return found["path"] if found else None


def without_path(command: str, path: str) -> str:
    """The normalised command without a path in it and the words that lead to it."""
    said = (
        rf"\b(?:(?:in|into|to|at|as)\s+)?(?:(?:a|the|new|file|called|named)\s+)*{re.escape(path)}"
    )
    return normalise(re.sub(said, " ", command, count=1))


def writes_there(path: str) -> bool:
    """Whether the rules have something to write to a typed path, or the product forbids it."""
    parts = PurePosixPath(path).parts
    hidden = any(part.startswith(".") for part in parts)
    return hidden or PurePosixPath(path).suffix in {".py", ".js", ".mjs"}


def named_object(line: str) -> str | None:
    """What a normalised command is about by its own words; None where it only refers ("it")."""
    for pattern in _OBJECTS:
        found = pattern.search(line)
        if not found:
            continue
        words = found[1].split()
        if words and words[0] not in _ASKING and not _REFERENCES.issuperset(words):
            bare = re.sub(
                rf"^(?:the |my |our )?(?:(?:{_KINDS}) )?|(?: (?:{_KINDS}))$", "", found[1]
            )
            return None if explain_word(f"explain {bare}") else bare
    return None
