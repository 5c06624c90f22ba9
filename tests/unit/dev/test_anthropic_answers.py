"""Whole conversations with the built-in rules: what is changed, mended, tested and explained."""

import ast
import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dev.anthropic_standin.answers.engine import SIGNATURE, answer
from dev.anthropic_standin.answers.evaluate import NotEvaluatedError, evaluate
from dev.anthropic_standin.answers.reply import Answer, read_reply
from dev.anthropic_standin.answers.shelf import javascript_recipes
from shared.voice.reply import ReplyParser


def converse(*commands: str, begin: str | None = None, language: str = "python") -> Answer:
    """Say commands one after the other, optionally after a reply that holds `begin`."""
    turns: list[tuple[str, str]] = []
    if begin is not None:
        name = "given.py" if language == "python" else "given.js"
        head = f"intent: create\nlanguage: {language}\nfilename: {name}"
        reply = f"{head}\n\n```\n{begin}\n```\n\nDone."
        turns += [("user", "something"), ("assistant", reply)]
    for command in commands:
        turns.append(("user", command))
        found = answer(system="", turns=turns)
        turns.append(("assistant", found.render()))
    return found


def run(code: str | None) -> dict[str, Any]:
    assert code is not None
    scope: dict[str, Any] = {"__name__": "sample"}
    exec(compile(code, "sample", "exec"), scope)
    return scope


ADD = "create a function that adds two numbers"


@pytest.mark.parametrize(
    ("command", "intent"),
    [
        (ADD, "create"),
        ("make it async", "modify"),
        ("fix it", "debug"),
        ("write tests for it", "test"),
        ("explain it", "explain"),
        ("undo that", "undo"),
        ("never mind", "cancel"),
        ("um", "unclear"),
    ],
)
def test_reply_of_each_intent_is_read_by_the_products_parser(command: str, intent: str) -> None:
    found = converse(ADD, command)
    parser = ReplyParser()
    for letter in found.render():
        parser.feed(letter)
    _, reply = parser.finish()
    assert reply.header.intent == intent
    assert reply.header.filename == found.filename
    assert (reply.code or "").rstrip() == (found.code or "").rstrip()
    assert reply.explanation.endswith(SIGNATURE)


def test_rename_keeps_the_file_and_the_behaviour() -> None:
    found = converse(ADD, "rename it to compute sum")
    assert found.filename == "add_numbers.py"
    assert run(found.code)["compute_sum"](1, 2) == 3
    assert "add_numbers" not in (found.code or "")


def test_chain_of_changes_keeps_working() -> None:
    found = converse(
        "create a function that calculates the factorial",
        "rename it to fact",
        "add type hints",
        "handle negative numbers",
        "add error handling",
        "add a docstring",
        "add logging",
        "make it async",
    )
    fact = run(found.code)["fact"]
    assert asyncio.run(fact(5)) == 120
    with pytest.raises(ValueError, match="negative"):
        asyncio.run(fact(-1))
    assert fact.__annotations__["n"] is int
    assert "Args:" in fact.__doc__


def test_recursive_function_made_async_awaits_itself() -> None:
    found = converse("flatten a nested list", "make it async")
    assert asyncio.run(run(found.code)["flatten"]([1, [2, [3]]])) == [1, 2, 3]


def test_caller_of_an_async_function_becomes_async() -> None:
    code = "def inner(a):\n    return a\n\n\ndef outer(a):\n    return inner(a) + 1\n"
    found = converse("make inner async", begin=code)
    assert asyncio.run(run(found.code)["outer"](1)) == 2


@pytest.mark.parametrize(
    ("command", "arguments", "expected"),
    [
        ("round the result to one decimal", (1, 0.26), 1.3),
        ("make it return a string", (1, 2), "3"),
        ("return a list instead", (1, 2), None),
        ("multiply the result by ten", (1, 2), 30),
        ("it should accept strings too", ("1", 2), 3),
        ("make it take three numbers", (1, 2, 3), 6),
        ("let it take any number of values", (1, 2, 3, 4), 10),
        ("set the default value of b to five", (1,), 6),
        ("return zero if the input is none", (None, 1), 0),
    ],
)
def test_change_of_an_addition_shows_in_its_result(
    command: str, arguments: tuple[Any, ...], expected: Any
) -> None:
    found = converse(ADD, command)
    assert found.intent == "modify"
    if expected is None:
        assert "list(" in (found.code or "")
    else:
        assert run(found.code)["add_numbers"](*arguments) == expected


def test_division_by_zero_is_handled_as_said() -> None:
    begin = ("create a function that divides two numbers", "handle division by zero")
    with pytest.raises(ValueError, match="zero"):
        run(converse(*begin).code)["divide_numbers"](1, 0)
    found = converse(begin[0], "return none if there is a division by zero")
    assert run(found.code)["divide_numbers"](1, 0) is None


