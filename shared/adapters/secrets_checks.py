"""What every keeper of secrets demands of names and values; see the port."""

import re
from typing import Final

from shared.errors import InvalidRequest

NAME_PATTERN: Final = r"[a-z0-9-]{1,100}"
_NAME: Final = re.compile(NAME_PATTERN)
_MAX_VALUE_BYTES: Final = 65_536


def check_name(name: str) -> str:
    """Answer with the name; raises InvalidRequest if it cannot be one."""
    if not _NAME.fullmatch(name):
        raise InvalidRequest("A secret's name is 1-100 of a-z, 0-9 and the hyphen.")
    return name


def check_value(value: str) -> bytes:
    """The value's bytes; raises InvalidRequest if it is empty or too large."""
    content = value.encode()
    if not 0 < len(content) <= _MAX_VALUE_BYTES:
        raise InvalidRequest("A secret is 1 to 65,536 bytes.")
    return content
