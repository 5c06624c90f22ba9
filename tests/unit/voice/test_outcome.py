"""From a reply to a result, or to the fault that the model is told."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from shared.ports.model import ModelUsage
from shared.voice.outcome import as_command, as_message, judge, plain_result
from shared.voice.records import Failure, Intent, Interaction, State, Timings
from shared.voice.reply import Edit, Header, MalformedReply, Reply
from shared.voice.server_messages import Error, Result, Status
from shared.voice.window import Command, Window

AT = datetime(2026, 11, 22, tzinfo=UTC)
INTERACTION = Interaction(
    id="i",
    session_id="s",
    turn=3,
    created_at=AT,
    deadline_at=AT,
    expires_at=AT,
    source="voice",
    transcript="rename user_id",
    raw_transcript="rename user id",
    state=State.DONE,
    usage=ModelUsage(input_tokens=7),
    timings=Timings(total_ms=9),
)


def reply(
    *edits: Edit,
    intent: Intent = Intent.MODIFY,
    code: str | None = None,
    explanation: str = "Done.",
    filename: str | None = "a.py",
) -> Reply:
    """A reply about a.py."""
    header = Header(intent=intent, language="python", filename=filename)
    return Reply(header=header, code=code, edits=edits, explanation=explanation)


def edit(search: str, replacement: str, path: str = "a.py") -> Edit:
    """A change of a file."""
    return Edit(path=path, search=search, replace=replacement)


def known(code: str, filename: str | None = "a.py") -> Command:
    """A command of the window."""
    return Command(
        interaction_id="c",
        at=AT,
        transcript="t",
        intent="create",
        language="python",
        filename=filename,
        code=code,
        explanation="",
    )


WINDOW = [known("x = 0\n"), known("x = 1\ny = 2\n"), known("z = 3\n", "b.py"), known("", None)]


def test_whole_code_becomes_the_result() -> None:
    outcome = judge(reply(code="x = 1\n"), ())
    assert outcome.to_result() == {
        "code": "x = 1\n",
        "language": "python",
        "filename": "a.py",
        "explanation": "Done.",
        "edits": [],
        "commit": None,
        "checks": [
            {"name": "parse", "ok": True, "detail": ""},
            {"name": "paths", "ok": True, "detail": ""},
            {"name": "secrets", "ok": True, "detail": ""},
        ],
    }


def test_edits_apply_in_order_to_the_newest_code_of_their_file() -> None:
    edits = edit("x = 1\n", "x = 10\n"), edit("x = 10\ny = 2\n", "y = 5\n")
    assert judge(reply(*edits), WINDOW).code == "y = 5\n"


def test_edits_name_the_file_where_the_header_does_not() -> None:
    outcome = judge(reply(edit("z = 3\n", "z = 4\n", "b.py"), filename=None), WINDOW)
    assert (outcome.code, outcome.reply.header.filename) == ("z = 4\n", "b.py")


@pytest.mark.parametrize(
    "edits",
    [
        (edit("w = 1\n", "w = 2\n"),),
        (edit("", "w = 2\n"),),
        (edit(" = ", " == "),),
        (edit("x = 1\n", ""), edit("x = 1\n", "")),
        (edit("x = 1\n", "x = 2\n", "c.py"),),
        (edit("x = 1\n", "x = 2\n"), edit("z = 3\n", "z = 4\n", "b.py")),
        (edit("z = 3\n", "z = 4\n", "b.py"),),
    ],
)
def test_edits_that_do_not_fit_exactly_are_told(edits: tuple[Edit, ...]) -> None:
    with pytest.raises(MalformedReply, match="whole new content"):
        judge(reply(*edits), WINDOW)


def test_an_edit_that_fits_twice_with_overlap_is_refused() -> None:
    with pytest.raises(MalformedReply, match="exactly once"):
        judge(reply(edit("aa", "b")), [known("aaa\n")])


def test_code_that_the_window_has_cut_is_not_edited() -> None:
    (cut,) = Window().add(known("x = 1\n" + "y = 2\n" * 9000)).commands
    with pytest.raises(MalformedReply, match="whole new content"):
        judge(reply(edit("x = 1\n", "x = 2\n")), [cut])


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (reply(code="def f(:\n"), "parse check failed: line 1"),
        (reply(code="x = 1\n", filename="../a.py"), "paths check failed"),
        (reply(intent=Intent.EXPLAIN, explanation=""), "missing"),
        (reply(intent=Intent.UNCLEAR, explanation=""), "missing"),
    ],
)
def test_what_cannot_be_shown_is_told(bad: Reply, words: str) -> None:
    with pytest.raises(MalformedReply, match=words):
        judge(bad, ())


def test_a_secret_is_shown_with_its_check_failed() -> None:
    outcome = judge(reply(code="KEY = 'AKIA" + "ABCDEFGHIJKLMNOP'\n"), ())
    assert [c.ok for c in outcome.checks] == [True, True, False]


@pytest.mark.parametrize("intent", [Intent.EXPLAIN, Intent.UNDO, Intent.CANCEL, Intent.UNCLEAR])
def test_a_reply_without_code_has_no_checks(intent: Intent) -> None:
    result = judge(reply(intent=intent, filename=None), ()).to_result()
    assert (result["code"], result["checks"]) == (None, [])
    assert set(result) == set(plain_result(""))


def test_the_window_keeps_what_was_said_and_made() -> None:
    outcome = judge(reply(code="x = 1\n"), ())
    command = as_command(replace(INTERACTION, intent="modify", result=outcome.to_result()))
    assert command == Command(
        interaction_id="i",
        at=AT,
        transcript="rename user_id",
        intent="modify",
        language="python",
        filename="a.py",
        code="x = 1\n",
        explanation="Done.",
    )
    explained = judge(reply(intent=Intent.EXPLAIN), ()).to_result()
    assert as_command(replace(INTERACTION, intent="explain", result=explained)).code == ""


def test_a_done_command_is_told_as_its_result() -> None:
    message = as_message(replace(INTERACTION, intent="modify", result=plain_result("e")))
    assert isinstance(message, Result)
    assert (message.turn, message.interaction_id, message.intent) == (3, "i", "modify")
    assert message.timings["total_ms"] == 9
    assert message.usage["input_tokens"] == 7


def test_a_failed_command_is_told_as_its_error() -> None:
    failure = Failure(code="model_timeout", message="m", retryable=True)
    message = as_message(replace(INTERACTION, state=State.FAILED, error=failure))
    assert message == Error(
        turn=3, interaction_id="i", code="model_timeout", message="m", retryable=True
    )


def test_a_cancelled_command_is_told_as_that() -> None:
    message = as_message(replace(INTERACTION, state=State.CANCELLED))
    assert message == Status(turn=3, state="cancelled")


@pytest.mark.parametrize("intent", [Intent.MODIFY, Intent.DEBUG])
def test_a_file_seen_only_in_part_is_not_rewritten(intent: Intent) -> None:
    long = "".join(f"value_{n} = {n}\n" for n in range(5000))
    window = Window().add(known(long)).commands
    with pytest.raises(MalformedReply, match="longer than what you were shown"):
        judge(reply(intent=intent, code="x = 1\n"), window)
    assert judge(reply(intent=Intent.TEST, code="x = 1\n"), window).code == "x = 1\n"
