"""Writes tests for code: pytest for Python, node:test for JavaScript."""

import ast
import copy
import re
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Any

from tree_sitter import Node

from dev.anthropic_standin.answers import javascript
from dev.anthropic_standin.answers.evaluate import NotEvaluatedError, evaluate
from dev.anthropic_standin.answers.naming import to_snake
from dev.anthropic_standin.answers.python_shapes import attributes
from dev.anthropic_standin.answers.python_source import (
    Function,
    definitions,
    own_nodes,
    parameters,
    parse,
)
from dev.anthropic_standin.answers.python_types import TYPE_OF_NAME, parameter_types
from dev.anthropic_standin.answers.shelf import javascript_recipes, python_recipes

_SAMPLES: dict[str, tuple[Any, ...]] = {
    "int": (5, 1, 0, 12),
    "float": (2, 3, 0, -4),
    "str": ("level", "Hello World", "", "a b"),
    "list[float]": ([3, 1, 2], [], [5, 5, -1], [4]),
    "list[str]": (["b", "a"], [], ["one"], ["x"]),
    "list": ([3, 1, 2], [], [2, 2], ["a"]),
    "dict": ({}, {"a": 1}, {}, {}),
    "Any": (1, "a", 0, 2),
}
_EXPECTED = (ValueError, TypeError, ZeroDivisionError, LookupError, RuntimeError)
# What other faults of the code under test can raise: then nothing is expected of its results.
_BEYOND = (NameError, AttributeError, ArithmeticError, OSError, StopIteration, MemoryError)
_MAX_CASES = 4


def write_python_tests(
    code: str, filename: str, *, only: Sequence[str] | None = None, module: str = ""
) -> str:
    """Write a pytest file for the module `filename`; results are checked where code is pure.

    `only`: the functions and classes to test, None for all. `module`: how it is imported.
    """
    tree = parse(code)
    nodes = [
        node for node in (definitions(tree) if tree else []) if only is None or node.name in only
    ]
    module = module or re.sub(r"\W", "_", PurePosixPath(filename).stem)
    blocks: list[str] = []
    for node in nodes:
        blocks += (
            _class_tests(node) if isinstance(node, ast.ClassDef) else _function_tests(code, node)
        )
    text = "\n\n\n".join(blocks)
    names = ", ".join(node.name for node in nodes)
    heads = [
        line
        for line, word in (("import asyncio", "asyncio."), ("import inspect", "inspect."))
        if word in text
    ]
    third = ["import pytest"] if "pytest." in text else []
    groups = ["\n".join(heads), "\n".join(third), f"from {module} import {names}"]
    return "\n\n".join(group for group in groups if group) + f"\n\n\n{text}\n"


def write_javascript_tests(
    code: str, filename: str, *, only: Sequence[str] | None = None, module: str = ""
) -> str:
    """Write a node:test file for a module; results come from the Python twin.

    `only`: the functions and classes to test, None for all. `module`: how it is required.
    """
    nodes = [
        node
        for node in javascript.definitions(code)
        if only is None or javascript.name_of(node) in only
    ]
    names = [javascript.name_of(node) for node in nodes]
    module = module or f"./{PurePosixPath(filename).stem}.js"
    blocks = []
    for node in nodes:
        name = javascript.name_of(node)
        if node.type == "class_declaration":
            blocks.append(
                _block(
                    f"{name} can be created",
                    [
                        f"const thing = new {name}({_js_values(node)});",
                        f"assert.ok(thing instanceof {name});",
                    ],
                )
            )
            continue
        blocks.append(
            _block(f"{name} is a function", [f'assert.equal(typeof {name}, "function");'])
        )
        blocks += _twin_tests(name, node)
    listed = ", ".join(names)
    head = (
        'const test = require("node:test");\nconst assert = require("node:assert/strict");\n'
        f'const {{ {listed} }} = require("{module}");'
    )
    if re.search(r"^export ", code, re.MULTILINE):
        head = (
            'import test from "node:test";\nimport assert from "node:assert/strict";\n'
            f'import {{ {listed} }} from "{module}";'
        )
    return "\n\n".join([head, *blocks]) + "\n"


