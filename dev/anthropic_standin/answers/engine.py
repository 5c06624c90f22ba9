"""From the conversation to one answer: classify, pick the code that is meant, act, explain."""

import re
from collections.abc import Sequence
from dataclasses import replace

from dev.anthropic_standin.answers import planning, summaries
from dev.anthropic_standin.answers.classify import Intent, classify
from dev.anthropic_standin.answers.conversation import (
    Conversation,
    Piece,
    read_conversation,
)
from dev.anthropic_standin.answers.create import create
from dev.anthropic_standin.answers.debug import Mended, debug_python
from dev.anthropic_standin.answers.debug_javascript import debug_javascript
from dev.anthropic_standin.answers.draft import Draft, third_person
from dev.anthropic_standin.answers.explain import (
    explain_javascript,
    explain_python,
    explain_word,
)
from dev.anthropic_standin.answers.modify import Changed, modify_python
from dev.anthropic_standin.answers.modify_javascript import modify_javascript
from dev.anthropic_standin.answers.naming import in_style, spoken_filename, spoken_language
from dev.anthropic_standin.answers.python_guards import add_guard, type_guard
from dev.anthropic_standin.answers.recipes import find_function
from dev.anthropic_standin.answers.reply import Answer
from dev.anthropic_standin.answers.repository import read_shown
from dev.anthropic_standin.answers.repository_answers import answer_in_repository
from dev.anthropic_standin.answers.speech import normalise
from dev.anthropic_standin.answers.test_writer import (
    tests_filename,
    write_javascript_tests,
    write_python_tests,
)

SIGNATURE = "(Written by the built-in rules of the local stand-in.)"
_EXTRAS = re.compile(
    r"\b(?:with|and|include|including|also|plus|add|adds|make it|using|an|handles?|handling|"
    r"that is)"
    r" (?:\w+ ){0,2}?(type hints|docstring|error handling|logging|async|caching|input validation|"
    r"validation|negative numbers|division by zero|empty (?:list|lists|string|strings|input))\b"
)
# Up to so many words may name a recipe without a verb ("bubble sort").
_BARE_WORDS = 3
_TRANSLATE = re.compile(
    r"\b(?:to|into|in|as|using|it) (javascript|js|node|python)\b|\b(javascript|python) version\b"
)
_LANGUAGE_WORDS = re.compile(r"\b(?:in )?(?:python|java ?script)\b")
_ABOUT_NEW = re.compile(r"\b(?:a|an|new|some) (?:\w+ ){0,2}?(?:function|class|method)\b")


def answer(*, system: str, turns: Sequence[tuple[str, str]]) -> Answer:
    """Answer the last user turn by rules.

    `turns` are (role, text) pairs, oldest first, earlier replies in the reply protocol. `system`
    tells whether a plan or summaries are asked for. Files that the last turn shows are changed by
    SEARCH/REPLACE blocks; earlier code of the conversation is given whole, as every prompt allows.
    """
    if system.startswith(planning.FIRST_LINE):
        return planning.plan(turns)
    if system.startswith(summaries.FIRST_LINE):
        return summaries.summarise(turns)
    if (shown := read_shown(turns)) is not None:
        line, intent = normalise(shown.command), classify(shown.command, has_context=True)
        if (found := answer_in_repository(shown, intent, line)) is not None:
            return replace(found, explanation=f"{found.explanation} {SIGNATURE}")
        turns = [*turns[:-1], ("user", shown.command)]
    talk = read_conversation(turns)
    line = normalise(talk.command)
    intent = classify(talk.command, has_context=bool(talk.pieces))
    if intent == "unclear" and len(line.split()) <= _BARE_WORDS and find_function(line):
        intent = "create"
    return _WRITERS[intent](talk, line)


