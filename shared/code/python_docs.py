"""Docstrings of Python in the styles of Google, NumPy and Sphinx, taken apart by griffe."""

import ast
import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from shared.code.model import Doc, Named
from shared.code.rst import is_session, markdown

if TYPE_CHECKING:
    from griffe import DocstringSection

# Longer texts are taken as they stand: the parsers try many patterns on each line.
_LONGEST: Final = 40_000
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z`\"'(\[*])")
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|vs|cf|resp|approx|no|fig)|\b[A-Z])\.$", re.IGNORECASE
)
_FENCED = re.compile(r"(`{3,})[^\n]*\n(.*?)\n\1", re.DOTALL)
_UNPRINTED = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")
_CODE_LIKE = re.compile(r"[(=\[]|\bimport\b")
_LEAD_IN = re.compile(
    r"(?:Basic |Simple |Sample )?(?:Usage|Examples?)(?: usage)?::?", re.IGNORECASE
)
_EXAMPLES: Final = ("example", "examples", "usage")


@dataclass(frozen=True, slots=True)
class Described:
    """What a docstring says of a name: its type and a text, both may be empty."""

    type: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Docstring:
    """A docstring taken apart: `doc` for the definition, and what it says of names."""

    doc: Doc = field(default_factory=Doc)
    parameters: Mapping[str, Described] = field(default_factory=lambda: MappingProxyType({}))
    attributes: Mapping[str, Described] = field(default_factory=lambda: MappingProxyType({}))
    deprecated: bool = False


def read_docstring(value: str) -> Docstring:
    """Take a docstring apart, whatever its style; a text that no parser understands is details.

    Never raises. Styles: https://mkdocstrings.github.io/griffe/reference/docstrings/
    """
    text = inspect.cleandoc(_UNPRINTED.sub("", value)).strip()
    if not text:
        return Docstring()
    reading = _Reading(text)
    for section in _sections(text):
        reading.take(section)
    return reading.result()


def _sections(text: str) -> "list[DocstringSection]":
    import griffe

    quiet: Any = {style: {"warnings": False} for style in ("google", "numpy", "sphinx")}
    if len(text) <= _LONGEST:
        try:
            return griffe.Docstring(text).parse("auto", per_style_options=quiet)
        except (ValueError, LookupError, AttributeError, TypeError, RecursionError, MemoryError):
            pass  # a text that only looks like the style
    return [griffe.DocstringSectionText(text)]


