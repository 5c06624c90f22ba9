"""Guesses the types of parameters and results from names, defaults and use."""

import ast

from dev.anthropic_standin.answers.python_source import Function, own_nodes, parameters

_BY_NAME = {
    "int": [
        "n",
        "count",
        "index",
        "size",
        "length",
        "limit",
        "year",
        "port",
        "seconds",
        "sides",
        "shift",
        "start",
        "stop",
        "step",
        "low",
        "high",
        "attempts",
        "capacity",
        "quantity",
        "exponent",
        "years",
        "age",
    ],
    "float": [
        "a",
        "b",
        "c",
        "d",
        "e",
        "f",
        "x",
        "y",
        "z",
        "number",
        "value",
        "amount",
        "price",
        "total",
        "base",
        "height",
        "width",
        "depth",
        "radius",
        "celsius",
        "fahrenheit",
        "weight",
        "distance",
        "rate",
        "percent",
        "principal",
        "balance",
        "part",
        "whole",
        "x1",
        "y1",
        "x2",
        "y2",
        "miles",
        "kilometers",
        "bill",
        "time",
        "hours",
        "delay",
        "target",
    ],
    "str": [
        "text",
        "name",
        "word",
        "path",
        "url",
        "email",
        "string",
        "message",
        "title",
        "folder",
        "password",
        "prefix",
        "first_name",
        "last_name",
        "owner",
        "color",
        "filename",
        "line",
        "city",
        "address",
        "birth_date",
        "today",
        "phone",
        "model",
        "brand",
        "author",
    ],
    "list[float]": ["numbers", "values", "scores", "prices"],
    "list[str]": ["words", "names", "lines", "fields"],
    "list": ["items", "rows", "elements", "users", "records", "first_list", "second_list"],
    "dict": ["data", "graph", "config", "settings", "mapping", "options", "values_by_name"],
}
TYPE_OF_NAME = {name: kind for kind, names in _BY_NAME.items() for name in names}
_TEXT_METHODS = frozenset(
    [
        "lower",
        "upper",
        "split",
        "strip",
        "join",
        "replace",
        "startswith",
        "endswith",
        "title",
        "capitalize",
        "decode",
        "format",
        "isalnum",
        "isdigit",
    ]
)
_CALLS = {
    "len": "int",
    "int": "int",
    "ord": "int",
    "round": "float",
    "float": "float",
    "abs": "float",
    "sum": "float",
    "str": "str",
    "repr": "str",
    "format": "str",
    "chr": "str",
    "sorted": "list",
    "list": "list",
    "dict": "dict",
    "set": "set",
    "tuple": "tuple",
    "bool": "bool",
    "all": "bool",
    "any": "bool",
    "isinstance": "bool",
}
NUMERIC = ("int", "float")


def parameter_types(node: Function) -> dict[str, str]:
    """Map each parameter to a type as it would be written, "Any" where nothing tells."""
    plain = [*node.args.posonlyargs, *node.args.args]
    given = dict(zip([part.arg for part in plain[::-1]], node.args.defaults[::-1], strict=False))
    return {name: _parameter_type(node, name, given.get(name)) for name in parameters(node)}


def result_type(node: Function) -> str:
    """Guess what a function returns: a type, "None" without a value, "Any" if unclear."""
    known = parameter_types(node) | _assigned(node)
    nodes = own_nodes(node)
    if any(isinstance(part, ast.Yield | ast.YieldFrom) for part in nodes):
        return "Any"
    returns = [part for part in nodes if isinstance(part, ast.Return)]
    kinds = {_kind(part.value, known) if part.value else "None" for part in returns}
    if not kinds:
        return "None"
    if kinds <= {"int", "float"} and len(kinds) == 2:
        kinds = {"float"}
    plain = kinds - {"None"}
    if "Any" in kinds or len(plain) > 1:
        return "Any"
    one = next(iter(plain), "None")
    return f"{one} | None" if "None" in kinds and one != "None" else one


