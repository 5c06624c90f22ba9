"""The built-in rules with a connected repository: what they answer fits the files shown."""

import ast
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from dev.anthropic_standin.answers.engine import SIGNATURE, answer
from shared.code.edits import FileEdit, Replacement, Source, WholeFile, apply_edits
from shared.ports.model import ModelRequest
from shared.voice.prompt import build_repair, build_request
from shared.voice.records import Intent
from shared.voice.reply import Reply, ReplyParser
from shared.voice.repository import Outline, RepositoryView, ViewFile

SAMPLE = Path(__file__).parents[3] / "dev/git_server/sample"
JAVASCRIPT = """'use strict';

/** Adds two numbers. */
function add(a, b) {
  return a + b;
}

class Basket {
  constructor() {
    this.items = [];
  }

  total() {
    return this.items.reduce((sum, item) => sum + item.price, 0);
  }
}

module.exports = { add, Basket };
"""


def sample() -> dict[str, str]:
    """The sample repository's files, as they are in it."""
    found = sorted(SAMPLE.rglob("*.txt"))
    return {
        each.relative_to(SAMPLE).as_posix().removesuffix(".txt"): each.read_text("utf-8")
        for each in found
    }


def asked(command: str, files: dict[str, str], outlines: tuple[str, ...] = ()) -> ModelRequest:
    """The request that a session makes for a command."""
    view = RepositoryView(
        branch="voice/x",
        base="main",
        tip="t",
        files=tuple(
            ViewFile(path=path, text=text, language=None, blob="b") for path, text in files.items()
        ),
        outlines=tuple(Outline(path, "def something()\n") for path in outlines),
    )
    return build_request((), command, view)


def reply_to(request: ModelRequest) -> Reply:
    """What the rules answer, as the product reads it."""
    turns = [(message.role, message.text) for message in request.messages]
    text = answer(system=request.system, turns=turns).render()
    parser = ReplyParser()
    parser.feed(text)
    reply = parser.finish()[1]
    assert reply.explanation.endswith(SIGNATURE)
    return reply


def done(command: str, files: dict[str, str]) -> tuple[Reply, dict[str, str]]:
    """The reply to a command, and all files after it."""
    reply = reply_to(asked(command, files))
    edits: list[FileEdit] = [
        Replacement(path=each.path, search=each.search, replace=each.replace)
        for each in reply.edits
    ]
    if reply.code is not None:
        assert reply.header.filename is not None
        assert reply.header.filename not in files
        edits = [WholeFile(path=reply.header.filename, content=reply.code)]
    if not edits:
        return reply, files
    sources = {path: Source(content=text.encode()) for path, text in files.items()}
    changed = apply_edits(sources, edits).files
    texts = {path: (content or b"").decode() for path, content in changed.items()}
    return reply, files | texts


def is_sound(files: dict[str, str]) -> bool:
    """Whether a repository's own tests pass, run apart from this process."""
    with tempfile.TemporaryDirectory() as folder:
        for path, text in files.items():
            file = Path(folder, path)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, "utf-8")
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
            cwd=folder,
            capture_output=True,
            timeout=60,
            check=False,
        )
    print(done.stdout.decode())
    return done.returncode == 0


@pytest.mark.parametrize(
    ("command", "path", "expected"),
    [
        ("add error handling to the parse amount function", "src/pocketbook/money.py", "except"),
        ("add error handling to parse_amount in money dot py", "src/pocketbook/money.py", "except"),
        ("add logging to format amount", "src/pocketbook/money.py", "logger.info("),
        ("add a docstring to the share function", "src/pocketbook/report.py", '"""Share.'),
        ("add a docstring to by category", "src/pocketbook/book.py", '"""By category.'),
        ("make the monthly report function async", "src/pocketbook/report.py", "async def monthly"),
        (
            "add input validation to the format amount function",
            "src/pocketbook/money.py",
            "isinstance",
        ),
        ("add logging to the total method", "src/pocketbook/book.py", "logger.info("),
    ],
)
def test_a_change_is_made_where_it_was_meant(command: str, path: str, expected: str) -> None:
    before = sample()
    reply, after = done(command, before)
    assert reply.header.intent is Intent.MODIFY
    assert {each.path for each in reply.edits} == {path}
    assert expected in after[path]
    assert expected not in before[path] or after[path].count(expected) > before[path].count(
        expected
    )
    ast.parse(after[path])
    assert {p: t for p, t in after.items() if p != path} == {
        p: t for p, t in before.items() if p != path
    }


def test_a_change_of_one_method_leaves_the_others() -> None:
    before = sample()["src/pocketbook/book.py"]
    _, after = done("add error handling to the add method", sample())
    lines = after["src/pocketbook/book.py"].splitlines()
    assert sum("except" in line for line in lines) == 1
    assert [line for line in before.splitlines() if line.startswith("    def ")] == [
        line for line in lines if line.startswith("    def ")
    ]


def test_a_rename_reaches_the_files_that_use_the_name() -> None:
    reply, after = done("rename parse amount to read amount", sample())
    assert {each.path for each in reply.edits} >= {
        "src/pocketbook/money.py", "src/pocketbook/__init__.py", "tests/test_money.py",
    }  # fmt: skip
    assert "def read_amount(" in after["src/pocketbook/money.py"]


