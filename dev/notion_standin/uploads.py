"""Reading a multipart form whose bytes are here already."""

from dataclasses import dataclass
from email.message import Message
from email.parser import BytesParser


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One field of a form; `filename` only where it is a file."""

    content: bytes
    filename: str | None
    content_type: str


def read_form(content_type: str, raw: bytes) -> dict[str, Part]:
    """Read a `multipart/form-data` body; gives its fields by name."""
    head = f"Content-Type: {content_type}\r\n\r\n".encode()
    message = BytesParser().parsebytes(head + raw)
    if not message.is_multipart():
        return {}
    return {name: part for one in message.walk() if (name := _name(one)) and (part := _part(one))}


def _name(message: Message) -> str | None:
    name = message.get_param("name", header="content-disposition")
    return name if isinstance(name, str) else None


def _part(message: Message) -> Part | None:
    content = message.get_payload(decode=True)
    if not isinstance(content, bytes):
        return None
    return Part(
        content=content, filename=message.get_filename(), content_type=message.get_content_type()
    )