def _create(talk: Conversation, line: str) -> Answer:
    language = spoken_language(line) or talk.language or "python"
    draft = create(line, language)
    code, name = draft.code, draft.name
    notes: tuple[str, ...] = ()
    extras = " and ".join(_EXTRAS.findall(line))
    if extras:
        changed = _changed(code, name, f"add {extras}", language)
        code, notes = changed.code, changed.notes
    said = (
        draft.summary
        if draft.exact
        else (
            f"The rules know no recipe for this, so `{name}` only checks its input and returns it."
        )
    )
    said = f"{said.rstrip('.')}. Also {_joined(notes)}." if notes else said
    said = third_person(said)
    filename = spoken_filename(line, language) or _filename(draft, language)
    return _with_code("create", language, filename, code, _sentence(said))


def _modify(talk: Conversation, line: str) -> Answer:
    piece = talk.target(line)
    if piece is None:
        return _create_from_change(talk, line)
    wanted = _TRANSLATE.search(line)
    other = {"js": "javascript", "node": "javascript"}.get(_one(wanted), _one(wanted))
    if other and other != piece.language:
        return _translated(talk, piece, other)
    changed = _changed(piece.code, piece.main, line, piece.language)
    if changed.notes:
        said = f"Changed `{changed.name}`: {_joined(changed.notes)}."
        return _with_code("modify", piece.language, piece.filename, changed.code, said)
    return _appended(piece, line) or _checked(piece)


def _debug(talk: Conversation, line: str) -> Answer:
    piece = talk.target(line)
    if piece is None:
        return _prose(
            "debug",
            "There is no code in this conversation yet, so there is nothing to "
            "look into. A result of None usually means that a function has no "
            "return statement on the path it took. Say what to create, or paste "
            "the code that fails.",
        )
    mend = debug_javascript if piece.language == "javascript" else debug_python
    mended = mend(piece.code, piece.main)
    return _with_code("debug", piece.language, piece.filename, mended.code, _found(mended, piece))


def _test(talk: Conversation, line: str) -> Answer:
    piece = talk.target(line)
    if piece is None:
        if not _ABOUT_NEW.search(line):
            return _prose(
                "unclear",
                "There is no code in this conversation yet: what should the tests be for?",
            )
        piece = _drafted(talk, line)
    write = write_javascript_tests if piece.language == "javascript" else write_python_tests
    code = write(piece.code, piece.filename)
    said = (
        f"Tests for `{piece.main or piece.filename}`, which they expect in `{piece.filename}`. "
        "They were written, not run."
    )
    return _with_code(
        "test", piece.language, tests_filename(piece.filename, piece.language), code, said
    )


def _explain(talk: Conversation, line: str) -> Answer:
    word = explain_word(line)
    general = re.search(
        r"\b(?:what (?:is|are)|explain|describe) (?:an? |the concept of )?\w+$", line
    )
    piece = talk.target(line)
    if piece is None or (general and word and not re.search(r"\b(it|this|that|the)\b", line)):
        said = word or "There is no code in this conversation yet that could be explained."
        return _prose("explain", said)
    explain = explain_javascript if piece.language == "javascript" else explain_python
    return _prose("explain", explain(piece.code, piece.main))


def _undo(_talk: Conversation, _line: str) -> Answer:
    return _prose("undo", "The last change is taken back.")


def _cancel(_talk: Conversation, _line: str) -> Answer:
    return _prose("cancel", "Nothing more is done.")


def _unclear(talk: Conversation, _line: str) -> Answer:
    if talk.pieces:
        name = talk.pieces[-1].main or talk.pieces[-1].filename
        return _prose("unclear", f"What should be done with `{name}`, or what should be created?")
    return _prose("unclear", "What should be created?")


_WRITERS = {
    "create": _create,
    "modify": _modify,
    "debug": _debug,
    "test": _test,
    "explain": _explain,
    "undo": _undo,
    "cancel": _cancel,
    "unclear": _unclear,
}


def _changed(code: str, name: str, line: str, language: str) -> Changed:
    change = modify_javascript if language == "javascript" else modify_python
    return change(code, name, line)


def _create_from_change(talk: Conversation, line: str) -> Answer:
    """A change without anything to change: ask, unless the sentence says what the code does."""
    if re.search(r"\b(it|this|that|them)\b", line) and "function" not in line:
        return _prose(
            "unclear", "There is no code in this conversation yet: what should be changed?"
        )
    piece = _drafted(talk, line)
    changed = _changed(piece.code, piece.main, line, piece.language)
    said = "There was no earlier code to change, so this is a new function for what was said."
    return _with_code("modify", piece.language, piece.filename, changed.code, said)


