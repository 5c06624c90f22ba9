"""Property values as the API tells them, the computed ones with their result."""

from typing import Any

from dev.notion_standin.clock import to_minute
from dev.notion_standin.files import show_file
from dev.notion_standin.formula import formula_value
from dev.notion_standin.model import Json, Page, Property
from dev.notion_standin.rollup import rollup_value
from dev.notion_standin.workspace import Workspace

REFERENCES_MAX = 25
_EMPTY_LISTS = frozenset(("title", "rich_text", "multi_select", "people", "files", "relation"))


def show_property(
    workspace: Workspace, page: Page, found: Property, *, whole: bool = False
) -> Json:
    """Show one property of a page.

    Unless `whole`, references (relations, people, mentions) are cut at 25 as in page objects.
    """
    shown: Json = {"id": found.id, "type": found.type}
    value = value_of(workspace, page, found)
    if found.type == "relation":
        shown["has_more"] = not whole and len(value) > REFERENCES_MAX
    if not whole and found.type in ("relation", "people"):
        value = value[:REFERENCES_MAX]
    if not whole and found.type in ("title", "rich_text"):
        value = _cut_mentions(value)
    # Notion tells `has_more` after the relation itself.
    more = shown.pop("has_more", None)
    shown[found.type] = value
    return shown if more is None else {**shown, "has_more": more}


def value_of(workspace: Workspace, page: Page, found: Property) -> Any:
    """Give the value of a property in the API's form, uncut."""
    if found.type in _COMPUTED:
        return _COMPUTED[found.type](workspace, page, found)
    stored: Any = page.values.get(found.id, [] if found.type in _EMPTY_LISTS else None)
    if found.type in ("select", "status"):
        return _option(found, stored)
    if found.type == "multi_select":
        return [option for one in stored if (option := _option(found, one))]
    if found.type == "people":
        return [{"object": "user", "id": one} for one in stored]
    if found.type == "relation":
        return [{"id": one} for one in stored if related(workspace, one)]
    if found.type == "files":
        return [show_file(one, workspace.clock) for one in stored]
    if found.type == "checkbox":
        return bool(stored)
    if found.type == "verification" and stored is None:
        return {"state": "unverified", "date": None, "verified_by": None}
    return stored


def related(workspace: Workspace, found: str) -> bool:
    """Tell whether a related page is there to be seen."""
    page = workspace.nodes.get(found)
    return page is not None and not page.in_trash and workspace.visible(found)


def _option(found: Property, stored: str | None) -> Json | None:
    for option in found.config["options"]:
        if option["id"] == stored:
            return {name: option[name] for name in ("id", "name", "color")}
    return None


def _cut_mentions(items: list[Json]) -> list[Json]:
    kept, mentions = [], 0
    for item in items:
        mentions += item["type"] == "mention"
        if mentions > REFERENCES_MAX:
            break
        kept.append(item)
    return kept


def _created_time(_workspace: Workspace, page: Page, _found: Property) -> Any:
    return to_minute(page.created)


def _edited_time(_workspace: Workspace, page: Page, _found: Property) -> Any:
    return to_minute(page.edited)


def _created_by(_workspace: Workspace, page: Page, _found: Property) -> Any:
    return {"object": "user", "id": page.created_by}


def _edited_by(_workspace: Workspace, page: Page, _found: Property) -> Any:
    return {"object": "user", "id": page.edited_by}


def _unique_id(_workspace: Workspace, page: Page, found: Property) -> Any:
    return {"prefix": found.config.get("prefix"), "number": page.values.get("#number")}


def _button(_workspace: Workspace, _page: Page, _found: Property) -> Any:
    return {}


def _formula(workspace: Workspace, page: Page, found: Property) -> Any:
    return formula_value(workspace, page, found, value_of)


def _rollup(workspace: Workspace, page: Page, found: Property) -> Any:
    return rollup_value(workspace, page, found, value_of)


_COMPUTED = {
    "created_time": _created_time,
    "last_edited_time": _edited_time,
    "created_by": _created_by,
    "last_edited_by": _edited_by,
    "unique_id": _unique_id,
    "button": _button,
    "formula": _formula,
    "rollup": _rollup,
}
