"""Names that several definitions have: what is asked, what answers it, and what is then changed."""

import pytest

from dev.anthropic_standin.answers.engine import answer
from shared.services.voice_repository import VoiceRepository
from shared.voice.prompt import build_request
from shared.voice.repository import Applied, RepositoryView
from tests.support.voice_repository import Desk, command, read_reply

ONE = "def {}(a):\n    return a\n"
FILES = {
    "q1.py": ONE.format("encode"),
    "q2.py": ONE.format("encode"),
    "p1.py": ONE.format("scale_value"),
    "p2.py": ONE.format("scale_value"),
    "book.py": "class Book:\n    def total(self):\n        return 0\n",
    "more.py": ONE.format("total") + "\n\n" + ONE.format("convert"),
    "other.py": ONE.format("convert"),
    "web/views.py": ONE.format("index"),
    "web/admin/views.py": ONE.format("index"),
    "alone.py": ONE.format("reset"),
}
SCALE = "add a docstring to scale value"


class Talk:
    """One connection of a user, and the commands on it."""

    def __init__(self) -> None:
        self.desk = Desk()
        self.desk.port.commit("main", {path: text.encode() for path, text in FILES.items()})
        self.connection: VoiceRepository = self.desk.connection()
        self.number = 0

    def look(self, said: str, recent: tuple[str, ...] = ()) -> RepositoryView:
        """What a command is shown."""
        self.number += 1
        view = self.connection.look(command(said, self.number), recent)
        self.connection.release(command(said, self.number).id)
        return view

    def do(self, said: str, recent: tuple[str, ...] = ()) -> Applied:
        """A command that the stand-in of the model answers and the repository takes."""
        self.number += 1
        interaction = command(said, self.number)
        view = self.connection.look(interaction, recent)
        assert view.question is None
        request = build_request((), said, view)
        turns = [(message.role, message.text) for message in request.messages]
        reply = read_reply(answer(system=request.system, turns=turns).render())
        applied = self.connection.apply(interaction, reply, view)
        self.connection.release(interaction.id)
        return applied


@pytest.fixture
def talk() -> Talk:
    """A user who has just connected."""
    return Talk()


@pytest.mark.parametrize(
    ("said", "name", "files"),
    [
        ("add logging to encode", "encode", ("q1.py", "q2.py")),
        ("add error handling to total", "total", ("book.py", "more.py")),
        ("add error handling to convert", "convert", ("more.py", "other.py")),
        ("rename convert to transform", "convert", ("more.py", "other.py")),
        ("explain total", "total", ("book.py", "more.py")),
        ("write tests for convert", "convert", ("more.py", "other.py")),
        ("fix the bug in total", "total", ("book.py", "more.py")),
        ("make total faster", "total", ("book.py", "more.py")),
        ("make the total method faster", "total", ("book.py", "more.py")),
        ("explain how convert works", "convert", ("more.py", "other.py")),
        ("rename encode to reset", "encode", ("q1.py", "q2.py")),
    ],
)
def test_a_name_of_two_definitions_is_asked_about(
    talk: Talk, said: str, name: str, files: tuple[str, str]
) -> None:
    view = talk.look(said)
    assert view.question == f"Did you mean {name} in {files[0]} or {name} in {files[1]}?"
    assert {*files} <= {each.path for each in view.files}


@pytest.mark.parametrize(
    "said",
    [
        "convert cents to euros",
        "print the total",
        "sum up the total",
        "add a button to convert",
        "create a function to convert numbers",
        "write a helper for total",
        "explain the total",
        "explain the total of the invoice",
        "I want to convert",
        "add a function to encode text",
    ],
)
def test_everyday_words_and_new_things_are_not_asked_about(talk: Talk, said: str) -> None:
    assert talk.look(said).question is None


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("add a docstring to scale value in p2", "`scale_value` in p2.py"),
        ("add a docstring to scale value of p 2", "`scale_value` in p2.py"),
        ("add logging to convert in more", "`convert` in more.py"),
        ("add logging to convert in other dot py", "`convert` in other.py"),
        ("add logging to total in book", "`Book.total` in book.py"),
    ],
)
def test_the_sentence_decides_by_a_file_with_or_without_its_ending(
    talk: Talk, said: str, meant: str
) -> None:
    view = talk.look(said)
    assert (view.question, view.meant) == (None, (meant,))
    assert view.files[0].path == meant.rpartition(" ")[2]


