"""Comments with tags: JSDoc, JavaDoc, KDoc, PHPDoc, Doxygen and YARD.

https://jsdoc.app, https://www.doxygen.nl/manual/commands.html, https://docs.phpdoc.org,
https://www.rubydoc.info/gems/yard/file/docs/Tags.md, https://kotlinlang.org/docs/kotlin-doc.html
"""

import html
import re
import textwrap
from dataclasses import dataclass, field
from typing import Final

from shared.code.comments import Comment, documented
from shared.code.model import Named

_PARAMETERS: Final = "param arg argument typeparam tparam property prop option yieldparam".split()
_RETURNS: Final = "return returns result retval yields".split()
_RAISES: Final = "throw throws exception raise raises".split()
_PROSE: Final = "brief short description desc summary details remarks note remark warning".split()
_LABELS: Final = "deprecated internal experimental beta alpha abstract readonly override".split()
_DROPPED: Final = """
    author authors see since version category subpackage package file fileoverview overview module
    packageDocumentation class classdesc constructor function func method memberof memberOf
    name type typedef callback template private protected public static final ingroup defgroup
    addtogroup code endcode sa api access link todo license licence copyright inheritdoc inheritDoc
    extends implements augments augments mixes fires event default defaultvalue global namespace
    interface enum constant const readonly kind lends this yield yieldreturn overload attr
    attr_reader attr_writer sample suppress receiver property-read property-write method uses
    group date defaultValue virtual sealed eventProperty privateRemarks decorator tag
    hideconstructor ignore hidden phpstan-param phpstan-return phpstan-template psalm-param
    psalm-return phpstan-type psalm-type var fn def struct headerfile relates relatesalso pre post
    invariant
    serial serialData serialField implSpec apiNote implNote jls nodoc symbol abstract
""".split()
_KNOWN: Final = frozenset([*_PARAMETERS, *_RETURNS, *_RAISES, *_PROSE, *_LABELS, *_DROPPED])
_ALL: Final = frozenset([*_KNOWN, "example", "examples", "par"])
_TAG = re.compile(r"^\s{0,8}[@\\]([A-Za-z][\w-]*)(?:\[[\w, ]*\])?(?=[\s{(<:]|$)[ \t]*(.*)$")
_ONE_LINE = re.compile(r"\s+(?=@(?:param|returns?|throws|type|deprecated|example|since)\b)")
_FENCE = re.compile(r"^\s*(```|~~~)")
_INLINE = (
    (re.compile(r"\{@(?:code|literal)\s+((?:[^{}]|\{[^{}]*\})*)\}"), r"`\1`"),
    (
        re.compile(
            r"\{@(?:link|linkplain|linkcode|see|value|tutorial)\s+"
            r"([^\s|}]+)(?:[\s|]+([^}]*))?\}"
        ),
        None,
    ),
    (re.compile(r"\{@inheritDoc\}", re.IGNORECASE), ""),
    (re.compile(r"(?<!\w)[@\\](?:p|c|a|e|em|ref)\s+([\w:.()~-]+)"), r"`\1`"),
)
_HTML = re.compile(r"</?(?:p|ul|ol|dl|dd|dt|div|span|table|tr|td|th|h\d|br)\b[^<>]*/?>", re.I)
_HTML_MARKS = (
    (re.compile(r"<pre>\s*(?:\{@code\s*\n)?(.*?)\}?\s*</pre>", re.S | re.I), "\n```\n\\1\n```\n"),
    (re.compile(r"</?(?:code|tt|kbd|var|samp)>", re.I), "`"),
    (re.compile(r"</?(?:em|i)>", re.I), "*"),
    (re.compile(r"</?(?:strong|b)>", re.I), "**"),
    (re.compile(r"<li>\s*", re.I), "- "),
    (re.compile(r"</li>", re.I), ""),
    (re.compile(r"<a\s+href=\"([^\"]*)\"[^>]*>(.*?)</a>", re.S | re.I), r"[\2](\1)"),
)


@dataclass(slots=True)
class _Parts:
    prose: list[str] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)
    returns: list[str] = field(default_factory=list)
    returned: str = ""
    raises: list[Named] = field(default_factory=list)
    examples: list[str] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)


def read_tags(text: str, language: str) -> Comment:
    """Take a comment apart at its tags (`@param`, `\\return`, …); unknown tags are left out.

    Inside a fence a line that begins with `@` is code. `language` decides the order of type and
    name: `@param {T} name` (JavaScript), `@param T $name` (PHP), `@param name [T]` (Ruby).
    """
    parts = _Parts()
    if "\n" not in text:
        text = _ONE_LINE.sub("\n", text)
    for tag, body in _blocks(text):
        _take(parts, tag, body, language)
    return Comment(
        doc=documented(
            "\n\n".join(part for part in parts.prose if part.strip()),
            returns="; ".join(part for part in parts.returns if part),
            raises=tuple(parts.raises),
            examples=tuple(example for example in parts.examples if example.strip()),
        ),
        texts=parts.texts,
        types=parts.types,
        returned=parts.returned,
        labels=tuple(parts.labels),
    )


def marked_down(text: str) -> str:
    """Inline tags and simple HTML of a comment as Markdown."""
    for pattern, new in _INLINE:
        text = pattern.sub(new, text) if new is not None else pattern.sub(_link, text)
    if "<" in text or "&" in text:
        for pattern, new in _HTML_MARKS:
            text = pattern.sub(new or "", text)
        text = html.unescape(_HTML.sub("", text))
    return text


