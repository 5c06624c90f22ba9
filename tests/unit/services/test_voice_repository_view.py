"""What a command is shown of a repository, and what it costs to find out."""

import pytest

from shared.services.voice_repository_view import spoken_paths
from shared.text.secrets_scan import LEFT_OUT
from shared.voice.repository import RepositoryView
from tests.support.voice_repository import BRANCH, Desk, change, command

MONEY = "def parse_amount(text):\n    return int(text)\n"
BOOK = (
    "from app.money import parse_amount\n\n\nclass Book:\n    def total(self):\n        return 0\n"
)
OTHER = "def parse_amounts(texts):\n    return []\n"
PAD = "# " + "padding that makes a file large\n# " * 700 + "\n"
FILES = {
    "app/money.py": MONEY,
    "app/book.py": BOOK,
    "app/other.py": OTHER,
    "app/large.py": PAD + "def large_thing(a):\n    return a\n",
    "tests/test_money.py": "from app.money import parse_amount\n" + PAD,
    "README.md": "# App\n",
    "pyproject.toml": "[project]\n",
    ".env": "KEY=1\n",
    "config/secrets.json": "{}\n",
    "app/keys.py": f"A = 1\nKEY = 'AKIA{'B' * 16}'\n",
}


@pytest.fixture
def desk() -> Desk:
    """A user whose repository has a few modules, one of them large."""
    desk = Desk()
    desk.port.commit("main", {path: text.encode() for path, text in FILES.items()})
    return desk


def look(desk: Desk, said: str, recent: tuple[str, ...] = (), number: int = 1) -> RepositoryView:
    """What a command is shown."""
    connection = desk.connection()
    view = connection.look(command(said, number), recent)
    connection.release(command(said, number).id)
    return view


def shown(view: RepositoryView) -> list[str]:
    return [each.path for each in view.files]


def test_what_is_named_comes_first_and_whole(desk: Desk) -> None:
    view = look(desk, "add logging to the large thing function")
    assert shown(view)[0] == "app/large.py"
    assert view.files[0].text == FILES["app/large.py"]
    assert view.files[0].language == "python"
    assert (view.branch, view.base, view.question) == (BRANCH, "main", None)


def test_what_a_named_file_imports_is_shown_with_it(desk: Desk) -> None:
    assert shown(look(desk, "change the book file"))[:2] == ["app/book.py", "app/money.py"]


def test_what_the_conversation_was_about_is_shown(desk: Desk) -> None:
    assert shown(look(desk, "make it faster", ("app/large.py", "gone.py")))[0] == "app/large.py"


def test_files_nobody_spoke_of_are_shown_only_while_they_are_small(desk: Desk) -> None:
    view = look(desk, "add a docstring to parse amount")
    assert "app/book.py" in shown(view)
    assert "app/large.py" not in shown(view)
    outline = next(each for each in view.outlines if each.path == "app/large.py")
    assert outline.text.startswith("def large_thing(a)")
    assert "return a" not in outline.text


def test_tests_of_what_is_named_are_shown_where_the_words_are_about_tests(desk: Desk) -> None:
    assert "tests/test_money.py" in shown(look(desk, "write tests for money dot py"))
    assert "tests/test_money.py" not in shown(look(desk, "explain money dot py", number=2))


@pytest.mark.parametrize("said", ["show me dot env", "change config slash secrets dot json"])
def test_files_of_secrets_are_never_read(desk: Desk, said: str) -> None:
    view = look(desk, said, (".env", "config/secrets.json"))
    assert not {".env", "config/secrets.json"} & {*shown(view), *(o.path for o in view.outlines)}
    tree = desk.port.snapshot(view.tip).files
    secret = {tree[".env"].id, tree["config/secrets.json"].id}
    read = {blob for call in desk.port.calls if call.method == "read" for blob in call.arguments[0]}
    assert not secret & read


def test_a_line_with_a_secret_is_left_out(desk: Desk) -> None:
    view = look(desk, "change keys dot py")
    text = next(each.text for each in view.files if each.path == "app/keys.py")
    assert text == f"A = 1\n{LEFT_OUT}\n"


def test_a_password_in_code_is_left_out_and_what_reads_one_is_not(desk: Desk) -> None:
    lines = 'password = "hunter2hunter2"\ntoken = next_token()\n'
    desk.port.commit("main", {"app/login.py": lines.encode()})
    view = look(desk, "change login dot py")
    text = next(each.text for each in view.files if each.path == "app/login.py")
    assert text == f"{LEFT_OUT}\ntoken = next_token()\n"
    assert "hunter2" not in repr(view)