def test_a_word_that_is_followed_by_another_is_no_file(talk: Talk) -> None:
    assert talk.look("add logging to convert in other places").question is not None


def test_what_has_no_namesake_needs_no_word_for_which_is_meant(talk: Talk) -> None:
    assert talk.look("add logging to reset").meant == ()


def test_the_recent_file_decides_and_the_view_says_so(talk: Talk) -> None:
    view = talk.look("add logging to encode", ("alone.py", "q2.py", "q1.py"))
    assert (view.question, view.meant) == (None, ("`encode` in q2.py",))
    assert view.files[0].path == "q2.py"
    request = build_request((), "add logging to encode", view)
    assert request.messages[-1].text.endswith(
        "\n\nmeant: `encode` in q2.py\n\nCommand: add logging to encode"
    )


def test_a_command_on_the_recent_file_changes_that_one(talk: Talk) -> None:
    first = talk.do("add a docstring to encode in q2 dot py")
    second = talk.do("add logging to encode", ("q2.py",))
    assert [each.path for each in (*first.edits, *second.edits)] == ["q2.py", "q2.py"]
    assert talk.desk.contents()["q1.py"] == FILES["q1.py"].encode()


@pytest.mark.parametrize(
    "said",
    [
        "the one in p2.py", "The one in p2.", "p2", "p two", "the second one", "second", "in p2",
        "number two", "the last one", "I meant p2.py please", "the p2 one", "option 2",
        "the one in p 2 dot p y",
    ],
)  # fmt: skip
def test_a_short_answer_continues_the_command_that_was_asked_about(talk: Talk, said: str) -> None:
    assert talk.look(SCALE).question is not None
    view = talk.look(said)
    assert view.question is None
    assert view.meant == (f'`scale_value` in p2.py (the command was: "{SCALE}")',)
    assert view.files[0].path == "p2.py"


@pytest.mark.parametrize(
    ("command_", "said", "meant"),
    [
        ("add error handling to total", "the method", "`Book.total` in book.py"),
        ("add error handling to total", "the one in the book class", "`Book.total` in book.py"),
        ("add error handling to total", "book dot total", "`Book.total` in book.py"),
        ("add error handling to total", "more", "`total` in more.py"),
        ("add logging to the index function", "the admin one", "`index` in web/admin/views.py"),
        ("add logging to the index function", "web/views.py", "`index` in web/views.py"),
    ],
)
def test_answers_name_classes_kinds_and_folders(
    talk: Talk, command_: str, said: str, meant: str
) -> None:
    talk.look(command_)
    assert talk.look(said).meant == (f'{meant} (the command was: "{command_}")',)


@pytest.mark.parametrize(
    "said",
    ["yes", "both", "explain p2", "undo that", "make it faster", "the fourth one", "views",
     "add logging to reset"],
)  # fmt: skip
def test_what_names_no_single_one_is_a_command_of_its_own(talk: Talk, said: str) -> None:
    talk.look("add logging to the index function")
    assert talk.look(said).meant == ()


def test_an_answer_counts_only_right_after_the_question(talk: Talk) -> None:
    talk.look(SCALE)
    talk.look("explain reset")
    assert talk.look("the second one").meant == ()


def test_the_commit_of_an_answer_says_the_whole_command(talk: Talk) -> None:
    talk.look(SCALE)
    applied = talk.do("the second one")
    assert [each.path for each in applied.edits] == ["p2.py"]
    assert applied.commit is not None
    message = talk.desk.port.commits(applied.commit.branch, None, 1)[0].message
    assert message.startswith(f"{SCALE} (the second one)\n")


def test_an_answer_that_is_looked_at_again_means_the_same(talk: Talk) -> None:
    talk.look(SCALE)
    interaction = command("p2", 7)
    first = talk.connection.look(interaction, ())
    assert talk.connection.look(interaction, ()).meant == first.meant != ()
