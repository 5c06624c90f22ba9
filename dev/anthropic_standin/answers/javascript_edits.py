"""Changes of existing JavaScript functions, by syntax tree."""

import re
from collections.abc import Callable

from tree_sitter import Node

from dev.anthropic_standin.answers.javascript import (
    functions_in,
    indentation,
    insert,
    is_valid,
    name_of,
    own_nodes,
    parameters,
    parse,
    replace,
    text_of,
    walk,
)
from dev.anthropic_standin.answers.python_types import TYPE_OF_NAME

_ALL_CAPS = re.compile(r"(?<=[a-z0-9])([A-Z])")


def make_async(code: str, name: str) -> str | None:
    """Make a function or a class's methods async and await its calls of itself."""
    places: list[tuple[int, str]] = []
    for node in functions_in(code, name):
        if any(child.type == "async" for child in node.children):
            continue
        places.append((node.start_byte, "async "))
        for part in own_nodes(node):
            if part.type == "call_expression":
                called = part.child_by_field_name("function")
                if called is not None and text_of(called) in (name, f"this.{name_of(node)}"):
                    places += [(part.start_byte, "(await "), (part.end_byte, ")")]
    return insert(code, places) if places else None


def add_error_handling(code: str, name: str) -> str | None:
    """Wrap bodies in try/catch that throws an error with the function's name and the cause."""
    changes = []
    for node in functions_in(code, name):
        body = node.child_by_field_name("body")
        if body is None or body.type != "statement_block":
            continue
        if any(part.type == "try_statement" for part in own_nodes(node)):
            continue
        indent = indentation(code, node) + "  "
        inner = "\n".join(f"  {line}" if line else "" for line in _inner_lines(body))
        said = name_of(node) or name
        changes.append(
            (
                body,
                "\n".join(
                    [
                        "{",
                        f"{indent}try {{",
                        inner,
                        f"{indent}}} catch (error) {{",
                        f"{indent}  throw new Error(`{said} failed: ${{error.message}}`, "
                        "{ cause: error });",
                        f"{indent}}}",
                        f"{indent[:-2]}}}",
                    ]
                ),
            )
        )
    return replace(code, changes) if changes else None


def add_documentation(code: str, name: str) -> str | None:
    """Write JSDoc with the types of parameters, keeping an existing summary."""
    for node in functions_in(code, name)[::-1]:
        top = _statement(node)
        before = top.prev_named_sibling
        summary = f"{spoken(name_of(node) or name).capitalize()}."
        own_comment = (
            before is not None
            and before.type == "comment"
            and before.end_point[0] + 1 == top.start_point[0]
        )
        if own_comment and before is not None:
            found = re.search(r"/\*\*?\s*\*?\s*(.+?)(?:\n|\s*\*/)", text_of(before))
            summary = found[1] if found else summary
        indent = indentation(code, top)
        lines = ["/**", f" * {summary}"]
        lines += [f" * @param {{{_kind(part)}}} {part}" for part in parameters(node)]
        lines += [f" * @returns {{{_result(node)}}}", " */"]
        text = f"\n{indent}".join(lines)
        if own_comment and before is not None:
            code = replace(code, [(before, text)])
        else:
            code = insert(code, [(top.start_byte, f"{text}\n{indent}")])
    return code


def add_logging(code: str, name: str) -> str | None:
    """Log each call with its arguments."""
    if "console.log(" in code:
        return None
    return _at_body(
        code,
        name,
        lambda node, own: [
            f'console.log("{own} called with", {", ".join(parameters(node))});'
            if parameters(node)
            else f'console.log("{own} called");'
        ],
    )


def add_guards(code: str, name: str, kind: str, line: str) -> str | None:
    """Add checks at the start: `kind` is negative, empty, zero, none or type."""
    return _at_body(code, name, lambda node, _own: _guard(node, kind, line))


def add_step(code: str, name: str, step: str) -> str | None:
    """Prepare text parameters at the start, `step` being a method call like `.trim()`."""
    return _at_body(
        code,
        name,
        lambda node, _own: [
            f"{part} = {part}{step};" for part in parameters(node) if _kind(part) == "string"
        ],
    )


def wrap_results(code: str, name: str, template: str) -> str | None:
    """Put each returned value into a template, where `{}` stands for it."""
    changes = []
    for node in functions_in(code, name):
        for part in own_nodes(node):
            if part.type == "return_statement" and part.named_children:
                value = part.named_children[0]
                if value.type == "comment":
                    continue
                text = text_of(value)
                simple = value.type in ("identifier", "call_expression", "number", "string")
                bare = simple or "({}" in template
                changes.append((value, template.replace("{}", text if bare else f"({text})")))
    return replace(code, changes) if changes else None


