"""Takes single recipes out of the library files, with the imports that they need."""

import ast
import re
from functools import cache
from pathlib import Path

from dev.anthropic_standin.answers.naming import to_camel, to_pascal

_LIBRARY = Path(__file__).parent / "library"
_JS_BLOCK = re.compile(
    r"^/\*\*.*?\*/\n(?:async )?(?:function|class) (\w+).*?^\}\n", re.MULTILINE | re.DOTALL
)
_JS_REQUIRE = re.compile(r'^const (\w+) = require\("[^"]+"\);\n', re.MULTILINE)


def recipe(name: str, language: str) -> str:
    """Give a recipe's whole source; `name` is in the Python style (`is_prime`, `BankAccount`).

    Raises KeyError for a name that the library does not hold.
    """
    if language == "javascript":
        is_class = name[0].isupper()
        return javascript_recipes()[to_pascal(name) if is_class else to_camel(name)]
    return python_recipes()[name]


@cache
def python_recipes() -> dict[str, str]:
    """Map each Python recipe's name to its source."""
    found = {}
    for path in sorted((_LIBRARY / "python").glob("[!_]*.py")):
        source = path.read_text(encoding="utf-8")
        tree = ast.parse(source)
        imports = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
        for node in tree.body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                body = ast.get_source_segment(source, node) or ""
                head = _needed_imports(imports, node)
                found[node.name] = f"{head}\n\n\n{body}\n" if head else f"{body}\n"
    return found


@cache
def javascript_recipes() -> dict[str, str]:
    """Map each JavaScript recipe's name to its source, without exports."""
    found = {}
    for path in sorted((_LIBRARY / "javascript").glob("*.js")):
        source = path.read_text(encoding="utf-8")
        requires = [(match[1], match[0]) for match in _JS_REQUIRE.finditer(source)]
        for block in _JS_BLOCK.finditer(source):
            head = "".join(text for name, text in requires if f"{name}." in block[0])
            found[block[1]] = f"{head}\n{block[0]}" if head else block[0]
    return found


def _needed_imports(imports: list[ast.Import | ast.ImportFrom], node: ast.AST) -> str:
    used = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
    lines = []
    for statement in imports:
        names = [alias for alias in statement.names if (alias.asname or alias.name) in used]
        if names and isinstance(statement, ast.ImportFrom):
            lines.append(f"from {statement.module} import {', '.join(a.name for a in names)}")
        elif names:
            lines += [f"import {alias.name}" for alias in names]
    return "\n".join(lines)