def tests_filename(filename: str, language: str) -> str:
    """Give the file of the tests, beside the tested file."""
    path = PurePosixPath(filename)
    name = f"{path.stem}.test.js" if language == "javascript" else f"test_{path.stem}.py"
    return str(path.with_name(name))


def _function_tests(code: str, node: Function) -> list[str]:
    names = parameters(node)
    kinds = [parameter_types(node)[name].removesuffix(" | None") for name in names]
    name = node.name
    blocks = []
    if isinstance(node, ast.FunctionDef):
        blocks = _result_tests(code, name, kinds)
    if not blocks:
        blocks = [_signature_test(node)]
    if _reads_file(node) and "path" in names and isinstance(node, ast.FunctionDef):
        blocks.append(_missing_file_test(node, names))
    return blocks


def _result_tests(code: str, name: str, kinds: list[str]) -> list[str]:
    good, bad = _cases(code, name, kinds)
    blocks = []
    if good:
        rows = "\n".join(f"        ({arguments}, {expected!r})," for arguments, expected in good)
        blocks.append(
            "@pytest.mark.parametrize(\n"
            f'    ("arguments", "expected"),\n    [\n{rows}\n    ],\n)\n'
            f"def test_{to_snake(name)}_gives_the_expected_result(arguments, expected):\n"
            f"    assert {name}(*arguments) == expected"
        )
    for kind, arguments in bad.items():
        blocks.append(
            f"def test_{to_snake(name)}_refuses_input_with_{to_snake(kind)}():\n"
            f"    with pytest.raises({kind}):\n        {name}(*{arguments})"
        )
    return blocks


def _cases(code: str, name: str, kinds: list[str]) -> tuple[list[tuple[str, Any]], dict[str, str]]:
    good: list[tuple[str, Any]] = []
    bad: dict[str, str] = {}
    for place in range(_MAX_CASES):
        values = tuple(
            _SAMPLES.get(kind, _SAMPLES["Any"])[
                (place + index) % _MAX_CASES if kind == "float" else place
            ]
            for index, kind in enumerate(kinds)
        )
        text = repr(values)
        try:
            result = evaluate(code, name, copy.deepcopy(values))
        except NotEvaluatedError:
            return [], {}
        except _EXPECTED as error:
            bad.setdefault(type(error).__name__, text)
            continue
        except _BEYOND:
            return [], {}
        if _comparable(result) and (text, result) not in good:
            good.append((text, result))
    return good, bad


def _comparable(value: Any) -> bool:
    try:
        return bool(ast.literal_eval(repr(value)) == value)
    except (ValueError, SyntaxError):
        return False


def _signature_test(node: Function) -> str:
    names = [argument.arg for argument in (*node.args.posonlyargs, *node.args.args)]
    check = f"    assert list(inspect.signature({node.name}).parameters)[: {len(names)}] == {names}"
    lines = [f"def test_{to_snake(node.name)}_takes_its_parameters():", check]
    if isinstance(node, ast.AsyncFunctionDef):
        lines.append(f"    assert inspect.iscoroutinefunction({node.name})")
    return "\n".join(lines).replace("'", '"')


def _reads_file(node: Function) -> bool:
    text = ast.unparse(node)
    return ("open(path" in text and "'w'" not in text) or ".read_text(" in text


def _missing_file_test(node: Function, names: list[str]) -> str:
    caught = any(isinstance(part, ast.Try) for part in own_nodes(node))
    kind = "RuntimeError" if caught else "FileNotFoundError"
    values = ", ".join('tmp_path / "missing"' if name == "path" else "None" for name in names)
    return (
        f"def test_{to_snake(node.name)}_refuses_a_missing_file(tmp_path):\n"
        f"    with pytest.raises({kind}):\n        {node.name}({values})"
    )


