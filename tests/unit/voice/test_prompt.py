"""What the model is told."""

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.voice.prompt import SYSTEM, as_reply, build_repair, build_request
from shared.voice.records import Intent
from shared.voice.reply import Reply, ReplyParser
from shared.voice.window import Command, Window


def command(code: str, **fields: str | None) -> Command:
    """A command of the window."""
    values = {
        "transcript": "add two numbers",
        "intent": "create",
        "language": "python",
        "filename": "add.py",
        "explanation": "Adds.",
    } | fields
    at = datetime(2026, 11, 22, tzinfo=UTC)
    return Command(interaction_id="i", at=at, code=code, **values)  # type: ignore[arg-type]


def parse(text: str) -> Reply:
    """Read a whole reply."""
    parser = ReplyParser()
    parser.feed(text)
    return parser.finish()[1]


def test_the_system_prompt_is_long_enough_to_be_cached() -> None:
    """The vendor caches from 512 tokens; both estimates are below what tokenizers give."""
    assert len(SYSTEM) / 5 >= 512
    assert len(re.findall(r"\w+|[^\w\s]", SYSTEM)) >= 600


def test_the_example_in_the_prompt_follows_the_protocol() -> None:
    example = SYSTEM[SYSTEM.index("intent: create") : SYSTEM.index("Rules of the form")]
    reply = parse(example)
    assert reply.header.filename == "clamp.py"
    assert reply.code is not None
    compile(reply.code, "clamp.py", "exec")
    assert "Bounds" in reply.explanation


def test_every_intent_is_explained() -> None:
    for intent in Intent:
        assert re.search(rf"\b{intent}\b", SYSTEM)


def test_the_conversation_alternates_and_ends_with_the_command() -> None:
    commands = [command("x = 1\n", transcript=f"command {number}") for number in range(10)]
    request = build_request(commands, "the new one")
    assert [m.role for m in request.messages] == ["user", "assistant"] * 10 + ["user"]
    assert [m.text for m in request.messages[::2]] == [c.transcript for c in commands] + [
        "the new one"
    ]
    assert all(m.text.strip() for m in request.messages)


def test_the_first_command_is_the_whole_conversation() -> None:
    request = build_request((), "the first one")
    assert [(m.role, m.text) for m in request.messages] == [("user", "the first one")]
    assert request.system == SYSTEM


@pytest.mark.parametrize("reply", ["", " \n", "some garbage"])
def test_a_repair_shows_the_reply_and_the_fault(reply: str) -> None:
    request = build_request((), "the command")
    repair = build_repair(request, reply, "The code block is not closed.")
    assert repair.messages[:1] == request.messages
    assert [m.role for m in repair.messages] == ["user", "assistant", "user"]
    assert all(m.text.strip() for m in repair.messages)
    assert "The code block is not closed." in repair.messages[-1].text
    assert repair.system == request.system


_CODE = st.lists(
    st.one_of(
        st.sampled_from(
            ["```", "````", "  ```python", "~~~", "x = 1", "", "=======", ">>>>>>> REPLACE", "`"]
        ),
        st.text("ab `~=>\t", max_size=8),
    ),
    min_size=1,
).map(lambda lines: "\n".join([*lines, "end", ""]))


@given(_CODE)
def test_a_remembered_command_reads_back_to_the_same_code(code: str) -> None:
    for intent in ("create", "modify", "debug", "test"):
        reply = parse(as_reply(command(code, intent=intent)))
        assert reply.code == code
        assert reply.explanation == "Adds."
        assert (reply.header.language, reply.header.filename) == ("python", "add.py")


def test_code_without_a_last_newline_gets_one() -> None:
    assert parse(as_reply(command("x = 1"))).code == "x = 1\n"


def test_code_that_the_window_cut_reads_back() -> None:
    (cut,) = Window().add(command("x = 1\n" * 9000)).commands
    assert cut.is_cut
    assert parse(as_reply(cut)).code == cut.code + "\n"


@pytest.mark.parametrize("intent", ["explain", "undo", "unclear", "debug"])
def test_a_command_without_code_reads_back(intent: str) -> None:
    reply = parse(
        as_reply(command("", intent=intent, language=None, filename=None, explanation="Why.\nSo."))
    )
    assert (reply.header.intent, reply.code, reply.explanation) == (intent, None, "Why.\nSo.")


def test_a_command_without_anything_is_only_its_header() -> None:
    bare = command("", intent="undo", language=None, filename=None, explanation="")
    assert as_reply(bare) == "intent: undo"