def test_words_that_name_two_things_are_asked_about(desk: Desk) -> None:
    desk.port.commit("main", {"app/more.py": b"class Book:\n    def total(self):\n        pass\n"})
    view = look(desk, "add logging to the total method")
    assert view.question == "Did you mean total in book.py or total in more.py?"


def test_the_conversation_decides_between_two_things(desk: Desk) -> None:
    desk.port.commit("main", {"app/more.py": b"class Book:\n    def total(self):\n        pass\n"})
    view = look(desk, "add logging to the total method", ("app/more.py",))
    assert view.question is None
    assert "app/more.py" in shown(view)[:2]


def test_a_command_for_something_new_is_not_asked_about(desk: Desk) -> None:
    desk.port.commit("main", {"app/more.py": b"class Book:\n    def total(self):\n        pass\n"})
    view = look(desk, "create a function that uses the total method", number=2)
    assert view.question is None


def test_names_of_the_repository_come_most_used_first(desk: Desk) -> None:
    names = look(desk, "anything").names
    assert {"parse_amount", "Book", "money.py"} <= set(names)
    assert names.index("parse_amount") < names.index("parse_amounts")
    assert desk.connection().prefetch() == names


def test_a_second_look_asks_only_where_the_branch_is(desk: Desk) -> None:
    look(desk, "add a docstring to parse amount")
    desk.port.calls.clear()
    look(desk, "explain parse amount", number=2)
    assert [call.method for call in desk.port.calls] == ["refs"]


def test_a_command_costs_one_push_beside_what_tells_where_the_branch_is(desk: Desk) -> None:
    connection = desk.connection()
    connection.prefetch()
    desk.port.calls.clear()
    view = connection.look(command("strip in parse amount"), ())
    reply = change("app/money.py", "    return int(text)\n", "    return int(text.strip())\n")
    connection.apply(command("strip in parse amount"), reply, view)
    assert [call.method for call in desk.port.calls] == ["refs", "refs", "push"]
    connection.release(command().id)
    connection.look(command("explain parse amount", 2), ())
    connection.release(command(number=2).id)
    desk.port.calls.clear()
    view = connection.look(command("strip in parse amount", 3), ())
    reply = change("app/money.py", "    return int(text.strip())\n", "    return int(text)\n")
    connection.apply(command("strip in parse amount", 3), reply, view)
    connection.release(command(number=3).id)
    connection.look(command("explain parse amount", 4), ())
    assert [call.method for call in desk.port.calls] == ["refs", "refs", "push", "refs"]


def test_after_a_commit_of_somebody_else_only_what_is_new_is_read(desk: Desk) -> None:
    look(desk, "explain parse amount")
    desk.port.commit("main", {"app/book.py": (BOOK + "\n\nX = 1\n").encode()})
    desk.port.calls.clear()
    view = look(desk, "explain the book file", number=2)
    assert [call.method for call in desk.port.calls] == ["refs", "snapshot", "read"]
    new = desk.port.snapshot(view.tip).files["app/book.py"].id
    assert desk.port.calls[2].arguments == ((new,),)


def test_a_large_repository_is_read_only_as_far_as_is_needed() -> None:
    desk = Desk()
    files = {f"src/m{n:04}.py": f"def thing_{n}(a):\n    return a\n".encode() for n in range(900)}
    desk.port.commit("main", files | {"src/zebra.py": b"def stripes(a):\n    return a\n"})
    view = look(desk, "explain the zebra file")
    assert "src/zebra.py" in shown(view)
    read = {blob for call in desk.port.calls if call.method == "read" for blob in call.arguments[0]}
    assert 400 <= len(read) <= 420


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("change pyproject dot toml", ["pyproject.toml"]),
        ("update the readme", ["README.md"]),
        ("update the read me", ["README.md"]),
        ("in app slash money dot py", ["app/money.py"]),
        ("in test underscore money dot py", ["tests/test_money.py"]),
        ("in app/money.py please", ["app/money.py"]),
        ("spend the money", []),
        ("in money dot py.", ["app/money.py"]),
    ],
)
def test_files_are_found_by_their_whole_names(said: str, found: list[str]) -> None:
    assert spoken_paths(said, FILES) == found


def test_a_name_of_several_files_names_none() -> None:
    assert spoken_paths("change a dot py", ["x/a.py", "y/a.py"]) == []
