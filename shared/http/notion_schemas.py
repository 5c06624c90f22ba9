"""What several routes of the function `notion` take."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

_SAID = "Without it the user's only one; 409 lists them if there are several."


class Order(BaseModel):
    """The base of bodies: unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class WorkspaceQuery(BaseModel):
    """Which workspace."""

    model_config = ConfigDict(frozen=True)

    workspace_id: Annotated[
        str | None,
        Field(min_length=1, max_length=100, description=f"Notion's id of a workspace. {_SAID}"),
    ] = None