def to_arrow(code: str, name: str) -> str | None:
    """Turn a function declaration into an arrow function."""
    for node in functions_in(code, name):
        listed, body = node.child_by_field_name("parameters"), node.child_by_field_name("body")
        if node.type != "function_declaration" or listed is None or body is None:
            return None
        if re.search(r"\b(this|arguments)\b", text_of(body)):
            return None
        lead = "async " if any(child.type == "async" for child in node.children) else ""
        text = f"const {name} = {lead}{text_of(listed)} => {text_of(body)};"
        return replace(code, [(node, text)])
    return None


def remove_comments(code: str, name: str) -> str | None:
    """Take all comments of the file out."""
    del name
    changes = [(node, "") for node in walk(parse(code)) if node.type == "comment"]
    changed = re.sub(r"\n{3,}", "\n\n", re.sub(r"^[ \t]+$", "", replace(code, changes), flags=re.M))
    return f"{changed.strip()}\n" if changes else None


def remove_logging(code: str, name: str) -> str | None:
    """Take console calls out where they are statements."""
    changes = [
        (part, "")
        for node in functions_in(code, name)
        for part in own_nodes(node)
        if part.type == "expression_statement" and text_of(part).startswith("console.")
    ]
    changed = re.sub(r"^[ \t]+\n", "", replace(code, changes), flags=re.MULTILINE)
    return changed if changes and is_valid(changed) else None


def _at_body(code: str, name: str, write: Callable[[Node, str], list[str]]) -> str | None:
    places = []
    for node in functions_in(code, name):
        body = node.child_by_field_name("body")
        if body is None or body.type != "statement_block":
            continue
        lines = write(node, name_of(node) or name)
        if lines and lines[0] not in text_of(body):
            indent = indentation(code, node) + "  "
            text = "".join(f"\n{indent}{line}" for line in lines)
            places.append((body.start_byte + 1, text))
    return insert(code, places) if places else None


def _guard(node: Node, kind: str, line: str) -> list[str]:
    lines: list[str] = []
    for part in parameters(node):
        test, message = _test(node, part, kind)
        if test:
            instead = re.search(
                r"\breturn(?:s|ing)? (?:an? )?(none|null|zero|0|false|true|empty (?:list|array|"
                r"string))\b",
                line,
            )
            values = {
                "none": "null",
                "null": "null",
                "zero": "0",
                "0": "0",
                "false": "false",
                "true": "true",
                "empty list": "[]",
                "empty array": "[]",
                "empty string": '""',
            }
            action = (
                f"return {values[instead[1]]};"
                if instead
                else f'throw new RangeError("{part} {message}");'
            )
            lines += [f"if ({test}) {{", f"  {action}", "}"]
    return lines


def _test(node: Node, part: str, kind: str) -> tuple[str, str]:
    said = _kind(part)
    if kind == "negative" and said == "number":
        return f"{part} < 0", "must not be negative"
    if kind == "negative" and said == "number[]":
        return f"{part}.some((number) => number < 0)", "must not hold negative numbers"
    if kind == "empty" and (said == "string" or said.endswith("[]")):
        return f"{part}.length === 0", "must not be empty"
    if kind == "zero" and re.search(rf"[/%]=? *{part}\b(?!\.)", text_of(node)):
        return f"{part} === 0", "must not be zero"
    if kind == "none":
        return f"{part} == null", "is missing"
    if kind == "type" and said in ("number", "string"):
        return f'typeof {part} !== "{said}"', f"must be a {said}"
    if kind == "type":
        return f"{part} == null", "is missing"
    return "", ""


def _kind(part: str) -> str:
    """The JSDoc type of a parameter, by the same names as in Python."""
    snake = _ALL_CAPS.sub(r"_\1", part).lower()
    kinds = {
        "int": "number",
        "float": "number",
        "str": "string",
        "list[float]": "number[]",
        "list[str]": "string[]",
        "list": "Array",
        "dict": "Object",
    }
    if part in ("callback", "function", "handler"):
        return "Function"
    return kinds.get(TYPE_OF_NAME.get(snake, ""), "*").replace("Array", "*[]")


def _result(node: Node) -> str:
    returned = [
        part.named_children[0]
        for part in own_nodes(node)
        if part.type == "return_statement" and part.named_children
    ]
    kinds = {
        "true": "boolean",
        "false": "boolean",
        "string": "string",
        "number": "number",
        "template_string": "string",
        "array": "Array",
        "object": "Object",
    }
    found = {kinds.get(part.type, "*") for part in returned} or {"void"}
    found |= {"*"} if len(found) > 1 else set()
    kind = "*" if "*" in found else found.pop()
    is_async = any(child.type == "async" for child in node.children)
    return f"Promise<{kind}>" if is_async else kind


def _statement(node: Node) -> Node:
    """The node that a comment belongs before: the export or declaration around a function."""
    while node.parent is not None and node.parent.type in (
        "variable_declarator",
        "lexical_declaration",
        "export_statement",
    ):
        node = node.parent
    return node


def _inner_lines(body: Node) -> list[str]:
    return text_of(body)[1:-1].strip("\n").rstrip().splitlines()


def spoken(name: str) -> str:
    """Give the words of a camel-case name."""
    return _ALL_CAPS.sub(r" \1", name).lower()
