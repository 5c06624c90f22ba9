"""New code from sentences: it parses in every form, and the main recipes compute what they say."""

import ast
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dev.anthropic_standin.answers.create import create
from dev.anthropic_standin.answers.formulas import all_formulas
from dev.anthropic_standin.answers.javascript import is_valid
from dev.anthropic_standin.answers.modify import modify_python
from dev.anthropic_standin.answers.modify_javascript import modify_javascript
from dev.anthropic_standin.answers.naming import to_camel, to_pascal
from dev.anthropic_standin.answers.recipes import all_names
from dev.anthropic_standin.answers.shelf import javascript_recipes, python_recipes, recipe
from dev.anthropic_standin.answers.speech import normalise

CHANGES = tuple(
    map(
        normalise,
        (
            "rename it to other name",
            "make it async",
            "add error handling",
            "add type hints",
            "add a docstring",
            "add logging",
            "handle negative numbers",
            "handle empty input",
            "handle division by zero",
            "handle none",
            "validate the input",
            "round the result to two decimals",
            "return a string",
            "make it return a list instead",
            "return a dictionary",
            "return the double",
            "add a parameter called limit",
            "add a method called describe",
            "set the default value to five",
            "print the result",
            "remove the docstring",
            "ignore case",
            "cache the results",
            "sort in descending order",
            "turn it into a class",
            "add a main block",
            "also accept strings",
        ),
    )
)
CALLS: tuple[tuple[str, str, tuple[Any, ...], Any], ...] = (
    ("create a function that adds two numbers", "add_numbers", (2, 3), 5),
    ("function that adds three numbers", "add_numbers", (1, 2, 3), 6),
    ("write a function that subtracts two numbers", "subtract_numbers", (5, 3), 2),
    ("multiply two numbers", "multiply_numbers", (4, 3), 12),
    ("divides two numbers", "divide_numbers", (9, 3), 3),
    ("a function that takes x and y and multiplies them", "multiply_numbers", (4, 3), 12),
    ("adds two numbers and multiplies the result by ten", "add_numbers", (1, 2), 30),
    ("the average of three numbers", "average_numbers", (1, 2, 6), 3),
    ("calculate the factorial", "factorial", (5,), 120),
    ("first fibonacci numbers", "fibonacci", (6,), [0, 1, 1, 2, 3, 5]),
    ("check if a number is prime", "is_prime", (97,), True),
    ("list all prime numbers up to a limit", "primes_up_to", (11,), [2, 3, 5, 7, 11]),
    ("reverse a string", "reverse_string", ("abc",), "cba"),
    ("check whether a word is a palindrome", "is_palindrome", ("Racecar",), True),
    ("count the vowels in a text", "count_vowels", ("education",), 5),
    ("count the words of a sentence", "count_words", ("a b c",), 3),
    ("sort a list of numbers", "sort_numbers", ([3, 1, 2],), [1, 2, 3]),
    (
        "sort a list of words in descending order",
        "sort_words_descending",
        (["a", "b"],),
        ["b", "a"],
    ),
    (
        "sort a list of users by age",
        "sort_users_by_age",
        ([{"age": 2}, {"age": 1}],),
        [{"age": 1}, {"age": 2}],
    ),
    ("filter the even numbers of a list", "filter_even_numbers", ([1, 2, 4],), [2, 4]),
    ("filter numbers greater than five in a list", "filter_large_numbers", ([3, 6],), [6]),
    (
        "sum of the squares of the odd numbers in a list",
        "sum_squared_odd_numbers",
        ([1, 2, 3],),
        10,
    ),
    ("the largest number in a list", "largest_numbers", ([3, 9, 2],), 9),
    ("the smallest number in a list", "smallest_numbers", ([],), None),
    ("the average of a list of numbers", "average_numbers", ([1, 2, 3],), 2),
    ("remove duplicates from a list", "unique_numbers", ([1, 1, 2],), [1, 2]),
    ("convert celsius to fahrenheit", "celsius_to_fahrenheit", (100,), 212),
    ("convert fahrenheit to celsius", "fahrenheit_to_celsius", (212,), 100),
    ("validate an email address", "is_valid_email", ("a@b.org",), True),
    ("validate an email address", "is_valid_email", ("a@b",), False),
    ("fizzbuzz", "fizzbuzz", (5,), ["1", "2", "Fizz", "4", "Buzz"]),
    ("binary search", "binary_search", ([1, 3, 5], 5), 2),
    ("bubble sort", "bubble_sort", ([3, 1, 2],), [1, 2, 3]),
    ("merge sort", "merge_sort", ([3, 1, 2],), [1, 2, 3]),
    ("quick sort", "quick_sort", ([3, 1, 2],), [1, 2, 3]),
    ("greet somebody by name", "greet", ("Ada",), "Hello, Ada!"),
    ("check if a number is even", "is_even", (4,), True),
    ("check whether a year is a leap year", "is_leap_year", (1900,), False),
    ("area of a rectangle", "rectangle_area", (2, 3), 6),
    ("roman numerals", "to_roman", (1994,), "MCMXCIV"),
    ("a function called twice that doubles a number", "twice", (4,), 8),
    (
        "create a function that ships parcels from street and city",
        "ship_parcels",
        ("a", "b"),
        {"street": "a", "city": "b"},
    ),
)


