"""Types that several replies share."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, PlainSerializer, WithJsonSchema


def iso(moment: datetime) -> str:
    """ISO 8601 in UTC with milliseconds and a Z, as every answer writes times."""
    text = moment.astimezone(UTC).isoformat(timespec="milliseconds")
    return text.removesuffix("+00:00") + "Z"


Instant = Annotated[
    datetime,
    PlainSerializer(iso, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]


class Reply(BaseModel):
    """The base of replies: made from our own objects by attribute, never changed."""

    model_config = ConfigDict(frozen=True, from_attributes=True, extra="forbid")
