"""The XML comments of C#, read by pattern because comments are often not well formed.

https://learn.microsoft.com/dotnet/csharp/language-reference/xmldoc/recommended-tags
"""

import html
import re
import textwrap
from typing import Final

from shared.code.comments import Comment, documented
from shared.code.model import Named

_ELEMENT = re.compile(
    r"<(summary|remarks|returns|value|param|typeparam|exception|example)\b([^<>]*?)"
    r"(?:/>|>(.*?)</\1\s*>)",
    re.DOTALL,
)
_NAME = re.compile(r"(?:name|cref)\s*=\s*[\"'](?:[A-Z]:)?([^\"']*)[\"']")
_SEE = re.compile(
    r"<(?:see|seealso|paramref|typeparamref)\s+(?:cref|name|langword|href)\s*=\s*"
    r"[\"'](?:[A-Z]:)?([^\"']*)[\"']\s*(?:/>|>(.*?)</\w+>)",
    re.DOTALL,
)
_CODE = re.compile(r"<code\b[^>]*>(.*?)</code>", re.DOTALL)
_SHORT_CODE = re.compile(r"<c>(.*?)</c>", re.DOTALL)
_PARAGRAPH = re.compile(r"</?para\s*/?>|<br\s*/?>")
_ITEM = re.compile(r"<item>\s*(?:<(?:description|term)>)?")
_TAG = re.compile(r"</?[A-Za-z][^<>]*>")
_PROSE: Final = ("summary", "remarks", "value")


def read_xml(text: str) -> Comment:
    """Take an XML comment apart; a text without elements is summary and details."""
    prose: list[str] = []
    texts: dict[str, str] = {}
    returns = ""
    raises: list[Named] = []
    examples: list[str] = []
    for found in _ELEMENT.finditer(text):
        tag, body = found[1], found[3] or ""
        named = _NAME.search(found[2])
        name = named[1] if named else ""
        if tag in _PROSE:
            prose.append(_markdown(body))
        elif tag in ("param", "typeparam"):
            texts[name] = _markdown(body)
        elif tag == "returns":
            returns = _markdown(body)
        elif tag == "exception":
            raises.append(Named(_short(name), _markdown(body)))
        else:
            codes = [_dedented(code[1]) for code in _CODE.finditer(body)]
            examples += codes or [_markdown(body)]
    if not _ELEMENT.search(text):
        prose.append(_markdown(text))
    doc = documented(
        "\n\n".join(part for part in prose if part),
        returns=returns,
        raises=tuple(raises),
        examples=tuple(example for example in examples if example),
    )
    return Comment(doc=doc, texts=texts)


def _markdown(body: str) -> str:
    text = _CODE.sub(lambda found: f"\0{_dedented(found[1])}\0", body)
    text = _SEE.sub(lambda found: found[2] or f"`{_short(found[1])}`", text)
    text = _ITEM.sub("\n\n- ", _PARAGRAPH.sub("\n\n", _SHORT_CODE.sub(r"`\1`", text)))
    pieces = _TAG.sub("", text).split("\0")
    return "\n\n".join(
        f"```csharp\n{html.unescape(piece)}\n```" if number % 2 else _paragraphs(piece)
        for number, piece in enumerate(pieces)
        if piece.strip()
    )


def _paragraphs(text: str) -> str:
    parts = re.split(r"\n\s*\n", html.unescape(text).strip())
    return "\n\n".join(" ".join(part.split()) for part in parts if part.strip())


def _short(name: str) -> str:
    """A name in a reference, without the namespaces in front of its type."""
    head, bracket, arguments = name.partition("(")
    return ".".join(head.split(".")[-2:] if bracket else head.split(".")[-1:]) + (
        f"({arguments}" if bracket else ""
    )


def _dedented(code: str) -> str:
    return textwrap.dedent(code.strip("\n")).strip()