def denominators(node: Function) -> list[str]:
    """List the names that a function divides by, and `len(x)` as "x"."""
    found = []
    for part in own_nodes(node):
        if isinstance(part, ast.BinOp) and isinstance(part.op, ast.Div | ast.FloorDiv | ast.Mod):
            right = part.right
            if isinstance(right, ast.Name):
                found.append(right.id)
            elif isinstance(right, ast.Call) and isinstance(right.func, ast.Name):
                inner = right.args[0] if right.args else None
                if right.func.id == "len" and isinstance(inner, ast.Name):
                    found.append(f"len:{inner.id}")
    return list(dict.fromkeys(found))


def _parameter_type(node: Function, name: str, default: ast.expr | None) -> str:
    if isinstance(default, ast.Constant) and default.value is not None:
        return type(default.value).__name__
    used = _used_as(node, name)
    guess = used or TYPE_OF_NAME.get(name, "Any")
    if guess == "Any" and name.endswith("s") and not name.endswith("ss"):
        guess = "list"
    return f"{guess} | None" if default is not None and guess != "Any" else guess


def _used_as(node: Function, name: str) -> str | None:
    for part in ast.walk(node):
        if isinstance(part, ast.Attribute) and _is_name(part.value, name):
            if part.attr in _TEXT_METHODS:
                return "str"
            if part.attr in ("items", "keys", "get"):
                return "dict"
        if isinstance(part, ast.Call) and _is_name(part.func, name):
            return "Callable[..., Any]"
    return None


def _is_name(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _assigned(node: Function) -> dict[str, str]:
    known = parameter_types(node)
    for part in own_nodes(node):
        if isinstance(part, ast.Assign) and isinstance(part.targets[0], ast.Name):
            name = part.targets[0].id
            known.setdefault(name, _kind(part.value, known))
    return known


def _kind(value: ast.expr, known: dict[str, str]) -> str:
    simple = {
        ast.Compare: "bool",
        ast.JoinedStr: "str",
        ast.List: "list",
        ast.ListComp: "list",
        ast.Dict: "dict",
        ast.DictComp: "dict",
        ast.Set: "set",
        ast.SetComp: "set",
        ast.Tuple: "tuple",
    }
    if type(value) in simple:
        return simple[type(value)]
    if isinstance(value, ast.Constant):
        return type(value.value).__name__ if value.value is not None else "None"
    if isinstance(value, ast.Name):
        return known.get(value.id, "Any")
    if isinstance(value, ast.UnaryOp):
        return "bool" if isinstance(value.op, ast.Not) else _kind(value.operand, known)
    if isinstance(value, ast.BoolOp | ast.IfExp):
        parts = value.values if isinstance(value, ast.BoolOp) else [value.body, value.orelse]
        kinds = {_kind(part, known) for part in parts}
        return kinds.pop() if len(kinds) == 1 else "Any"
    if isinstance(value, ast.BinOp):
        return _of_operation(value, known)
    if isinstance(value, ast.Call):
        return _of_call(value)
    return (
        "str" if isinstance(value, ast.Subscript) and _kind(value.value, known) == "str" else "Any"
    )


def _of_operation(value: ast.BinOp, known: dict[str, str]) -> str:
    kinds = {_kind(value.left, known), _kind(value.right, known)}
    if len(kinds) == 1 and kinds != {"Any"}:
        kind = kinds.pop()
        return "float" if isinstance(value.op, ast.Div) else kind
    return "float" if kinds <= set(NUMERIC) else "Any"


def _of_call(value: ast.Call) -> str:
    if isinstance(value.func, ast.Name):
        return _CALLS.get(value.func.id, "Any")
    if isinstance(value.func, ast.Attribute) and value.func.attr in _TEXT_METHODS - {"split"}:
        return "bool" if value.func.attr in ("startswith", "endswith") else "str"
    return "Any"