def test_a_new_function_goes_to_the_end_of_the_file_that_was_named() -> None:
    before = sample()
    reply, after = done("create a function that reverses a string in file money dot py", before)
    path = "src/pocketbook/money.py"
    assert reply.header.intent is Intent.CREATE
    assert reply.edits
    assert reply.code is None
    assert after[path].startswith(before[path].rstrip("\n"))
    assert "reverse" in after[path][len(before[path]) :]


def test_a_new_file_goes_beside_the_code() -> None:
    reply, after = done("create a function that adds two numbers in file utils dot py", sample())
    assert reply.header.filename == "src/pocketbook/utils.py"
    assert "def " in after["src/pocketbook/utils.py"]


def test_tests_are_written_into_the_folder_of_tests() -> None:
    reply, after = done("write unit tests for the format amount function", sample())
    assert reply.header.intent is Intent.TEST
    assert reply.header.filename == "tests/test_format_amount.py"
    text = after["tests/test_format_amount.py"]
    assert "from pocketbook.money import format_amount\n" in text


def test_after_several_commands_all_tests_of_the_repository_pass() -> None:
    files = sample()
    for command in (
        "write unit tests for the format amount function",
        "rename parse amount to read amount",
        "create a function that reverses a string in file money dot py",
        "create a function that adds two numbers in file utils dot py",
        "write tests for utils dot py",
        "add logging to the total method",
    ):
        before = files
        _, files = done(command, files)
        assert files != before, command
    assert is_sound(files)


def test_tests_do_not_replace_those_that_are_there() -> None:
    reply = reply_to(asked("write tests for money dot py", sample()))
    assert reply.header.filename == "tests/test_money_2.py"


def test_a_function_is_explained_where_it_stands() -> None:
    reply, after = done("explain how parse amount works", sample())
    assert reply.header.intent is Intent.EXPLAIN
    assert after == sample()
    assert "`src/pocketbook/money.py`" in reply.explanation
    assert "parse_amount" in reply.explanation


def test_a_fault_is_mended() -> None:
    files = {"src/add.py": "import math\n\n\ndef add(a, b):\n    total = a + b\n"}
    reply, after = done("debug the add function, it returns none", files)
    assert reply.header.intent is Intent.DEBUG
    assert after["src/add.py"].endswith("    return total\n")


def test_without_a_fault_nothing_is_changed() -> None:
    reply, after = done("debug the share function", sample())
    assert after == sample()
    assert "none" in reply.explanation


@pytest.mark.parametrize(
    ("command", "intent"),
    [("undo that", Intent.UNDO), ("never mind", Intent.CANCEL), ("um", Intent.UNCLEAR)],
)
def test_commands_about_no_file_are_as_without_a_repository(command: str, intent: Intent) -> None:
    assert reply_to(asked(command, sample())).header.intent is intent


def test_what_cannot_be_told_is_asked() -> None:
    reply = reply_to(asked("add error handling", {"a.py": "def f():\n    return 1\n"} | sample()))
    assert reply.header.intent is Intent.UNCLEAR
    assert "?" in reply.explanation


def test_a_file_of_which_only_the_outline_is_known_is_not_written_over() -> None:
    request = asked(
        "create a function that adds two numbers in file utils dot py",
        {"src/app/a.py": "def f():\n    return 1\n"},
        ("src/app/utils.py",),
    )
    assert reply_to(request).header.intent is Intent.UNCLEAR


def test_the_request_to_repair_a_reply_is_answered_like_the_command() -> None:
    request = asked("add logging to format amount", sample())
    again = build_repair(request, "intent: modify", "The edit does not fit.")
    assert reply_to(again) == reply_to(request)


def test_javascript_is_changed_by_blocks_too() -> None:
    files = {"src/basket.js": JAVASCRIPT, "test/basket.test.js": "// tests\n"}
    reply, after = done("add error handling to the add function", files)
    assert {each.path for each in reply.edits} == {"src/basket.js"}
    assert "catch" in after["src/basket.js"]
    assert "class Basket {\n  constructor() {\n    this.items = [];" in after["src/basket.js"]


def test_a_new_javascript_function_is_exported_with_the_others() -> None:
    _, after = done(
        "create a function that multiplies two numbers in basket dot js",
        {"src/basket.js": JAVASCRIPT},
    )
    assert "module.exports = { add, Basket, multiply" in after["src/basket.js"]


def test_javascript_tests_require_the_file_where_it_is() -> None:
    files = {"src/basket.js": JAVASCRIPT, "test/other.test.js": "// tests\n"}
    reply, after = done("write tests for the add function", files)
    assert reply.header.filename == "test/add.test.js"
    assert 'const { add } = require("../src/basket.js");' in after["test/add.test.js"]


def test_a_file_with_fences_in_it_is_read_whole() -> None:
    files = {"a.py": 'TEXT = """\n```\nfile: b.py\n```\n"""\n\n\ndef f(a):\n    return a\n'}
    _, after = done("add logging to function f", files)
    assert after["a.py"].count("```") == 2
    assert "logger.info(" in after["a.py"]