def _link(match: re.Match[str]) -> str:
    target, label = match.group(1), (match.group(2) or "").strip()
    if "://" in target:
        return f"[{label}]({target})" if label else target
    return label or f"`{target.lstrip('#').replace('#', '.')}`"


def _blocks(text: str) -> list[tuple[str, str]]:
    """The text before the first tag under "", then each tag with what belongs to it."""
    blocks: list[tuple[str, list[str]]] = [("", [])]
    fenced = False
    for line in text.split("\n"):
        fenced ^= bool(_FENCE.match(line))
        found = None if fenced else _TAG.match(line)
        known = found is not None and (
            found[1] in _ALL or (blocks[-1][0] != "example" and line[:1] in "@\\")
        )
        if found is not None and known and found[1] not in ("code", "endcode", "link"):
            blocks.append((found[1], [found[2]]))
        else:
            blocks[-1][1].append(line)
    return [(tag, "\n".join(lines).rstrip()) for tag, lines in blocks]


def _take(parts: _Parts, tag: str, body: str, language: str) -> None:
    if tag in ("example", "examples"):
        parts.examples.append(_example(body))
    elif tag in _PARAMETERS:
        _take_parameter(parts, body, language)
    elif tag in _RETURNS:
        kind, text = _type_first(body, language)
        parts.returned = parts.returned or ("" if tag in ("retval", "yields") else kind)
        parts.returns.append(_line(text))
    elif tag in _RAISES:
        kind, text = _type_first(body, language)
        name, _, rest = text.strip().partition(" ") if not kind else (kind, "", text)
        parts.raises.append(Named(name.strip(), _line(rest)))
    elif tag in _LABELS:
        parts.labels.append(tag)
        if tag == "deprecated" and body.strip():
            parts.prose.append(f"Deprecated: {_line(body)}")
    elif tag in ("", *_PROSE) or (tag in ("file", "fileoverview", "overview") and " " in body):
        parts.prose.append(marked_down(_code_blocks(textwrap.dedent(body))).strip("\n"))
    elif tag in ("file", "module", "packageDocumentation", "class", "module"):
        _, _, rest = body.partition("\n")
        parts.prose.append(marked_down(rest).strip("\n"))


def _take_parameter(parts: _Parts, body: str, language: str) -> None:
    kind, rest = _type_first(body, language)
    rest = rest.strip()
    if language == "php":
        before, dollar, after = rest.partition("$")
        if dollar:
            kind, rest = kind or before.strip().rstrip("&.").strip(), after
        elif kind:
            return
    if rest.startswith("["):  # [name=default]
        inner, _, after = rest[1:].partition("]")
        rest = f"{inner.partition('=')[0]} {after}"
    found = re.match(r"(<\w+>|[\w.$#-]+|\.\.\.\w+)[:,]?\s*(.*)", rest, re.DOTALL)
    if found is None:
        return
    name, text = found[1].strip("<>").removeprefix("..."), found[2]
    if language == "ruby" and not kind:
        kind, text = _type_first(text, language)
    if "." in name:  # a field of the parameter: kept with it
        owner, _, inner = name.partition(".")
        parts.texts[owner] = f"{parts.texts.get(owner, '')}\n- `{inner}`: {_line(text)}".strip()
        return
    parts.texts.setdefault(name, _line(text))
    if kind:
        parts.types.setdefault(name, kind)


def _type_first(body: str, language: str) -> tuple[str, str]:
    """The type in front of a tag's text, in the brackets of its language, and the text."""
    text = body.strip()
    if language == "php":
        found = re.match(r"([\w\\|&?\[\]]+(?:<[^\s$]*(?:, [^\s$]*)*>)?[\w|\[\]\\]*)(?:\s+|$)", text)
        return (found[1], text[found.end() :]) if found else ("", text)
    pair = {"{": "}", "[": "]"}.get(text[:1])
    if pair is None or (text[0] == "[" and language != "ruby"):
        return "", text
    depth = 0
    for at, letter in enumerate(text):
        depth += (letter == text[0]) - (letter == pair)
        if depth == 0:
            return text[1:at].strip(), text[at + 1 :].strip()
    return "", text


def _line(text: str) -> str:
    """The text of a tag, its lines joined to paragraphs, without the dash in front."""
    paragraphs = re.split(r"\n\s*\n", marked_down(textwrap.dedent(text)).strip())
    joined = [
        part if "```" in part or re.search(r"^\s*[-*] ", part, re.M) else " ".join(part.split())
        for part in paragraphs
    ]
    return re.sub(r"^[-–—:]\s+", "", "\n\n".join(joined))


def _example(body: str) -> str:
    """The code of an example, without fence and caption."""
    text = re.sub(r"\s*<caption>.*?</caption>", "", body, flags=re.S)
    fence = re.search(r"(```|~~~)[^\n]*\n(.*?)\n?\s*\1", text, re.DOTALL)
    if fence:
        return textwrap.dedent(fence[2]).strip("\n")
    first, _, rest = text.partition("\n")
    return (
        textwrap.dedent(rest).strip("\n")
        if rest.strip() and not first.strip()
        else (f"{first.strip()}\n{textwrap.dedent(rest)}".strip("\n"))
    )


def _code_blocks(text: str) -> str:
    """Doxygen's code blocks as fences."""
    return re.sub(
        r"^[ \t]*[@\\]code(?:\{[^}]*\})?\s*?\n(.*?)^[ \t]*[@\\]endcode",
        lambda found: f"```\n{textwrap.dedent(found[1])}```",
        text,
        flags=re.DOTALL | re.MULTILINE,
    )