def _class_tests(node: ast.ClassDef) -> list[str]:
    start = next(
        (p for p in node.body if isinstance(p, ast.FunctionDef) and p.name == "__init__"), None
    )
    if start is None and node.bases:
        return [
            f"def test_{to_snake(node.name)}_has_its_methods():\n"
            + "\n".join(
                f"    assert callable({node.name}.{p.name})"
                for p in node.body
                if isinstance(p, Function)
            )
        ]
    kinds = parameter_types(start) if start else {}
    values = {
        name: _SAMPLES.get(kind.removesuffix(" | None"), _SAMPLES["Any"])[0]
        for name, kind in kinds.items()
    }
    listed = ", ".join(f"{name}={value!r}" for name, value in values.items()).replace("'", '"')
    lines = [
        f"def test_{to_snake(node.name)}_keeps_what_it_was_given():",
        f"    thing = {node.name}({listed})",
    ]
    kept = [name for name in values if name in attributes(node)]
    lines += [f"    assert thing.{name} == {values[name]!r}".replace("'", '"') for name in kept]
    lines += [] if kept else [f"    assert isinstance(thing, {node.name})"]
    return ["\n".join(lines), *_method_tests(node, listed)]


def _method_tests(node: ast.ClassDef, listed: str) -> list[str]:
    methods = [p.name for p in node.body if isinstance(p, Function) and not p.name.startswith("_")]
    if not methods:
        return []
    checks = "\n".join(f"    assert callable(thing.{name})" for name in methods)
    return [
        f"def test_{to_snake(node.name)}_has_its_methods():\n"
        f"    thing = {node.name}({listed})\n{checks}"
    ]


def _twin_tests(name: str, node: Node) -> list[str]:
    """Expected results from the library's Python recipe of the same name, or from `return` sums."""
    snake = to_snake(name)
    twin = python_recipes().get(snake)
    recipe_body = javascript.text_of(node)
    if twin is None:
        twin = _simple_twin(node, snake)
    elif recipe_body not in javascript_recipes().get(name, ""):
        twin = None
    if twin is None:
        return []
    tree = parse(twin)
    function = next((p for p in definitions(tree) if p.name == snake), None) if tree else None
    if not isinstance(function, ast.FunctionDef):
        return []
    kinds = [kind.removesuffix(" | None") for kind in parameter_types(function).values()]
    good, _ = _cases(twin, snake, kinds)
    lines = []
    for arguments, expected in good:
        values = ", ".join(_js(value) for value in ast.literal_eval(arguments))
        lines.append(f"assert.deepEqual({name}({values}), {_js(expected)});")
    return [_block(f"{name} gives the expected results", lines)] if lines else []


def _simple_twin(node: Node, snake: str) -> str | None:
    """A function of one return with plain arithmetic reads the same in Python."""
    found = re.fullmatch(
        r"(?:async )?function \w+\(([\w, ]*)\) \{\s*return ([\w\s+*()-]+);\s*\}",
        javascript.text_of(node),
    )
    if not found or javascript.text_of(node).startswith("async"):
        return None
    twin = f"def {snake}({found[1]}):\n    return {found[2]}\n"
    return twin if parse(twin) else None


def _js_values(node: Node) -> str:
    start = next((p for p in javascript.walk(node) if javascript.name_of(p) == "constructor"), None)
    names = javascript.parameters(start) if start is not None else []
    kinds = [TYPE_OF_NAME.get(to_snake(name), "Any") for name in names]
    return ", ".join(_js(_SAMPLES.get(kind, _SAMPLES["Any"])[0]) for kind in kinds)


def _js(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, list | tuple):
        return f"[{', '.join(_js(part) for part in value)}]"
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{_js(str(k))}: {_js(v)}' for k, v in value.items())} }}"
    return repr(value).replace("'", '"') if isinstance(value, str) else repr(value)


def _block(title: str, lines: list[str]) -> str:
    body = "\n".join(f"  {line}" for line in lines)
    return f'test("{title}", () => {{\n{body}\n}});'