def _drafted(talk: Conversation, line: str) -> Piece:
    language = spoken_language(line) or talk.language or "python"
    draft = create(line, language)
    return Piece(
        command=line,
        intent="create",
        language=language,
        code=draft.code,
        filename=_filename(draft, language),
        main=draft.name,
    )


def _translated(talk: Conversation, piece: Piece, language: str) -> Answer:
    """Write a piece in another language by following the commands that made it once more."""
    history = [other for other in talk.pieces if other.filename == piece.filename]
    draft = create(normalise(_LANGUAGE_WORDS.sub("", history[0].command.lower())), language)
    code, name = draft.code, draft.name
    for later in history[1:]:
        if later.intent == "modify":
            changed = _changed(code, name, normalise(later.command), language)
            code, name = changed.code, changed.name
    shown = "JavaScript" if language == "javascript" else "Python"
    said = f"`{name}` in {shown}, written by following the earlier commands once more."
    return _with_code("modify", language, _filename(draft, language), code, said)


def _appended(piece: Piece, line: str) -> Answer | None:
    """Add another function to the file, where the change turns out to be a new piece of code."""
    draft = create(line, piece.language)
    if not draft.exact or re.search(rf"\b{draft.name}\b", piece.code):
        return None
    if piece.language == "javascript":
        body = draft.code.rsplit("\nmodule.exports", 1)[0]
        exports = re.search(r"module\.exports = \{ (.*?) \};", piece.code)
        if exports is None:
            return None
        code = piece.code.replace(
            exports[0], f"{body}\nmodule.exports = {{ {exports[1]}, {draft.name} }};"
        )
    else:
        lines = draft.code.splitlines()
        imports = [text for text in lines if text.startswith(("import ", "from "))]
        rest = "\n".join(text for text in lines if text not in imports).strip("\n")
        fresh = [text for text in imports if text not in piece.code.splitlines()]
        head = "\n".join(fresh) + ("\n" if fresh else "")
        lead = "" if re.match(r"(import|from) ", piece.code) or not fresh else "\n\n"
        code = f"{head}{lead}{piece.code.rstrip()}\n\n\n{rest}\n"
    said = f"Added `{draft.name}` to the file. {draft.summary}"
    return _with_code("modify", piece.language, piece.filename, code, said)


def _checked(piece: Piece) -> Answer:
    """The last resort of a change: check the input, and say plainly that this is all."""
    code = piece.code
    if piece.language == "python":
        code = add_guard(code, piece.main, type_guard, "") or code
    said = (
        "The rules know no recipe for this change, so they only added checks of the input."
        if code != piece.code
        else "The rules know no recipe for this change and left the code as it was."
    )
    return _with_code("modify", piece.language, piece.filename, code, said)


def _found(mended: Mended, piece: Piece) -> str:
    if mended.faults:
        listed = "; ".join(mended.faults)
        return f"Found and mended: {listed}."
    checks = "missing returns, wrong loop ends, shared defaults, slips in names and divisions"
    tail = "a check of the input was added" if mended.code != piece.code else "nothing was changed"
    return f"Looked for {checks} and found none; {tail}. Say what goes wrong for a closer look."


def _with_code(intent: Intent, language: str, filename: str, code: str, said: str) -> Answer:
    return Answer(
        intent=intent,
        language=language,
        filename=filename,
        code=code,
        explanation=f"{said} {SIGNATURE}",
    )


def _prose(intent: Intent, said: str) -> Answer:
    return Answer(intent=intent, explanation=f"{said} {SIGNATURE}")


def _filename(draft: Draft, language: str) -> str:
    suffix = ".js" if language == "javascript" else ".py"
    return in_style(draft.name, language) + suffix


def _joined(notes: Sequence[str]) -> str:
    return f"{', '.join(notes[:-1])} and {notes[-1]}" if len(notes) > 1 else "".join(notes)


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"


def _one(found: re.Match[str] | None) -> str:
    return next((group for group in found.groups() if group), "") if found else ""
