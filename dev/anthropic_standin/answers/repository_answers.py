"""Answers where a repository is connected: acts on its files, by the same rules as elsewhere."""

import re
from collections.abc import Mapping
from pathlib import PurePosixPath

from dev.anthropic_standin.answers.classify import Intent
from dev.anthropic_standin.answers.create import create
from dev.anthropic_standin.answers.debug import debug_python
from dev.anthropic_standin.answers.debug_javascript import debug_javascript
from dev.anthropic_standin.answers.draft import Draft, third_person
from dev.anthropic_standin.answers.explain import explain_javascript, explain_python
from dev.anthropic_standin.answers.naming import in_style, spoken_filename, spoken_language
from dev.anthropic_standin.answers.reply import Answer
from dev.anthropic_standin.answers.repository import Shown, Target, language_of
from dev.anthropic_standin.answers.repository_changes import (
    blocks,
    changed,
    with_draft,
)
from dev.anthropic_standin.answers.repository_named import (
    named_object,
    typed_path,
    without_path,
    writes_there,
)
from dev.anthropic_standin.answers.repository_renames import renamed_elsewhere
from dev.anthropic_standin.answers.test_writer import (
    write_javascript_tests,
    write_python_tests,
)

_ASIDE = re.compile(r"(^|/)(tests?|spec|examples?|docs|scripts|node_modules)/|(^|/)__init__\.py$")
_NEW = re.compile(r"\b(?:a|an|another|new)\b(?: \w+){0,2}? (?:function|class|method)\b")
_MAKE = re.compile(r"^(?:please )?make (?!(?:me |us )?(?:a|an|another|some|new)\b)")
_FILE = re.compile(r"\b\w+\.(?:py|js|mjs|ts|json|csv|txt)\b")
_SUFFIXES = {"python": ".py", "javascript": ".js"}


def answer_in_repository(shown: Shown, intent: Intent, line: str) -> Answer | None:
    """Answer a normalised command about shown files; None if it needs no file of the repository."""
    target = shown.target(line)
    if intent == "create" and _MAKE.match(line) and (named_object(line) or _is_named(target)):
        intent = "modify"  # "make parse amount faster" is about what is there
    if intent == "create" or (intent == "modify" and _NEW.search(line)):
        return _create(shown, line)
    if intent not in _WRITERS:
        return None
    if (missing := _missing(shown, target, intent, line)) is not None:
        return _asked(f"I did not find `{missing}` in the files that I was shown: what is meant?")
    if target is None:
        return _asked("Which file or function is meant?")
    return _WRITERS[intent](shown, target, line)


def _is_named(target: Target | None) -> bool:
    return target is not None and target.named


def _missing(shown: Shown, target: Target | None, intent: Intent, line: str) -> str | None:
    """What a command names that is not there; None if all is, or nothing is named."""
    file = shown.spoken_file(line)
    rest = line.replace(file[1], " ") if file else line
    other = _FILE.search(rest)
    if other is not None and file is None and intent != "test":
        return other[0]
    about = None if _is_named(target) else named_object(" ".join(rest.split()))
    return None if about in {PurePosixPath(path).stem.lower() for path in shown.paths()} else about


def _create(shown: Shown, line: str) -> Answer:
    path = typed_path(shown.command)
    if path is not None and path not in shown.files:
        return _create_at(path, shown, without_path(shown.command, path))
    file = (path, path) if path is not None else shown.spoken_file(line)
    line = line if path is None else without_path(shown.command, path)
    language = language_of(file[0]) if file else None
    language = language or spoken_language(line) or _usual_language(shown)
    draft = create(line.replace(file[1], "") if file else line, language)
    path = file[0] if file else _new_path(shown, line, draft, language)
    said = _summary(draft)
    if path not in shown.files:
        if path in shown.outlines:
            return _asked(f"`{path}` is there, but I was not shown it: say its name once more.")
        return Answer(
            intent="create",
            language=language,
            filename=path,
            code=draft.code,
            explanation=f"{said} It is in the new file `{path}`.",
        )
    text = with_draft(shown.files[path], draft, language)
    if text is None:
        return _asked(f"`{draft.name}` is in `{path}` already: what should be changed about it?")
    said = f"Added `{draft.name}` to `{path}`. {said}"
    return _edited("create", shown, {path: text}, path, said)


def _create_at(path: str, shown: Shown, line: str) -> Answer:
    """A new file at exactly the path that was typed, even where the product will not have it."""
    if path in shown.outlines:
        return _asked(f"`{path}` is there, but I was not shown it: say its name once more.")
    if not writes_there(path):
        return _asked(f"The rules write Python and JavaScript only, not `{path}`: what else?")
    language = language_of(path) or spoken_language(line) or _usual_language(shown)
    draft = create(line, language)
    return Answer(
        intent="create",
        language=language,
        filename=path,
        code=draft.code,
        explanation=f"{_summary(draft)} It is in the new file `{path}`.",
    )


def _modify(shown: Shown, target: Target, line: str) -> Answer:
    found = changed(target, _about(target, line))
    if not found.notes or found.code == target.text:
        return _asked(f"The rules know no recipe for this change of `{target.shown}`; say how.")
    new = {target.path: found.code}
    if found.name != target.name and not target.method and target.name:
        new |= renamed_elsewhere(shown.files, target.path, target.name, found.name)
    said = f"Changed `{target.shown}` in `{target.path}`: {_joined(found.notes)}."
    if len(new) > 1:
        said += f" Its uses in {_joined([f'`{path}`' for path in new if path != target.path])} too."
    return _edited("modify", shown, new, target.path, said)