def test_empty_list_is_handled() -> None:
    found = converse("the average of a list of numbers", "handle the case of an empty list")
    with pytest.raises(ValueError, match="empty"):
        run(found.code)["average_numbers"]([])


def test_error_handling_names_the_operations_errors(tmp_path: Path) -> None:
    found = converse("read a json file", "add error handling")
    broken = tmp_path / "broken.json"
    broken.write_text("{")
    read = run(found.code)["read_json"]
    with pytest.raises(ValueError, match="read_json failed"):
        read(broken)
    with pytest.raises(RuntimeError, match="read_json failed"):
        read(tmp_path / "missing.json")


def test_comments_of_the_author_survive_changes() -> None:
    code = "def area(width, height):\n    # Both in metres.\n    return width * height  # product\n"
    found = converse("add type hints", "add error handling", begin=code)
    assert "# Both in metres." in (found.code or "")
    assert "# product" in (found.code or "")


def test_method_and_attribute_are_added_to_a_class() -> None:
    found = converse(
        "create a class called dog with name and age",
        "add an attribute called owner",
        "add a method called set owner",
        "add a method called to dict",
    )
    dog = run(found.code)["Dog"]("Rex", 3)
    dog.set_owner("Ada")
    assert dog.to_dict() == {"name": "Rex", "age": 3, "owner": "Ada"}


def test_function_before_is_the_one_of_the_other_file() -> None:
    found = converse(
        ADD,
        "create a function that reverses a string",
        "rename it to backwards",
        "add type hints to the function before",
    )
    assert found.filename == "add_numbers.py"
    assert "a: float" in (found.code or "")


def test_function_is_found_by_its_spoken_name() -> None:
    found = converse(ADD, "reverse a string", "add a docstring to the add numbers function")
    assert found.filename == "add_numbers.py"


def test_undone_code_is_not_changed_any_more() -> None:
    found = converse(ADD, "rename it to total", "undo that", "add type hints")
    assert "def add_numbers(a: float" in (found.code or "")


def test_repair_request_answers_the_command_before_it() -> None:
    turns = [
        ("user", ADD),
        ("assistant", "nonsense"),
        ("user", "That answer cannot be used: x Answer the same command again, whole."),
    ]
    assert answer(system="", turns=turns).filename == "add_numbers.py"


def test_language_and_file_follow_the_sentence_then_the_conversation() -> None:
    first = converse("in javascript create a function that adds two numbers in file math dot js")
    assert (first.language, first.filename) == ("javascript", "math.js")
    then = converse("write a javascript function that adds two numbers", "now reverse a string")
    assert then.language == "javascript"
    back = converse("write a javascript function that adds two numbers", "make it python")
    assert (back.language, back.filename) == ("python", "add_numbers.py")


def test_translation_repeats_the_changes_in_the_other_language() -> None:
    found = converse(ADD, "rename it to total", "make it async", "convert it to javascript")
    assert "async function total(a, b)" in (found.code or "")


def test_extras_of_a_creating_sentence_are_applied_at_once() -> None:
    found = converse(
        "create a function that divides two numbers with type hints and error handling"
    )
    assert "a: float, b: float) -> float" in (found.code or "")
    assert "except" in (found.code or "")


def test_without_code_the_rules_ask_or_say_so() -> None:
    assert converse("rename it to total").intent == "unclear"
    assert converse("write tests for it").intent == "unclear"
    nothing = converse("debug this function it returns none")
    assert nothing.intent == "debug"
    assert nothing.code is None
    assert "no code" in nothing.explanation