class _Reading:
    """Collects the sections of one docstring."""

    def __init__(self, text: str) -> None:
        self._unindented = frozenset(text.split("\n"))
        self._texts: list[str] = []
        self._returns: list[str] = []
        self._raises: list[Named] = []
        self._examples: list[str] = []
        self._parameters: dict[str, Described] = {}
        self._attributes: dict[str, Described] = {}
        self._deprecated = bool(re.search(r"^\.\. deprecated::", text, re.MULTILINE))

    def take(self, section: "DocstringSection") -> None:
        kind = section.kind.value
        takes: dict[str, Callable[[Any], None]] = {
            "parameters": self._take_parameters,
            "other parameters": self._take_parameters,
            "returns": self._take_returns,
            "yields": self._take_yields,
            "raises": self._take_raises,
            "attributes": self._take_attributes,
            "examples": self._take_examples,
            "deprecated": self._take_deprecated,
            "admonition": self._take_admonition,
        }
        if kind == "text":
            self._take_text(section.value)
        elif kind in takes:
            takes[kind](section.value)
        else:
            self._take_others(section.title or kind.capitalize(), section.value)

    def result(self) -> Docstring:
        summary, details = _split("\n\n".join(self._texts))
        return Docstring(
            doc=Doc(
                summary=summary,
                details=details,
                returns=markdown("\n".join(self._returns)),
                raises=tuple(self._raises),
                examples=tuple(dict.fromkeys(filter(None, self._examples))),
            ),
            parameters=self._parameters,
            attributes=self._attributes,
            deprecated=self._deprecated,
        )

    def _take_text(self, text: str) -> None:
        """Text, without the interpreter sessions in it: those are examples."""
        prose: list[str] = []
        for paragraph in re.split(r"\n[ \t]*\n", text):
            if is_session(paragraph):
                self._examples.append(inspect.cleandoc(paragraph))
                if prose and _LEAD_IN.fullmatch(prose[-1].strip()):
                    prose.pop()
                elif prose and prose[-1].rstrip().endswith("::"):
                    prose[-1] = prose[-1].rstrip()[:-1]
            else:
                prose.append(paragraph)
        if prose:
            self._texts.append(markdown("\n\n".join(prose)))

    def _take_parameters(self, items: Any) -> None:
        self._parameters |= dict(self._described(items))

    def _take_attributes(self, items: Any) -> None:
        self._attributes |= dict(self._described(items))

    def _described(self, items: Any) -> Iterator[tuple[str, Described]]:
        for item in items:
            for name in str(item.name).split(","):
                yield (
                    name.strip().lstrip("*"),
                    Described(_text(item.annotation), self._own(item.description)),
                )

    def _take_returns(self, items: Any) -> None:
        for item in items:
            head = [part for part in (_text(item.name), _text(item.annotation)) if part]
            text = self._own(item.description)
            self._returns.append(": ".join([*head, text] if text else head))

    def _take_yields(self, items: Any) -> None:
        before = len(self._returns)
        self._take_returns(items)
        if len(self._returns) > before:
            self._returns[before] = f"Yields {self._returns[before]}"

    def _take_raises(self, items: Any) -> None:
        self._raises += [
            Named(_text(item.annotation), self._own(item.description)) for item in items
        ]

    def _take_examples(self, items: Any) -> None:
        for kind, text in items:
            if kind.value == "examples":
                self._examples.append(text.strip("\n"))
            else:
                self._take_example(text)

    def _take_example(self, text: str) -> None:
        """An example that is no session: fenced or plain code, or prose about it."""
        blocks = [code for _, code in _FENCED.findall(text)]
        if blocks:
            self._examples += blocks
        elif is_session(text) or _is_code(text):
            self._examples.append(inspect.cleandoc(text))
        else:
            self._take_text(text)

    def _take_deprecated(self, item: Any) -> None:
        self._deprecated = True
        since = f" since {_text(item.annotation)}" if _text(item.annotation) else ""
        self._texts.append(f"**Deprecated{since}:** {self._own(item.description)}")

    def _take_admonition(self, item: Any) -> None:
        kind = _text(item.annotation)
        if kind in _EXAMPLES:
            self._take_example(item.description)
            return
        self._deprecated = self._deprecated or kind == "deprecated"
        title = kind.replace("-", " ").capitalize()
        self._texts.append(f"**{title}:** {self._own(item.description)}")

    def _take_others(self, title: str, items: Any) -> None:
        """A section without a field of its own, for example what is warned of."""
        lines = [f"**{title}:**", ""]
        for item in items if isinstance(items, list) else ():
            head = _text(getattr(item, "name", "")) or _text(item.annotation)
            lines.append(f"- `{head}`: {self._own(item.description)}" if head else item.description)
        self._texts.append("\n".join(lines))

    def _own(self, description: str) -> str:
        """An item's text. Paragraphs that stand outside of it in the source (the parser of
        Sphinx's style adds all that follows) go to the details."""
        own, *later = re.split(r"\n[ \t]*\n", description.strip("\n"))
        for at, paragraph in enumerate(later):
            if paragraph.split("\n")[0] in self._unindented:
                self._take_text("\n\n".join(later[at:]))
                break
            own += f"\n\n{paragraph}"
        return markdown(own)


def _text(value: object) -> str:
    return str(value or "").strip()


def _split(text: str) -> tuple[str, str]:
    """The first sentence of a text on one line, and what follows."""
    text = text.strip()
    first, _, rest = text.partition("\n\n")
    if first.startswith(("```", "~~~", "- ", "* ", "|")):
        return "", text
    line = " ".join(first.split())
    for end in _SENTENCE_END.finditer(line):
        if not _ABBREVIATION.search(line[: end.start()]):
            return line[: end.start()], "\n\n".join(filter(None, (line[end.end() :], rest))).strip()
    return line, rest.strip()


def _is_code(text: str) -> bool:
    if not _CODE_LIKE.search(text):
        return False
    try:
        ast.parse(inspect.cleandoc(text))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True
