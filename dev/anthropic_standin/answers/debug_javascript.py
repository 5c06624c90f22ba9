"""Finds and mends simple faults of JavaScript code."""

import re

from tree_sitter import Node

from dev.anthropic_standin.answers.debug import Mended
from dev.anthropic_standin.answers.javascript import (
    functions_in,
    indentation,
    insert,
    is_valid,
    name_of,
    own_nodes,
    parse,
    replace,
    text_of,
    walk,
)
from dev.anthropic_standin.answers.javascript_edits import add_guards


def debug_javascript(code: str, name: str) -> Mended:
    """Mend the faults that the rules know; without one, add a check of the input to `name`."""
    faults = []
    for repair in (
        _in_conditions,
        _loop_ends,
        _loose_equality,
        _number_sort,
        _missing_await,
        _early_return,
    ):
        changed, fault = repair(code)
        if changed != code and is_valid(changed):
            code = changed
            faults.append(fault)
    changed, fault = _missing_return(code, name)
    if changed != code and is_valid(changed):
        code = changed
        faults.append(fault)
    if not faults:
        zero = add_guards(code, name, "zero", "")
        if zero and is_valid(zero):
            return Mended(code=zero, faults=(f"`{name}` could divide by zero",))
        checked = add_guards(code, name, "type", "")
        code = checked if checked and is_valid(checked) else code
    return Mended(code=code, faults=tuple(faults))


def _in_conditions(code: str) -> tuple[str, str]:
    """`if (a = b)` assigns where a comparison was meant."""
    changes = []
    for node in walk(parse(code)):
        if node.type in ("if_statement", "while_statement"):
            test = node.child_by_field_name("condition")
            inner = test.named_children[0] if test is not None and test.named_children else None
            if inner is not None and inner.type == "assignment_expression":
                changes.append((inner, text_of(inner).replace("=", "===", 1)))
    return replace(code, changes), "a condition assigned with `=` instead of comparing"


def _loop_ends(code: str) -> tuple[str, str]:
    """`i <= items.length` reaches one index behind the last."""
    changes = []
    for node in walk(parse(code)):
        test = node.child_by_field_name("condition") if node.type == "for_statement" else None
        if test is not None and re.search(r"<=\s*\w+\.length\b", text_of(test)):
            changes.append((test, text_of(test).replace("<=", "<", 1)))
    return replace(code, changes), "a loop went one index behind the last"


def _loose_equality(code: str) -> tuple[str, str]:
    """`==` converts types; only the comparison with null is meant that way."""
    changes = []
    for node in walk(parse(code)):
        loose = node.type in ("==", "!=") and node.parent is not None
        if loose and node.parent and not re.search(r"\bnull\b", text_of(node.parent)):
            changes.append((node, f"{node.type}="))
    return replace(code, changes), "`==` converted types before it compared"


def _number_sort(code: str) -> tuple[str, str]:
    """`.sort()` without a comparator orders numbers as text."""
    changes = []
    for node in walk(parse(code)):
        called = text_of(node) if node.type == "call_expression" else ""
        found = re.fullmatch(
            r"((?:numbers|values|scores|prices)|\[\.\.\.numbers\])\.sort\(\)", called
        )
        if found:
            changes.append((node, f"{found[1]}.sort((a, b) => a - b)"))
    return replace(code, changes), "`sort()` ordered numbers as text"


def _missing_await(code: str) -> tuple[str, str]:
    """In an async function `fetch` and `.json()` give promises that must be awaited."""
    places = []
    for node in walk(parse(code)):
        if node.type == "function_declaration" and text_of(node).startswith("async"):
            for part in own_nodes(node):
                value = (
                    part.child_by_field_name("value")
                    if part.type == "variable_declarator"
                    else None
                )
                if value is not None and re.match(r"fetch\(|\w+\.json\(\)$", text_of(value)):
                    places.append((value.start_byte, "await "))
    return insert(code, places), "a promise was used without `await`"


def _early_return(code: str) -> tuple[str, str]:
    """A return of the sum inside the loop ends it after the first round."""
    for node in walk(parse(code)):
        body = node.child_by_field_name("body") if node.type.startswith("for_") else None
        last = body.named_children[-1] if body is not None and body.named_children else None
        if (
            body is None
            or last is None
            or last.type != "return_statement"
            or len(body.named_children) < 2
        ):
            continue
        name = re.fullmatch(r"return (\w+);?", text_of(last))
        if name and re.search(rf"\b{name[1]} \+=|\b{name[1]}\.push\(", text_of(body)):
            indent = indentation(code, node)
            moved = insert(code, [(node.end_byte, f"\n{indent}return {name[1]};")])
            changed = replace(moved, [(last, "")])
            return (
                re.sub(r"\n[ \t]+(?=\n[ \t]*\})", "", changed),
                f"`return {name[1]}` stood inside the loop and ended it after the first round",
            )
    return code, ""


def _missing_return(code: str, name: str) -> tuple[str, str]:
    for node in functions_in(code, name):
        body = node.child_by_field_name("body")
        parts = own_nodes(node)
        if body is None or body.type != "statement_block" or not body.named_children:
            continue
        if any(part.type == "return_statement" for part in parts):
            continue
        said = f"`{name_of(node) or name}` had no return statement, so each call gave undefined"
        wanted = _result_of(body)
        if wanted:
            indent = indentation(code, node) + "  "
            last = body.named_children[-1]
            if last.type == "expression_statement" and text_of(last).rstrip(";") == wanted:
                return replace(code, [(last, f"return {wanted};")]), said
            return insert(code, [(last.end_byte, f"\n{indent}return {wanted};")]), said
    return code, ""


def _result_of(body: Node) -> str | None:
    last = body.named_children[-1]
    if last.type == "expression_statement":
        inner = last.named_children[0]
        if inner.type in ("binary_expression", "template_string", "identifier"):
            return text_of(last).rstrip(";")
    declared = [
        text_of(name)
        for part in body.named_children
        if part.type in ("lexical_declaration", "variable_declaration")
        for inner in part.named_children
        if (name := inner.child_by_field_name("name")) is not None
    ]
    if last.type in ("lexical_declaration", "variable_declaration"):
        return declared[-1] if declared else None
    touched = [
        name
        for name in declared
        if re.search(rf"\b{name} [-+*/]?=|\b{name}\.push\(", text_of(last))
    ]
    return touched[0] if touched else None
