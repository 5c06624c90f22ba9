"""The XML-like tags of both dialects: attributes, colours and addresses."""

import html
import re
from collections.abc import Mapping

APP = "https://app.notion.com/p/"
_ATTRIBUTE = re.compile(r'([A-Za-z_][\w-]*)\s*=\s*"([^"]*)"')
TAG = r'(?:\s+[A-Za-z_][\w-]*\s*=\s*"[^"]*")*\s*'


def read_attributes(text: str) -> dict[str, str]:
    """Read the attributes of an opening tag, entities decoded."""
    return {name: html.unescape(value) for name, value in _ATTRIBUTE.findall(text)}


def write_attributes(given: Mapping[str, str | None]) -> str:
    """Write attributes with a space before each; those that are None are left out."""
    return "".join(
        f' {name}="{html.escape(value)}"' for name, value in given.items() if value is not None
    )


def color_out(color: str | None) -> str | None:
    """Write a colour as the dialects do ("blue_bg"); None for the default."""
    return None if color in (None, "default") else str(color).replace("_background", "_bg")


def color_in(color: str | None) -> str:
    """Read a colour of either spelling."""
    if color is None:
        return "default"
    return f"{color[:-3]}_background" if color.endswith("_bg") else color


def page_address(found: str) -> str:
    """Build the address of a page, database or block as the dialects write it."""
    return APP + found.replace("-", "")