def run(code: str) -> dict[str, Any]:
    scope: dict[str, Any] = {"__name__": "sample"}
    exec(compile(code, "sample", "exec"), scope)
    return scope


@pytest.mark.parametrize(
    ("sentence", "name", "arguments", "expected"), CALLS, ids=[case[0][:40] for case in CALLS]
)
def test_python_function_computes_what_was_asked(
    sentence: str, name: str, arguments: tuple[Any, ...], expected: Any
) -> None:
    draft = create(normalise(sentence), "python")
    assert draft.name == name
    assert run(draft.code)[name](*arguments) == expected


def test_every_reachable_recipe_exists_in_both_languages() -> None:
    for name in all_names():
        twin = to_pascal(name) if name[0].isupper() else to_camel(name)
        assert name in python_recipes()
        assert twin in javascript_recipes()


@pytest.mark.parametrize("name", sorted(python_recipes()))
def test_every_recipe_survives_every_change(name: str) -> None:
    """Each change leaves Python that compiles, alone and after all changes before it."""
    code = recipe(name, "python")
    run(code)
    grown, grown_name = code, name
    for change in CHANGES:
        single = modify_python(code, name, change)
        run(single.code)
        changed = modify_python(grown, grown_name, change)
        ast.parse(changed.code)
        grown, grown_name = changed.code, changed.name


@pytest.mark.parametrize("name", sorted(javascript_recipes()))
def test_every_javascript_recipe_survives_every_change(name: str) -> None:
    grown, grown_name = javascript_recipes()[name], name
    for change in CHANGES:
        assert is_valid(modify_javascript(javascript_recipes()[name], name, change).code), change
        changed = modify_javascript(grown, grown_name, change)
        assert is_valid(changed.code), change
        grown, grown_name = changed.code, changed.name


def test_every_formula_computes_in_python() -> None:
    for formula in all_formulas():
        values = (
            "Ab" if part in ("text", "prefix", "first", "second") else 2
            for part in formula.parameters
        )
        eval(formula.python, dict(zip(formula.parameters, values, strict=True)))


WORDS = st.sampled_from(
    [
        "create",
        "a",
        "function",
        "class",
        "that",
        "adds",
        "two",
        "numbers",
        "called",
        "list",
        "class",
        "import",
        "and",
        "from",
        "with",
        "name",
        "sort",
        "lambda",
        "the",
        "json",
        "file",
        "of",
        "return",
        "method",
        "text",
        "fetch",
        "url",
        "even",
        "in",
        "javascript",
        "3",
        "def",
    ]
)


@given(st.lists(WORDS, min_size=1, max_size=12))
@settings(max_examples=150, deadline=None)
def test_any_heap_of_words_gives_code_that_parses(spoken: list[str]) -> None:
    line = normalise(" ".join(spoken))
    ast.parse(create(line, "python").code)
    code = create(line, "javascript").code
    assert is_valid(code), code


def test_class_gets_its_name_attributes_and_methods() -> None:
    draft = create(
        normalise("a class called sports car with brand and top speed and a method called drive"),
        "python",
    )
    car = run(draft.code)["SportsCar"]("A", 200)
    assert (car.brand, car.top_speed) == ("A", 200)
    assert "drive" in car.drive()
    assert repr(car) == "SportsCar(brand='A', top_speed=200)"


def test_bank_account_refuses_to_go_below_zero() -> None:
    account = run(create("a bank account class", "python").code)["BankAccount"]("Ada", 10)
    assert account.deposit(5) == 15
    with pytest.raises(ValueError, match="too low"):
        account.withdraw(16)


def test_stack_and_queue_keep_their_order() -> None:
    stack = run(create("a class for a stack", "python").code)["Stack"]()
    queue = run(create("a queue class", "python").code)["Queue"]()
    for item in (1, 2):
        stack.push(item)
        queue.enqueue(item)
    assert (stack.pop(), queue.dequeue()) == (2, 1)


def test_files_are_written_and_read_back(tmp_path: Path) -> None:
    path = tmp_path / "value.json"
    run(create("write data to a json file", "python").code)["write_json"](path, {"a": [1]})
    assert json.loads(path.read_text()) == {"a": [1]}
    assert run(create("read a json file", "python").code)["read_json"](path) == {"a": [1]}
    rows = [{"a": "1", "b": "x, y"}]
    table = tmp_path / "table.csv"
    run(create("a function that writes rows to a csv file", "python").code)["write_csv"](
        table, rows
    )
    assert run(create("read a csv file", "python").code)["read_csv"](table) == rows


def test_spoken_name_is_used_in_the_style_of_the_language() -> None:
    line = normalise("create a function called check prime number that checks if a number is prime")
    assert "def check_prime_number(number):" in create(line, "python").code
    assert "function checkPrimeNumber(number)" in create(line, "javascript").code


def test_keyword_as_a_name_is_made_usable() -> None:
    draft = create(normalise("create a function called class that adds two numbers"), "python")
    ast.parse(draft.code)
