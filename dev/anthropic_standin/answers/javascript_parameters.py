"""Adds parameters and methods to JavaScript code."""

import re

from tree_sitter import Node

from dev.anthropic_standin.answers.javascript import (
    definitions,
    functions_in,
    insert,
    name_of,
    parameters,
    replace,
    text_of,
    walk,
)
from dev.anthropic_standin.answers.javascript_edits import spoken


def add_parameter(code: str, name: str, parameter: str, default: str) -> str | None:
    """Give a function (or a class's constructor) one more parameter with a default."""
    places = []
    for node in _with_constructor(code, name):
        listed = node.child_by_field_name("parameters")
        if listed is None or parameter in parameters(node):
            continue
        lead = ", " if listed.named_children else ""
        places.append((listed.end_byte - 1, f"{lead}{parameter} = {default}"))
        body = node.child_by_field_name("body")
        if name_of(node) == "constructor" and body is not None:
            places.append((body.end_byte - 1, f"  this.{parameter} = {parameter};\n  "))
    return insert(code, places) if places else None


def set_last_default(code: str, name: str, default: str) -> str | None:
    """Give the last parameter a default value, replacing the one it has."""
    for node in functions_in(code, name):
        listed = node.child_by_field_name("parameters")
        last = listed.named_children[-1] if listed and listed.named_children else None
        if last is None:
            continue
        left = last.child_by_field_name("left") or last
        return replace(code, [(last, f"{text_of(left)} = {default}")])
    return None


def add_method(code: str, name: str, method: str, line: str) -> str | None:
    """Give a class a method that tells about its attributes."""
    for node in definitions(code):
        body = node.child_by_field_name("body")
        if node.type != "class_declaration" or name_of(node) != name or body is None:
            continue
        if any(name_of(part) == method for part in walk(body) if part.type == "method_definition"):
            return None
        owned = list(dict.fromkeys(re.findall(r"\bthis\.(\w+) =(?!=)", text_of(node))))
        listed = ", ".join(f"{part}: this.{part}" for part in owned)
        says = (
            f"{{ {listed} }}"
            if "object" in line or "json" in line
            else (
                "`" + spoken(method) + ": " + ", ".join(f"{p}=${{this.{p}}}" for p in owned) + "`"
            )
        )
        text = (
            f"\n  /** Return what there is to say about: {spoken(method)}. */\n"
            f"  {method}() {{\n    return {says};\n  }}\n"
        )
        return insert(code, [(body.end_byte - 1, text)])
    return None


def _with_constructor(code: str, name: str) -> list[Node]:
    for node in definitions(code):
        if node.type == "class_declaration" and name_of(node) == name:
            return [part for part in walk(node) if name_of(part) == "constructor"]
    return functions_in(code, name)
