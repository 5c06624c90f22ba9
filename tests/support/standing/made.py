"""Everything that Terraform made, with the values that it made it with."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

_CALL: Final = re.compile(r'module\.function\["(\w+)"\]')


@dataclass(frozen=True, slots=True)
class Made:
    """A resource: `key` in its `for_each` and `unit` whose module made it, "" without.

    `values`: its arguments and attributes. A block is a list, empty where there is none. What
    nobody gave has a value that a mock made up, unlike any other.
    """

    type: str
    name: str
    key: str
    unit: str
    values: Mapping[str, Any]

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    def block(self, *path: str) -> Mapping[str, Any]:
        """The one block at the end of a path of blocks; empty where there is not exactly one."""
        level: Mapping[str, Any] = self.values
        for name in path:
            blocks = level.get(name) or []
            if len(blocks) != 1:
                return {}
            level = blocks[0]
        return level

    def __str__(self) -> str:
        return ".".join(filter(None, (self.name, self.key or self.unit)))


@dataclass(frozen=True, slots=True)
class Standing:
    """All resources of a deployment."""

    resources: tuple[Made, ...]

    @classmethod
    def of(cls, lines: str) -> "Standing":
        """From the lines of JSON that `terraform test -json -verbose` prints.

        Raises:
            LookupError: they tell no state.
        """
        for line in lines.splitlines():
            said = json.loads(line) if line.startswith("{") else {}
            if said.get("type") == "test_state":
                return cls(tuple(_made(said["test_state"]["root_module"])))
        raise LookupError("no state is told")

    def all(self, kind: str, name: str = "") -> list[Made]:
        """The resources of a type, or those of one name."""
        return [each for each in self.resources if each.type == kind and name in ("", each.name)]

    def one(self, kind: str, name: str = "", key: str = "") -> Made:
        """The only one of its type, name and key.

        Raises:
            LookupError: there is none, or there are more.
        """
        found = [each for each in self.all(kind, name) if key in ("", each.key)]
        if len(found) != 1:
            raise LookupError(f"{len(found)} of {kind}.{name}[{key}]")
        return found[0]

    def functions(self) -> dict[str, Made]:
        """The functions by unit."""
        return {each.unit: each for each in self.all("google_cloudfunctions2_function")}


def _made(module: Mapping[str, Any]) -> Iterator[Made]:
    for each in module.get("resources", ()):
        if each["mode"] == "managed":
            call = _CALL.search(each["address"])
            key = str(each.get("index", ""))
            yield Made(each["type"], each["name"], key, call[1] if call else "", each["values"])
    for inner in module.get("child_modules", ()):
        yield from _made(inner)
