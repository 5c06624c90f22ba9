"""The stand-in's answers where names are several, missing, or paths that may not be."""

import pytest

from shared.voice.records import Intent
from tests.unit.dev.test_anthropic_repository import asked, done, reply_to, sample

CONVERT = "def convert(a):\n    return a\n"
FILES = {
    "src/app/more.py": CONVERT,
    "src/app/other.py": CONVERT + "\n\ndef use():\n    return convert(1)\n",
    "src/app/user.py": "from app.more import convert\n\nX = convert(1)\n",
    "src/app/near.py": "from .more import convert\n\n__all__ = ['convert']\n",
    "src/app/far.py": "from app.near import convert\n\nX = convert(2)\n",
    "src/app/whole.py": "from app import more\n\nX = more.convert(1)\n",
    "src/app/twin.py": "from app.other import convert\n\nX = convert(1)\n",
}


def test_a_rename_follows_the_imports_and_nothing_else() -> None:
    _, after = done("rename convert in more dot py to transform", FILES)
    assert {path for path in FILES if after[path] != FILES[path]} == {
        f"src/app/{name}.py" for name in ("more", "user", "near", "far", "whole")
    }
    assert after["src/app/near.py"].endswith("__all__ = ['transform']\n")
    assert after["src/app/far.py"] == "from app.near import transform\n\nX = transform(2)\n"
    assert after["src/app/whole.py"] == "from app import more\n\nX = more.transform(1)\n"


def test_a_javascript_rename_follows_the_requires() -> None:
    files = {
        "lib/a.js": "function tidyUp(a) {\n  return a;\n}\n\nmodule.exports = { tidyUp };\n",
        "lib/b.js": "function tidyUp(a) {\n  return 1;\n}\n\nmodule.exports = { tidyUp };\n",
        "test/a.test.js": "const { tidyUp } = require('../lib/a.js');\n\ntidyUp(1);\n",
    }
    _, after = done("rename tidy up in a dot js to clear", files)
    assert after["lib/b.js"] == files["lib/b.js"]
    assert "tidyUp" not in after["lib/a.js"] + after["test/a.test.js"]


def test_the_names_that_a_package_exports_follow_a_rename() -> None:
    _, after = done("rename parse amount to read amount", sample())
    assert not [path for path, text in after.items() if "parse_amount" in text and ".py" in path]
    assert '"read_amount"]' in after["src/pocketbook/__init__.py"]


def test_what_is_there_is_changed_where_it_shall_be_faster() -> None:
    reply, after = done("make parse amount faster", sample())
    assert reply.header.intent is Intent.MODIFY
    assert after.keys() == sample().keys()
    assert "functools.cache" in after["src/pocketbook/money.py"]


@pytest.mark.parametrize(
    ("command", "missing"),
    [
        ("add a docstring to add entry", "add entry"),
        ("add a docstring to add entry in money dot py", "add entry"),
        ("explain the file dot env", "dot env"),
        ("explain load key", "load key"),
        ("what does load key do", "load key"),
        ("fix load key", "load key"),
        ("rename load key to read key", "load key"),
        ("write tests for load key", "load key"),
        ("make load key faster", "load key"),
        ("add logging to parse amount in nowhere dot py", "nowhere.py"),
        ("explain ledger dot py", "ledger.py"),
    ],
)
def test_what_is_not_there_is_said(command: str, missing: str) -> None:
    reply = reply_to(asked(command, sample()))
    assert reply.header.intent is Intent.UNCLEAR
    assert reply.code is None
    assert f"did not find `{missing}`" in reply.explanation


@pytest.mark.parametrize(
    "command", ["add a docstring to Book.add", "explain what parse amount does", "debug book.total"]
)
def test_what_is_there_is_not_called_missing(command: str) -> None:
    reply = reply_to(asked(command, sample()))
    assert "did not find" not in reply.explanation
    assert reply.header.intent is not Intent.UNCLEAR


@pytest.mark.parametrize(
    "path",
    [".env", "../outside.py", ".github/workflows/ci.yml", ".git/hooks/pre-commit", "a/../../b.py",
     "src/pocketbook/sums.py", "/etc/cron.py"],
)  # fmt: skip
def test_a_typed_path_is_the_one_that_is_answered(path: str) -> None:
    reply = reply_to(asked(f"create a function that adds two numbers in {path}", sample()))
    assert reply.header.filename == path
    assert "def " in (reply.code or "")


def test_a_typed_path_that_is_shown_is_added_to() -> None:
    path = "src/pocketbook/money.py"
    reply, after = done(f"create a function that reverses a string in {path}", sample())
    assert {each.path for each in reply.edits} == {path}
    assert "reverse" in after[path]


def test_a_typed_path_that_the_rules_cannot_write_is_said() -> None:
    reply = reply_to(asked("create a function that adds two numbers in notes/a.txt", sample()))
    assert reply.header.intent is Intent.UNCLEAR
    assert "`notes/a.txt`" in reply.explanation