_LOOP = "def total(xs):\n    s = 0\n    for i in range({}):\n        s += xs[i]\n    return s\n"
FAULTS: tuple[tuple[str, str, str, tuple[Any, ...], Any], ...] = (
    ("no return", "def total(a, b):\n    result = a + b\n", "total", (1, 2), 3),
    ("bare expression", "def total(a, b):\n    a + b\n", "total", (1, 2), 3),
    (
        "return after loop",
        "def total(xs):\n    s = 0\n    for x in xs:\n        s += x\n",
        "total",
        ([1, 2],),
        3,
    ),
    (
        "early return",
        "def total(xs):\n    s = 0\n    for x in xs:\n        s += x\n        return s\n",
        "total",
        ([1, 2],),
        3,
    ),
    ("sort gives none", "def order(xs):\n    return xs.sort()\n", "order", ([2, 1],), [1, 2]),
    ("printed", "def double(x):\n    print(x * 2)\n", "double", (2,), 4),
    (
        "loop too short",
        _LOOP.format("len(xs) - 1"),
        "total",
        ([1, 2],),
        3,
    ),
    (
        "loop too long",
        _LOOP.format("len(xs) + 1"),
        "total",
        ([1, 2],),
        3,
    ),
    (
        "factorial",
        "def f(n):\n    r = 1\n    for i in range(1, n):\n        r *= i\n    return r\n",
        "f",
        (4,),
        24,
    ),
    ("misspelt", "def area(width, height):\n    return widht * height\n", "area", (2, 3), 6),
    ("import", "def root(x):\n    return math.sqrt(x)\n", "root", (9,), 3),
    ("branch", "def positive(x):\n    if x > 0:\n        return True\n", "positive", (-1,), False),
    ("colon", "def total(a, b)\n    return a + b\n", "total", (1, 2), 3),
    ("identity", "def same(x):\n    return x is 'a'\n", "same", ("a",), True),
    (
        "endless",
        "def up(n):\n    i = 0\n    while i < n:\n        n\n    return i\n",
        "up",
        (3,),
        3,
    ),
)


@pytest.mark.parametrize(
    ("label", "code", "name", "arguments", "expected"), FAULTS, ids=[case[0] for case in FAULTS]
)
def test_simple_fault_is_found_and_mended(
    label: str, code: str, name: str, arguments: tuple[Any, ...], expected: Any
) -> None:
    found = converse("debug it it returns the wrong thing", begin=code)
    assert "Found and mended" in found.explanation, label
    assert run(found.code)[name](*arguments) == expected


def test_mutable_default_is_no_longer_shared() -> None:
    found = converse("fix the bug", begin="def keep(x, xs=[]):\n    xs.append(x)\n    return xs\n")
    keep = run(found.code)["keep"]
    assert (keep(1), keep(2)) == ([1], [2])


def test_sound_code_gets_a_check_and_an_honest_sentence() -> None:
    found = converse(ADD, "debug it")
    assert "found none" in found.explanation
    with pytest.raises(TypeError, match="number"):
        run(found.code)["add_numbers"]("a", 1)


COMMANDS = (
    ADD,
    "reverse a string in javascript",
    "make it async",
    "add error handling",
    "add type hints",
    "rename it to other",
    "fix the bug",
    "write tests for it",
    "explain it",
    "undo that",
    "um",
    "add a method called size",
    "handle negative numbers",
    "convert it to javascript",
    "cancel",
)
CONTEXTS = (
    "",
    "x = 1\n",
    "def broken(:\n  x",
    "class A:\n    pass\n",
    "def f(*args, **kw): return args\n",
    "async def g(a, /, b=1, *, c: int = 2) -> int:\n    return a\n",
    "const a = (x) => x + 1;\n",
    "export default function q({a, b}, ...rest) {\n  return a\n}\n",
    "function (",
    "def u():\n    return 'é'  # ü\n",
    "a.py\n<<<<<<< SEARCH\nx\n=======\ny\n>>>>>>> REPLACE\n",
)


@given(
    st.sampled_from(CONTEXTS),
    st.sampled_from(("python", "javascript", "typescript")),
    st.lists(st.sampled_from(COMMANDS), min_size=1, max_size=4),
)
@settings(max_examples=80, deadline=None)
def test_any_conversation_gets_a_reply_that_the_product_can_read(
    code: str, language: str, commands: list[str]
) -> None:
    parser = ReplyParser()
    parser.feed(converse(*commands, begin=code, language=language).render())
    parser.finish()


TESTED = (
    (ADD,),
    ("calculate the factorial", "handle negative numbers"),
    ("reverse a string",),
    ("sort a list of numbers",),
    ("read a json file",),
    ("a function called load json that reads a json file", "add error handling"),
    ("a class called dog with name and age",),
    ("divide two numbers", "handle division by zero"),
    ("a function called plus that adds two numbers", "make it async"),
    ("a bank account class",),
    ("check if a number is prime",),
)


def test_written_tests_pass_against_the_code(tmp_path: Path) -> None:
    """All in one run of pytest, each module under a name of its own."""
    for commands in TESTED:
        code, tests = converse(*commands), converse(*commands, "write tests for it")
        assert code.filename, commands
        assert tests.filename, commands
        (tmp_path / code.filename).write_text(code.code or "")
        (tmp_path / tests.filename).write_text(tests.code or "")
    assert len(list(tmp_path.iterdir())) == 2 * len(TESTED)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_evaluation_refuses_what_reaches_outside() -> None:
    for code in (
        "import os\ndef f():\n    return os.getcwd()\n",
        "def f():\n    return open('x')\n",
        "def f():\n    return ().__class__\n",
        "def f(n):\n    return 9 ** n\n",
        "def f():\n    while True:\n        pass\n",
    ):
        with pytest.raises((NotEvaluatedError, NameError)):
            evaluate(code, "f", (5,) if "f(n)" in code else ())


