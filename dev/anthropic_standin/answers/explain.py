"""Explains code in plain sentences, or a programming word where there is no code."""

import ast
import re
from collections.abc import Sequence

from dev.anthropic_standin.answers import javascript
from dev.anthropic_standin.answers.draft import third_person
from dev.anthropic_standin.answers.python_source import (
    Function,
    definitions,
    own_nodes,
    parameters,
    parse,
)
from dev.anthropic_standin.answers.python_types import result_type

_WORDS = (
    (
        r"\brecurs",
        "Recursion means that a function calls itself on a smaller part of the problem "
        "until a simple case ends it.",
    ),
    (
        r"\bdecorator",
        "A decorator is a function that takes a function and returns another one in "
        "its place, usually the same with something done before or after each call.",
    ),
    (
        r"\b(async|await|coroutine)",
        "An async function can pause at each await while it waits, for "
        "example for the network, and lets other work run in the meantime.",
    ),
    (
        r"\bpromise",
        "A promise stands for a value that comes later; await or then gives the value "
        "once it is there.",
    ),
    (
        r"\bclosure",
        "A closure is a function that remembers the variables of the place where it was "
        "made, even after that place has finished.",
    ),
    (
        r"\b(list )?comprehension",
        "A comprehension builds a list in one expression: for each item "
        "that passes a condition it writes down a value.",
    ),
    (
        r"\bgenerator",
        "A generator yields its values one by one and keeps its place in between, so "
        "that not all of them need to be in memory.",
    ),
    (
        r"\bexception",
        "An exception reports that something went wrong; it travels up the calls "
        "until an except or catch clause handles it.",
    ),
    (
        r"\bbinary search",
        "Binary search looks at the middle of a sorted list and goes on in the "
        "half where the target must be, so each step halves the work.",
    ),
    (
        r"\b(bubble )?sort",
        "Sorting puts items in order; comparing neighbours again and again is "
        "simple, dividing the list first is faster for long lists.",
    ),
    (r"\bapi\b", "An API is the agreed way in which one program asks another for data or work."),
    (
        r"\bjson\b",
        "JSON is a text format for values made of objects, lists, texts, numbers, true, "
        "false and null.",
    ),
    (
        r"\bclass\b",
        "A class describes objects that hold data in attributes and offer methods that work on it.",
    ),
    (r"\bvariable", "A variable is a name for a value."),
    (
        r"\bloop",
        "A loop runs the same statements again, once per item or as long as a condition holds.",
    ),
    (
        r"\bfunction\b",
        "A function is a named piece of code that takes inputs, does one job and returns a result.",
    ),
)
_CALLS = {
    "sorted": "sorts",
    "sum": "adds the values up",
    "max": "picks the largest value",
    "min": "picks the smallest value",
    "len": "counts",
    "open": "opens a file",
    "json.load": "reads JSON",
    "json.dump": "writes JSON",
    "urlopen": "asks a web server",
    "print": "prints",
    "math.isqrt": "takes the whole square root",
}


def explain_word(line: str) -> str | None:
    """Explain the programming word that a normalised question is about, None if unknown."""
    return next((text for pattern, text in _WORDS if re.search(pattern, line)), None)


def explain_python(code: str, name: str) -> str:
    """Explain one function or class of Python code in two to six sentences."""
    tree = parse(code)
    if tree is None:
        return "The code cannot be parsed as Python, so only its author can say what it means."
    node = next((part for part in definitions(tree) if part.name == name), None)
    if isinstance(node, ast.ClassDef):
        return _explain_class(node)
    if node is not None:
        return " ".join(_function_sentences(node))
    return f"The code has {len(tree.body)} statements at the top level and defines no function."


def explain_javascript(code: str, name: str) -> str:
    """Explain one function or class of JavaScript code in two to five sentences."""
    node = next(
        (part for part in javascript.definitions(code) if javascript.name_of(part) == name), None
    )
    if node is None:
        return "The code defines no named function or class."
    comment = _comment_before(code, name)
    functions = javascript.functions_in(code, name)
    if node.type == "class_declaration":
        listed = _listed([f"`{javascript.name_of(part)}`" for part in functions])
        return f"`{name}` is a class. {comment} It offers {listed or 'no methods'}.".strip()
    function = functions[0]
    names = _listed([f"`{part}`" for part in javascript.parameters(function)])
    kinds = {part.type for part in javascript.own_nodes(function)}
    text = javascript.text_of(function)
    sentences = [f"`{name}` takes {names or 'no parameters'}.", comment]
    if any(kind.startswith(("for_", "while_")) for kind in kinds):
        sentences.append("It works in a loop.")
    if "if_statement" in kinds or "ternary_expression" in kinds:
        sentences.append("It decides between cases by conditions.")
    sentences += [
        said
        for word, said in (
            (".filter(", "It keeps only some of the items."),
            (".map(", "It computes each item anew."),
            (".reduce(", "It sums the items up into one value."),
            ("await ", "It waits for a promise."),
        )
        if word in text
    ]
    if "throw_statement" in kinds:
        sentences.append("For input that it cannot use it throws an error.")
    return " ".join(part for part in sentences[:6] if part)


