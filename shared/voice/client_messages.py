"""What a browser may say on the socket, besides binary audio (design contract `nexus.v1`)."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError

from shared.errors import InvalidRequest

MAX_TEXT_CHARS = 8000


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)


class Start(_Message):
    """Opens the streaming mode: how audio comes, what to resume, whose repository to work on.

    `sample_rate` in hertz; `last_turn` is the last turn whose result the client has.
    `workspace_id`: Notion's id of a workspace or ours; without it the user's only one.
    """

    type: Literal["start"] = "start"
    encoding: Literal["pcm_s16le"] = "pcm_s16le"
    sample_rate: int = Field(default=16000, ge=8000, le=48000)
    mode: Literal["hands_free", "push_to_talk"] = "hands_free"
    language: str = Field(default="en", pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})?$")
    resume: str | None = Field(default=None, pattern=r"^([A-Za-z0-9][A-Za-z0-9_-]{0,63})?$")
    last_turn: int = Field(default=0, ge=0, le=1_000_000_000)
    workspace_id: str | None = Field(default=None, pattern=r"^[A-Za-z0-9-]{1,64}$")


class Text(_Message):
    """A typed command, without space around it; the model takes no empty one."""

    type: Literal["text"]
    text: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_TEXT_CHARS)
    ]


class Retry(_Message):
    """Run a command of the history again."""

    type: Literal["retry"]
    interaction_id: str = Field(pattern=r"^[0-9a-f]{28}$")


class Auth(_Message):
    """A fresh ID token for the one that runs out."""

    type: Literal["auth"]
    token: str = Field(min_length=1, max_length=8192)


class Control(_Message):
    """`end_turn`: push-to-talk released; `cancel`: stop what runs; `stop`: finish and close."""

    type: Literal["end_turn", "cancel", "stop"]


ClientMessage = Start | Text | Retry | Auth | Control

_ANY: TypeAdapter[ClientMessage] = TypeAdapter(
    Annotated[ClientMessage, Field(discriminator="type")]
)


def parse(text: str) -> ClientMessage:
    """Read a text message.

    Raises:
        InvalidRequest: not JSON, an unknown type or a wrong field; the detail names it without
            repeating what was said.
    """
    try:
        return _ANY.validate_json(text)
    except ValidationError as exc:
        raise InvalidRequest(_explain(exc)) from exc


def _explain(exc: ValidationError) -> str:
    fault = exc.errors(include_input=False, include_url=False)[0]
    where = ".".join(str(part) for part in fault["loc"][1:])
    if fault["type"] == "json_invalid":
        return "The message is not JSON."
    if fault["type"].startswith("union_tag"):
        return "The message has no known `type`."
    return f"`{where}`: {fault['msg']}." if where else f"{fault['msg']}."