def test_explanation_tells_parameters_steps_and_result() -> None:
    said = converse("bubble sort", "explain it").explanation
    for part in ("`bubble_sort`", "`items`", "returns", "a list"):
        assert part in said
    assert "calls itself" in converse("what is recursion").explanation
    assert "`Stack`" in converse("a stack class", "explain the class").explanation


def test_reply_with_backticks_in_the_code_is_fenced_longer() -> None:
    code = 'TEXT = """\n```\n"""\n'
    text = Answer(intent="create", language="python", code=code, explanation="Done.").render()
    assert read_reply(text).code == code
    ast.parse(read_reply(text).code or "")


def test_javascript_answers_pass_node(tmp_path: Path) -> None:
    """One start of node checks every recipe and the changes, tests and repairs of some."""
    codes = [*javascript_recipes().values()]
    say = "in javascript "
    for first in (
        ADD,
        "calculate the factorial",
        "sort a list of users by age",
        "fetch a url",
        "a class called dog with name and age",
        "sum of the even numbers in a list",
    ):
        commands = (
            "make it async",
            "add error handling",
            "handle negative numbers",
            "add logging",
            "add type hints",
            "rename it to other name",
            "debug it",
            "write tests for it",
            "add a method called describe",
            "round the result",
            "add a parameter called limit",
            "make it an arrow function",
        )
        codes += [converse(say + first).code or ""]
        codes += [converse(say + first, command).code or "" for command in commands]
    paths = [tmp_path / f"{number}.js" for number in range(len(codes))]
    for path, code in zip(paths, codes, strict=True):
        path.write_text(code)
    # Node checks one file per start, so one script compiles all of them without running any.
    script = (
        "const vm=require('vm'),fs=require('fs'),m=require('module');"
        "for(const f of process.argv.slice(1)){try{new vm.Script(m.wrap("
        "fs.readFileSync(f,'utf8')),{filename:f})}catch(e){console.error(f,e.message);"
        "process.exitCode=1}}"
    )
    done = subprocess.run(
        ["node", "-e", script, *map(str, paths)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


JS_FAULTS = (
    ("function f(a, b) {\n  const result = a + b;\n}\n", "f(1, 2)", "3"),
    (
        "function f(xs) {\n  let s = 0;\n  for (const x of xs) {\n    s += x;\n"
        "    return s;\n  }\n}\n",
        "f([1, 2])",
        "3",
    ),
    ("function f(a) {\n  if (a = 1) {\n    return 1;\n  }\n  return 0;\n}\n", "f(2)", "0"),
    (
        "function f(xs) {\n  let s = 0;\n  for (let i = 0; i <= xs.length; i++) {\n"
        "    s += xs[i];\n  }\n"
        "  return s;\n}\n",
        "f([1, 2])",
        "3",
    ),
    ("function f(numbers) {\n  return numbers.sort();\n}\n", "f([10, 9])[0]", "9"),
)


def test_javascript_faults_are_mended() -> None:
    checks = []
    for number, (code, call, expected) in enumerate(JS_FAULTS):
        found = converse("fix the bug in it", begin=code, language="javascript")
        assert "Found and mended" in found.explanation, code
        checks.append(f"{{{found.code}\nif ({call} !== {expected}) throw Error('{number}');}}")
    done = subprocess.run(
        ["node", "-e", "\n".join(checks)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_javascript_functions_compute_what_their_python_twins_do() -> None:
    calls = (
        (ADD, "addNumbers(2, 3)", "5"),
        ("calculate the factorial", "factorial(5)", "120"),
        (
            "sum of the squares of the odd numbers in a list",
            "sumSquaredOddNumbers([1, 2, 3])",
            "10",
        ),
        ("sort a list of users by age", "sortUsersByAge([{age: 2}, {age: 1}])[0].age", "1"),
        ("reverse a string", "reverseString('abc')", "'cba'"),
        ("convert celsius to fahrenheit", "celsiusToFahrenheit(100)", "212"),
        ("adds two numbers and doubles the result", "addNumbers(1, 2)", "6"),
    )
    checks = []
    for sentence, call, expected in calls:
        code = converse(f"write a javascript function: {sentence}").code or ""
        body = code.split("module.exports")[0]
        checks.append(f"{{{body}\nif ({call} !== {expected}) throw Error({call!r});}}")
    done = subprocess.run(
        ["node", "-e", "\n".join(checks)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
