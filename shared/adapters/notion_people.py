"""Notion's users and comments in the port's words."""

from typing import Any

from pydantic import BaseModel, Field

from shared.adapters.notion_objects import read
from shared.adapters.notion_text import RichText, plain_text
from shared.ports.notion import Bot, Comment, User


class _User(BaseModel):
    class Person(BaseModel):
        email: str | None = None

    class Connection(BaseModel):
        workspace_id: str | None = None
        workspace_name: str | None = None

    id: str
    name: str | None = None
    type: str = ""
    person: Person | None = None
    bot: Connection | None = None


class _Comment(BaseModel):
    id: str
    rich_text: list[RichText] = Field(default_factory=list)
    created_by: _User


def read_bot(given: Any) -> Bot:
    """Read the connection's own user."""
    user = read(_User, given)
    place = user.bot or _User.Connection()
    return Bot(
        id=user.id,
        name=user.name or "",
        workspace_id=place.workspace_id or "",
        workspace_name=place.workspace_name or "",
    )


def read_user(given: Any) -> User:
    """Read a user."""
    user = read(_User, given)
    email = user.person.email if user.person else None
    return User(id=user.id, name=user.name or "", email=email or "", bot=user.type == "bot")


def read_comment(given: Any) -> Comment:
    """Read a comment."""
    comment = read(_Comment, given)
    return Comment(id=comment.id, text=plain_text(comment.rich_text), by=comment.created_by.id)
