"""What a setup is asked for, and which collections come of it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from shared.errors import FieldFault
from shared.services.claims import overlap
from shared.sync.workspace import Collection, Direction, Policy

TASKS: Final = "tasks"
TRACKER: Final = "tracker"
DEFAULT_NAMES: Final = (TASKS, "docs")
NAME_RULE: Final = "1-32 of a-z, 0-9 and '-', beginning with a letter; not `tracker`"
FOLDER_RULE: Final = "a relative path with / between its parts, without '.', '..' and '.git'"
_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,31}")
_NOT_IN_FOLDERS: Final = re.compile(r"[\x00-\x1f\x7f\\:*?\"<>|]")
_MAX_FOLDER_CHARS: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryOrder:
    """Which repository; None keeps what is, or takes the deployment's."""

    url: str | None = None
    branch: str | None = None
    username: str | None = None
    token: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionOrder:
    """A collection to add or to change by its name; None keeps what is, or takes the default."""

    name: str
    folder: str | None = None
    direction: Direction | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupOrder:
    """What a user asks for; None keeps what is, or takes the default."""

    repository: RepositoryOrder | None = None
    notion_token: str | None = field(default=None, repr=False)
    parent_page_id: str | None = None
    collections: tuple[CollectionOrder, ...] = ()
    policy: Policy | None = None
    branch_on_status: bool | None = None
    docs_on_push: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """A collection before it has a data source. `chosen`: a person chose the folder."""

    name: str
    folder: str
    direction: Direction = "both"
    chosen: bool = False


def layouts(
    orders: Sequence[CollectionOrder], present: Sequence[Collection]
) -> tuple[tuple[Layout, ...], tuple[FieldFault, ...]]:
    """The collections that a workspace is to have, and what is wrong with them.

    Those that are there and those of the default stay; an order adds one or changes one.
    """
    plan = {name: Layout(name=name, folder=f"notion/{name}") for name in DEFAULT_NAMES}
    for each in present:
        plan[each.name] = Layout(
            name=each.name, folder=each.folder, direction=each.direction, chosen=True
        )
    faults = []
    for number, order in enumerate(orders):
        name, where = order.name, f"collections.{number}"
        if not is_name(name):
            faults.append(FieldFault(field=f"{where}.name", message=NAME_RULE))
            continue
        layout = plan.get(name, Layout(name=name, folder=f"notion/{name}"))
        if order.folder is not None:
            layout = replace(layout, folder=order.folder.rstrip("/"), chosen=True)
            if not is_folder(order.folder):
                faults.append(FieldFault(field=f"{where}.folder", message=FOLDER_RULE))
        plan[name] = replace(layout, direction=order.direction or layout.direction)
    made = tuple(plan.values())
    return made, (*faults, *_overlaps(made))


def title_of(name: str) -> str:
    """The title of a collection's database."""
    return name.replace("-", " ").capitalize()


def is_name(name: str) -> bool:
    """Whether a collection may be called so: see `NAME_RULE`."""
    return _NAME.fullmatch(name) is not None and name != TRACKER


def is_folder(folder: str) -> bool:
    """Whether a collection may lie there: see `FOLDER_RULE`; a slash at the end does no harm."""
    folder = folder.rstrip("/")
    parts = folder.split("/")
    plain = not _NOT_IN_FOLDERS.search(folder) and len(folder) <= _MAX_FOLDER_CHARS
    return plain and all(
        part.strip(" .") == part and part and not part.casefold().startswith(".git")
        for part in parts
    )


def _overlaps(plan: Sequence[Layout]) -> list[FieldFault]:
    return [
        FieldFault(
            field="collections",
            message=f"the folders of {one.name} and {other.name} lie in each other",
        )
        for number, one in enumerate(plan)
        for other in plan[number + 1 :]
        if overlap(one.folder, other.folder)
    ]