def _debug(shown: Shown, target: Target, _line: str) -> Answer:
    mend = debug_javascript if target.language == "javascript" else debug_python
    found = mend(target.text, target.name)
    if not found.faults or found.code == target.text:
        said = (
            f"Looked for missing returns, wrong loop ends, shared defaults and slips in names in "
            f"`{target.path}` and found none; nothing was changed. Say what goes wrong."
        )
        return Answer(intent="debug", explanation=said)
    said = f"Found and mended in `{target.path}`: {'; '.join(found.faults)}."
    return _edited("debug", shown, {target.path: found.code}, target.path, said)


def _test(shown: Shown, target: Target, _line: str) -> Answer:
    path = _tests_path(shown, target)
    only = (target.name,) if target.named else None
    if target.language == "javascript":
        to = _way(PurePosixPath(path).parent, PurePosixPath(target.path))
        code = write_javascript_tests(target.text, target.path, only=only, module=to)
    else:
        code = write_python_tests(target.text, target.path, only=only, module=_module(target.path))
    said = f"Tests for `{target.shown}` of `{target.path}`. They were written, not run."
    return Answer(
        intent="test", language=target.language, filename=path, code=code, explanation=said
    )


def _explain(_shown: Shown, target: Target, _line: str) -> Answer:
    explain = explain_javascript if target.language == "javascript" else explain_python
    said = f"In `{target.path}`: {explain(target.text, target.name)}"
    return Answer(intent="explain", explanation=said)


_WRITERS = {"modify": _modify, "debug": _debug, "test": _test, "explain": _explain}


def _edited(intent: Intent, shown: Shown, new: Mapping[str, str], path: str, said: str) -> Answer:
    found = blocks(shown.files, new)
    if not found:
        return Answer(
            intent=intent,
            language=language_of(path),
            filename=path,
            code=new[path],
            explanation=said,
        )
    return Answer(
        intent=intent, language=language_of(path), filename=path, edits=found, explanation=said
    )


def _asked(said: str) -> Answer:
    return Answer(intent="unclear", explanation=said)


def _about(target: Target, line: str) -> str:
    """The command without the names of file and function, which must not pick a change."""
    for said in target.said:
        line = re.sub(rf"(?:\bin |\bof )?{re.escape(said)}", " it ", line)
    return " ".join(line.replace(" to it it", " to it").split())


def _summary(draft: Draft) -> str:
    said = (
        draft.summary
        if draft.exact
        else f"The rules know no recipe for this, so `{draft.name}` only returns its checked input."
    )
    said = third_person(said).rstrip(".")
    return f"{said[:1].upper()}{said[1:]}."


def _usual_language(shown: Shown) -> str:
    known = [language for path in shown.paths() if (language := language_of(path))]
    return max(sorted(set(known)), key=known.count, default="python")


def _new_path(shown: Shown, line: str, draft: Draft, language: str) -> str:
    """Where a new file goes: as it was said, in the folder of most of the code."""
    name = spoken_filename(line, language) or in_style(draft.name, language) + _SUFFIXES[language]
    if "/" in name:
        return name
    folders = [
        str(PurePosixPath(path).parent)
        for path in shown.paths()
        if language_of(path) == language and not _ASIDE.search(path)
    ]
    folder = max(sorted(set(folders)), key=folders.count, default=".")
    return name if folder == "." else f"{folder}/{name}"


def _tests_path(shown: Shown, target: Target) -> str:
    """A new file beside the tests that there are, named after what it tests."""
    folders = [
        str(PurePosixPath(path).parent)
        for path in shown.paths()
        if re.search(r"(^|/)(tests?|__tests__)/", path)
    ]
    folder = max(sorted(set(folders)), key=folders.count, default="tests")
    what = target.name if target.named else PurePosixPath(target.path).stem
    for number in range(1, 100):
        more = "" if number == 1 else f"_{number}"
        name = f"test_{in_style(what, 'python')}{more}.py"
        if target.language == "javascript":
            name = f"{what}{more}.test.js"
        if f"{folder}/{name}" not in shown.paths():
            break
    return f"{folder}/{name}"


def _module(path: str) -> str:
    """How a module is imported where the tests run with its source folder on the path."""
    parts = PurePosixPath(path).with_suffix("").parts
    parts = parts[1:] if parts[0] in ("src", "lib") and len(parts) > 1 else parts
    return ".".join(parts).removesuffix(".__init__")


def _way(folder: PurePosixPath, path: PurePosixPath) -> str:
    """The path of a module as it is seen from a folder."""
    shared = 0
    while folder.parts[shared : shared + 1] == path.parts[shared : shared + 1] != ():
        shared += 1
    up = "../" * (len(folder.parts) - shared) or "./"
    return up + "/".join(path.parts[shared:])


def _joined(notes: tuple[str, ...] | list[str]) -> str:
    return f"{', '.join(notes[:-1])} and {notes[-1]}" if len(notes) > 1 else "".join(notes)
