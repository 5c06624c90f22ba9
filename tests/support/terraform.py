"""The Terraform of the product as data, and the rules that it has to keep."""

import functools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import hcl2

ROOT = Path(__file__).parents[2]
TERRAFORM = ROOT / "terraform"
PUBLIC: Final = {"voice", "health", "notion", "voice_ws"}
"""The units that anybody may reach; each checks by itself who calls."""
_META: Final = {"for_each", "count", "depends_on", "provider", "lifecycle", "content"}
Block = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource block: `type`, `name` and what it says."""

    type: str
    name: str
    body: Block


@dataclass(frozen=True, slots=True)
class Code:
    """The files of a folder by name, as text: so that a test may break a rule in them."""

    files: Mapping[str, str]

    @classmethod
    def of(cls, folder: str) -> "Code":
        """The files of a folder below terraform/."""
        found = sorted((TERRAFORM / folder).glob("*.tf"))
        return cls({path.name: path.read_text(encoding="utf8") for path in found})

    def has(self, text: str) -> bool:
        """Whether a text is in one of the files; spaces of any number are equal."""
        return any(loosely(text).search(each) for each in self.files.values())

    def changed(self, old: str, new: str) -> "Code":
        """The same files with a text replaced, which must be there; spaces are as in `has`."""
        assert self.has(old), f"nothing says {old!r} any more: say it as it is now"
        pattern = loosely(old)
        return Code({name: pattern.sub(lambda _: new, each) for name, each in self.files.items()})

    def resources(self, kind: str = "") -> list[Resource]:
        """All resources, or those of one type."""
        return [
            Resource(each_kind, name, body)
            for parsed in self._parsed()
            for block in parsed.get("resource", [])
            for each_kind, named in _plain(block).items()
            for name, body in named.items()
            if kind in ("", each_kind)
        ]

    def locals(self) -> dict[str, Any]:
        """All local values."""
        return {
            name: value
            for parsed in self._parsed()
            for block in parsed.get("locals", [])
            for name, value in _plain(block).items()
        }

    def _parsed(self) -> Iterator[Mapping[str, Any]]:
        return map(_parse, self.files.values())


def loosely(text: str) -> re.Pattern[str]:
    """A text as a pattern in which one space is as good as many, so `fmt` may align as it will."""
    return re.compile(r"\s+".join(map(re.escape, re.split(r"\s+", text))))


@functools.cache
def _parse(text: str) -> Mapping[str, Any]:
    """A file's blocks; parsing is slow, and most files are the same in every test."""
    parsed: Mapping[str, Any] = hcl2.loads(text)
    return parsed


def arguments(body: Block) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every argument and block of a resource: the path of blocks it is in, and its name."""
    for name, value in body.items():
        if name in _META or name.startswith("__"):
            continue
        if name == "dynamic":
            for block in _listed(value):
                for label, inner in block.items():
                    if label.startswith("__"):
                        continue
                    yield (), label
                    for content in _listed(inner.get("content", {})):
                        yield from _within(label, content)
            continue
        yield (), name
        if isinstance(value, list) and value and all(isinstance(each, Mapping) for each in value):
            for block in value:
                yield from _within(name, block)


def _within(name: str, block: Block) -> Iterator[tuple[tuple[str, ...], str]]:
    for path, argument in arguments(block):
        yield (name, *path), argument


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _plain(value: Any) -> Any:
    """Without the quotes that the parser keeps around names and texts, and without its marks."""
    if isinstance(value, Mapping):
        return {
            _unquoted(key): _plain(item)
            for key, item in value.items()
            if not str(key).startswith("__")
        }
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return _unquoted(value) if isinstance(value, str) else value


def _unquoted(text: str) -> str:
    return text[1:-1] if re.fullmatch(r'"[^"]*"', text) else text