def _explain_class(node: ast.ClassDef) -> str:
    summary = (ast.get_docstring(node) or "").splitlines()
    methods = [part for part in node.body if isinstance(part, Function)]
    shown = [f"`{part.name}`" for part in methods if not part.name.startswith("__")]
    start = next((part for part in methods if part.name == "__init__"), None)
    given = [f"`{name}`" for name in parameters(start)] if start else []
    sentences = [f"`{node.name}` is a class."]
    sentences += [f"{summary[0]}"] if summary else []
    sentences += [f"A new object takes {_listed(given)}."] if given else []
    sentences += [f"Its methods are {_listed(shown)}."] if shown else []
    documented = [part for part in methods if ast.get_docstring(part) and part.name != "__init__"]
    for part in documented[:3]:
        first = (ast.get_docstring(part) or "").splitlines()[0].rstrip(".")
        sentences.append(f"`{part.name}`: {first[:1].lower()}{first[1:]}.")
    return " ".join(sentences)


def _function_sentences(node: Function) -> list[str]:
    names = _listed([f"`{name}`" for name in parameters(node)])
    kind = "asynchronous function" if isinstance(node, ast.AsyncFunctionDef) else "function"
    sentences = [
        f"`{node.name}` is {'an' if kind[0] == 'a' else 'a'} {kind} that takes "
        f"{names or 'no parameters'}."
    ]
    text = ast.get_docstring(node)
    if text:
        sentences.append(third_person(text.splitlines()[0]))
    return [*sentences, *_steps(node)][:7]


def _steps(node: Function) -> list[str]:
    parts = own_nodes(node)
    found = []
    guards = [
        part
        for part in node.body
        if isinstance(part, ast.If) and isinstance(part.body[0], ast.Raise | ast.Return)
    ]
    if guards:
        found.append(f"First it checks whether {_spoken(guards[0].test)}.")
    for part in parts:
        if isinstance(part, ast.For):
            found.append(
                f"It goes through {_spoken(part.iter)}, one `{ast.unparse(part.target)}` at a time."
            )
        elif isinstance(part, ast.While):
            found.append(f"It repeats its work as long as {_spoken(part.test)}.")
        elif isinstance(part, ast.ListComp | ast.GeneratorExp):
            some = " that pass a condition" if part.generators[0].ifs else ""
            found.append(
                f"It computes `{ast.unparse(part.elt)}` for the items of "
                f"{_spoken(part.generators[0].iter)}{some}."
            )
    calls = [
        _CALLS[text]
        for part in parts
        if isinstance(part, ast.Call) and (text := ast.unparse(part.func)) in _CALLS
    ]
    if calls:
        found.append(f"On the way it {_listed(list(dict.fromkeys(calls))[:3])}.")
    own = [p for p in parts if isinstance(p, ast.Call) and ast.unparse(p.func) == node.name]
    if own:
        found.append("It calls itself on a smaller part of the problem.")
    raises = [ast.unparse(p.exc).split("(")[0] for p in parts if isinstance(p, ast.Raise) and p.exc]
    if raises:
        found.append(
            f"It raises {_listed(list(dict.fromkeys(raises)))} for input that it cannot use."
        )
    return [*found[:4], _ending(node, parts)]


def _ending(node: Function, parts: Sequence[ast.AST]) -> str:
    returns = [part.value for part in parts if isinstance(part, ast.Return) and part.value]
    if not returns:
        return "It returns nothing."
    said = {
        "bool": "true or false",
        "str": "a text",
        "list": "a list",
        "int": "a whole number",
        "float": "a number",
        "dict": "a dictionary",
    }.get(result_type(node))
    last = ast.unparse(returns[-1])
    tail = f"`{last}`" if len(last) <= 60 else "the result"
    return f"At the end it returns {tail}{f', which is {said}' if said else ''}."


def _spoken(node: ast.expr) -> str:
    return f"`{ast.unparse(node)}`"


def _comment_before(code: str, name: str) -> str:
    found = re.search(
        rf"/\*\*\s*\*?\s*([^\n]+?)\s*(?:\n[^/]*?)?\*/\s*(?:export )?(?:async )?"
        rf"(?:function|class|const) {re.escape(name)}\b",
        code,
    )
    return found[1] if found else ""


def _listed(names: Sequence[str]) -> str:
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"
