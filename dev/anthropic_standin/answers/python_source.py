"""Editing Python text by its syntax tree, so that comments and layout stay as they are."""

import ast

Function = ast.FunctionDef | ast.AsyncFunctionDef


Definition = Function | ast.ClassDef


def parse(code: str) -> ast.Module | None:
    """Parse code, None if it is not valid Python."""
    try:
        return ast.parse(code)
    except (SyntaxError, ValueError):
        return None


def tidy(code: str) -> str:
    """Bring code into the form that the edits expect: each body on lines of its own."""
    tree = parse(code)
    if tree is None:
        return code
    packed = any(
        isinstance(node, Definition) and node.body[0].lineno == node.lineno
        for node in ast.walk(tree)
    )
    return f"{ast.unparse(tree) if packed else code.rstrip()}\n"


def definitions(tree: ast.Module) -> list[Definition]:
    """List the functions and classes at the top of a module."""
    return [node for node in tree.body if isinstance(node, Definition)]


def find_definition(code: str, name: str) -> Definition | None:
    """Find a top-level function or class by its name."""
    tree = parse(code)
    return next((node for node in definitions(tree) if node.name == name), None) if tree else None


def functions_in(code: str, name: str) -> list[Function]:
    """List what an edit of `name` works on: the function, or the plain methods of the class."""
    node = find_definition(code, name)
    if isinstance(node, ast.ClassDef):
        return [
            part
            for part in node.body
            if isinstance(part, Function) and not part.name.startswith("__")
        ]
    return [node] if node else []


def parameters(node: Function) -> list[str]:
    """List a function's plain parameter names, without self and cls."""
    names = [argument.arg for argument in (*node.args.posonlyargs, *node.args.args)]
    return [name for name in names if name not in ("self", "cls")]


def docstring_end(node: Definition) -> int:
    """How many statements of the body the docstring takes: 0 or 1."""
    return 1 if ast.get_docstring(node) is not None else 0


def own_nodes(node: Function) -> list[ast.AST]:
    """List the nodes of a function without those of functions inside it."""
    found: list[ast.AST] = []
    waiting: list[ast.AST] = list(node.body)
    while waiting:
        part = waiting.pop(0)
        if isinstance(part, Definition | ast.Lambda):
            continue
        found.append(part)
        waiting.extend(ast.iter_child_nodes(part))
    return found
