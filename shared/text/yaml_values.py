"""The values of front matter: what a YAML node means, and how a value is written.

Plain scalars are read by one narrow rule instead of YAML's own: `null`, `true` and `false` in
their three cases, `~`, nothing at all, numbers in JSON's spelling, `.inf` and `.nan`. Everything
else is text exactly as it stands, so that dates, times (12:30), versions (1.10.0), identifiers
(007, 0x1f) and words like `yes` stay what a person wrote. Written text is quoted where any YAML
reader, 1.1 or 1.2, could take it for something else.
"""

import json
import math
import re
from typing import Final

import yaml

Value = None | bool | int | float | str | list["Value"] | dict[str, "Value"]

_NULL: Final = frozenset({"", "~", "null", "Null", "NULL"})
_BOOL: Final = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_ODD_FLOATS: Final = {".inf": math.inf, "-.inf": -math.inf, ".nan": math.nan}
_INT = re.compile(r"-?(0|[1-9][0-9]*)")
_FLOAT = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")
# Longer digits are text: Python refuses to convert them, and no number of ours has so many.
_DIGITS_MAX: Final = 300

# Text that every reader takes for text: it starts with a letter that starts no other type.
_PLAIN = re.compile(r"[^\W\d_](?:[\w ./()+=;@$%&*!?~^<>\"'’–—|,-]*[\w./()+=;@$%&*!?~^<>’–—-])?")
_READ_AS_OTHER = re.compile(r"(?i)(y|yes|n|no|on|off|true|false|null|inf|nan)")
_UNPRINTABLE = re.compile(
    "[\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\ufeff\ud800-\udfff\ufffe\uffff]"
)


def read_value(node: yaml.Node) -> Value:
    """The value of a composed node; mappings keep their keys as they are written."""
    if isinstance(node, yaml.SequenceNode):
        return [read_value(item) for item in node.value]
    if isinstance(node, yaml.MappingNode):
        return {str(key.value): read_value(item) for key, item in node.value}
    text = str(node.value)
    quoted = isinstance(node, yaml.ScalarNode) and node.style
    return text if quoted else _read_plain(text)


def write_entry(key: str, value: Value) -> list[str]:
    """The lines of one entry of the front matter, without line ends.

    A list stands below its key, one item a line; whatever is deeper is in flow style.
    """
    name = _write_text(key)
    if isinstance(value, list) and value:
        return [f"{name}:", *(f"  - {_write_flow(item, nested=False)}" for item in value)]
    if value is None:
        return [f"{name}:"]
    return [f"{name}: {_write_flow(value, nested=False)}"]


def same_value(one: Value, other: Value) -> bool:
    """Whether two values mean the same: 1 and 1.0 do, 1 and true do not."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same_value, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return list(one) == list(other) and all(same_value(one[key], other[key]) for key in one)
    return one == other


def _read_plain(text: str) -> Value:
    if text in _NULL:
        return None
    if text in _BOOL:
        return _BOOL[text]
    if text in _ODD_FLOATS:
        return _ODD_FLOATS[text]
    if len(text) > _DIGITS_MAX:
        return text
    if _INT.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text


def _write_flow(value: Value, *, nested: bool) -> str:
    if isinstance(value, str):
        return _quoted(value) if nested else _write_text(value)
    if isinstance(value, list):
        return "[" + ", ".join(_write_flow(item, nested=True) for item in value) + "]"
    if isinstance(value, dict):
        pairs = (f"{_quoted(key)}: {_write_flow(item, nested=True)}" for key, item in value.items())
        return "{" + ", ".join(pairs) + "}"
    if value is None:
        return "null"
    if isinstance(value, float) and not math.isfinite(value):
        return ".nan" if math.isnan(value) else f"{'-' if value < 0 else ''}.inf"
    return json.dumps(value)


def _write_text(text: str) -> str:
    plain = _PLAIN.fullmatch(text) and not _READ_AS_OTHER.fullmatch(text)
    return text if plain else _quoted(text)


def _quoted(text: str) -> str:
    """JSON's spelling is YAML's too, once the characters that YAML breaks lines at are escaped."""
    return _UNPRINTABLE.sub(
        lambda match: f"\\u{ord(match[0]):04x}", json.dumps(text, ensure_ascii=False)
    )
