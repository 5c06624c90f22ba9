"""What the client may say in text messages.

Source: https://www.assemblyai.com/docs/streaming/message-sequence
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from dev.assemblyai_standin.rejection import BAD_MESSAGE, Rejection
from dev.assemblyai_standin.settings import Changes, summary


class UpdateConfiguration(Changes):
    """Client message: replaces settings; a list replaces the whole old list."""

    type: Literal["UpdateConfiguration"]


class ForceEndpoint(BaseModel):
    """Client message: end the open turn now."""

    type: Literal["ForceEndpoint"]


class KeepAlive(BaseModel):
    """Client message: only keeps ``inactivity_timeout`` from running out."""

    type: Literal["KeepAlive"]


class Terminate(BaseModel):
    """Client message: send what is left and close."""

    type: Literal["Terminate"]


ClientMessage = UpdateConfiguration | ForceEndpoint | KeepAlive | Terminate
_CLIENT_MESSAGE: TypeAdapter[ClientMessage] = TypeAdapter(
    Annotated[ClientMessage, Field(discriminator="type")]
)


def read_message(text: str) -> ClientMessage:
    """Return the client's message.

    Raises:
        Rejection: 3006, it is not JSON or not a message of the protocol.
    """
    try:
        return _CLIENT_MESSAGE.validate_json(text)
    except ValidationError as error:
        raise Rejection(BAD_MESSAGE, f"Invalid message: {summary(error)}") from error
