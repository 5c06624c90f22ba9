"""Comments that are Markdown with sections: Rust, Go and Swift.

https://doc.rust-lang.org/rustdoc/how-to-write-documentation.html, https://go.dev/doc/comment,
https://www.swift.org/documentation/docc/writing-symbol-documentation-in-your-source-files
"""

import re
import textwrap

from shared.code.comments import Comment, documented
from shared.code.model import Named

_HEADING = re.compile(r"^#{1,3}\s+(.+?)\s*#*$")
_FENCED = re.compile(r"^[ \t]*(`{3,}|~{3,})[^\n]*\n(.*?)\n?^[ \t]*\1", re.DOTALL | re.MULTILINE)
_SWIFT = re.compile(
    r"^\s*-\s+(parameters?|returns?|throws)\b\s*:?\s*([\w$]*)\s*:?\s*(.*)$", re.IGNORECASE
)
_FIELD = re.compile(r"^(\s+)[-*+]\s+`?(\w+)`?\s*:\s*(.*)$")


def read_rust(text: str) -> Comment:
    """Rust: `# Examples` become examples, `# Errors` and `# Panics` what is raised."""
    prose: list[str] = []
    raises: list[Named] = []
    examples: list[str] = []
    for title, body in _sections(text):
        if title.lower() in ("examples", "example"):
            blocks = [_shown(found[2]) for found in _FENCED.finditer(body)]
            examples += blocks or [body.strip()]
        elif title.lower() in ("errors", "panics", "abort", "aborts"):
            raises.append(Named(title, " ".join(body.split())))
        else:
            prose.append(f"**{title}**\n\n{body.strip()}" if title else body.strip("\n"))
    return Comment(
        doc=documented(
            "\n\n".join(part for part in prose if part),
            raises=tuple(raises),
            examples=tuple(example for example in examples if example),
        )
    )


def read_go(text: str) -> Comment:
    """Go: a paragraph that begins with `Deprecated:` labels it."""
    labels = ("deprecated",) if re.search(r"^Deprecated: ", text, re.MULTILINE) else ()
    return Comment(doc=documented(re.sub(r"^# (.+)$", r"**\1**", text, flags=re.M)), labels=labels)


def read_swift(text: str) -> Comment:
    """Swift: `- Parameter a:`, `- Parameters:` with a list, `- Returns:`, `- Throws:`."""
    prose: list[str] = []
    texts: dict[str, str] = {}
    said = {"returns": "", "throws": ""}
    at = ""  # the field that goes on: "" is prose, "?" a list of parameters
    for line in text.split("\n"):
        found = _SWIFT.match(line)
        nested = _FIELD.match(line) if at == "?" or at in texts else None
        if found and found[1].lower() == "parameter":
            at = found[2]
            texts[at] = found[3].strip()
        elif found:
            at = "?" if found[1].lower() == "parameters" else found[1].lower().rstrip("s") + "s"
            if at != "?":
                said[at] = f"{found[2]} {found[3]}".strip()
        elif nested:
            at = nested[2]
            texts[at] = nested[3].strip()
        elif at in texts and line.startswith((" ", "\t")):
            texts[at] = f"{texts[at]} {line.strip()}".strip()
        elif at in said and line.startswith((" ", "\t")):
            said[at] = f"{said[at]} {line.strip()}".strip()
        elif line.strip() or not at:
            at = ""
            prose.append(line)
    raises = (Named("Error", said["throws"]),) if said["throws"] else ()
    examples = tuple(_dedented(found[2]) for found in _FENCED.finditer("\n".join(prose)))
    body = _FENCED.sub("", "\n".join(prose)) if examples else "\n".join(prose)
    doc = documented(body, returns=said["returns"], raises=raises, examples=examples)
    return Comment(doc=doc, texts=texts)


def _sections(text: str) -> list[tuple[str, str]]:
    """The text before the first heading under "", then each heading with its text."""
    sections: list[tuple[str, list[str]]] = [("", [])]
    fenced = False
    for line in text.split("\n"):
        fenced ^= line.lstrip().startswith(("```", "~~~"))
        found = None if fenced else _HEADING.match(line)
        if found:
            sections.append((found[1], []))
        else:
            sections[-1][1].append(line)
    return [(title, "\n".join(lines)) for title, lines in sections]


def _shown(code: str) -> str:
    """The lines of an example that rustdoc shows: not those that begin with `# `."""
    lines = [line for line in code.split("\n") if not re.match(r"\s*#(\s|$)", line)]
    return _dedented("\n".join(lines))


def _dedented(code: str) -> str:
    return textwrap.dedent(code).strip("\n")
