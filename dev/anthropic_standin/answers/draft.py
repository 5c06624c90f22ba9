"""A new piece of code and the ways to write a small function in either language."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

_VERBS = frozenset(
    ["Return", "Tell", "Write", "Print", "Send", "Save", "Serve", "Call", "Check", "Measure"]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """Code as it was first written; `name` is its main function or class.

    `exact` is False where the rules knew no recipe and wrote something general.
    """

    name: str
    code: str
    summary: str
    is_class: bool = False
    exact: bool = True


def write_function(
    language: str, name: str, parameters: Sequence[str], lines: Sequence[str], summary: str
) -> Draft:
    """Write one documented function; `lines` is its body in the given language, not indented."""
    if language == "javascript":
        body = textwrap.indent("\n".join(lines), "  ")
        head = f"/** {summary} */\nfunction {name}({', '.join(parameters)}) {{"
        return Draft(name=name, code=f"{head}\n{body}\n}}\n", summary=summary)
    body = textwrap.indent("\n".join([f'"""{summary}"""', *lines]), "    ")
    code = f"def {name}({', '.join(parameters)}):\n{body}\n"
    return Draft(name=name, code=code, summary=summary)


def third_person(summary: str) -> str:
    """Turn a docstring's "Return …" into an explanation's "Returns …"."""
    first, _, rest = summary.partition(" ")
    return f"{first}s {rest}" if first in _VERBS else summary
