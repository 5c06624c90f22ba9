"""The columns of a data source: reading their definitions, changing them, telling them."""

from typing import Any

from dev.notion_standin.errors import failed, invalid, one_of
from dev.notion_standin.ids import new_id, new_property_id, read_id, same_property
from dev.notion_standin.model import DataSource, Json, Property

_PLAIN = frozenset(
    """title rich_text date people files checkbox url email phone_number created_time created_by
    last_edited_time last_edited_by button verification place""".split()
)
TYPES = _PLAIN | frozenset(
    "number select multi_select status formula relation rollup unique_id".split()
)
READ_ONLY = frozenset(
    """formula rollup created_time created_by last_edited_time last_edited_by unique_id
    button""".split()
)
_COLORS = ("default", "gray", "brown", "orange", "yellow", "green", "blue", "purple", "pink", "red")
_STATUS = (("Not started", "To-do", "default", "gray"), ("In progress", "In progress", "blue",
            "blue"), ("Done", "Complete", "green", "green"))  # fmt: skip
_OPTIONS_MAX = 100


def find_property(source: DataSource, key: object) -> Property | None:
    """Find a column by name or by id, encoded or not."""
    if not isinstance(key, str):
        return None
    for found in source.schema.values():
        if found.name == key or same_property(found.id, key):
            return found
    return None


def title_property(source: DataSource) -> Property:
    """Give the title column, which every data source has."""
    return next(found for found in source.schema.values() if found.type == "title")


def default_schema() -> dict[str, Property]:
    """Make the columns of a data source that was created without any."""
    return {"title": Property(id="title", name="Name", type="title", config={})}


def type_of(given: Any, place: str) -> str:
    """Name the type that a definition is of; raises NotionError."""
    if not isinstance(given, dict):
        raise failed(place, "an object", given)
    kind = given.get("type") if isinstance(given.get("type"), str) else None
    kind = kind or next((name for name in given if name in TYPES), None)
    if kind not in TYPES:
        raise failed(f"{place}.type", "a property type that Notion knows", given.get("type", ...))
    return str(kind)


_FUNCTIONS = frozenset(
    """count count_values empty not_empty unique show_unique percent_empty percent_not_empty sum
    average median min max range earliest_date latest_date date_range checked unchecked
    percent_checked percent_unchecked count_per_group percent_per_group show_original""".split()
)


def rollup_function(given: Json, place: str) -> str:
    """Check what a rollup computes."""
    function = given.get("function", "show_original")
    if not one_of(function, _FUNCTIONS):
        raise failed(f"{place}.rollup.function", "a rollup function that Notion knows", function)
    return str(function)


def make_property(name: str, given: Json, place: str, taken: set[str]) -> Property:
    """Make a column from its definition; relation and rollup are completed by the caller."""
    kind = type_of(given, place)
    return Property(
        id="title" if kind == "title" else new_property_id(taken),
        name=name,
        type=kind,
        config=read_config(kind, given.get(kind) or {}, f"{place}.{kind}", None),
        description=given.get("description"),
    )


def read_config(kind: str, given: Json, place: str, before: Json | None) -> Json:
    """Check the object of a column's type; `before` is what it holds when it is updated."""
    if not isinstance(given, dict):
        raise failed(place, "an object", given)
    if kind in _PLAIN:
        return {}
    if kind == "number":
        return {"format": given.get("format", (before or {}).get("format", "number"))}
    if kind in ("select", "multi_select"):
        return {"options": _read_options(given, place, before)}
    if kind == "status":
        return _read_status(given, place, before)
    if kind == "unique_id":
        return {"prefix": given.get("prefix", (before or {}).get("prefix"))}
    if kind == "formula":
        return {"expression": given.get("expression", (before or {}).get("expression", ""))}
    return {**(before or {}), **given}


def add_option(config: Json, name: str, color: str | None = None) -> Json:
    """Add an option to a select, as writing an unknown name does; gives the option."""
    options = config["options"]
    made = {
        "id": new_id(),
        "name": name,
        "color": color or _COLORS[len(options) % len(_COLORS)],
        "description": None,
    }
    options.append(made)
    return dict(made)


def _read_options(given: Json, place: str, before: Json | None) -> list[Json]:
    known = list((before or {}).get("options", []))
    if "options" not in given:
        return known
    wanted = given["options"]
    if not isinstance(wanted, list):
        raise failed(f"{place}.options", "an array", wanted)
    if len(wanted) > _OPTIONS_MAX:
        raise failed(f"{place}.options.length", f"≤ `{_OPTIONS_MAX}`", len(wanted))
    made: list[Json] = []
    for number, option in enumerate(wanted):
        _add_wanted(option, f"{place}.options[{number}]", known, made)
    return made


def _add_wanted(option: Any, place: str, known: list[Json], made: list[Json]) -> None:
    if not isinstance(option, dict) or not (option.get("name") or option.get("id")):
        raise failed(f"{place}.name", "defined")
    for name in ("name", "id", "color"):
        if option.get(name) is not None and not isinstance(option[name], str):
            raise failed(f"{place}.{name}", "a string", option[name])
    if "," in (option.get("name") or ""):
        raise invalid(f"Invalid select option, commas not allowed: {option['name']}")
    for old in known:
        if old["id"] == option.get("id") or old["name"] == option.get("name"):
            given = {k: option[k] for k in ("name", "color", "description") if k in option}
            made.append({**old, **given})
            return
    if option.get("name") is None:
        raise failed(f"{place}.name", "defined")
    add_option({"options": made}, option["name"], option.get("color"))
    made[-1]["description"] = option.get("description")


def _read_status(given: Json, place: str, before: Json | None) -> Json:
    if before is None and "options" not in given:
        options = [
            {"id": new_id(), "name": name, "color": color, "description": None}
            for name, _, color, _ in _STATUS
        ]
        return {"options": options, "groups": _groups(options)}
    options = _read_options(given, place, before)
    return {"options": options, "groups": _groups(options)}


def _groups(options: list[Json]) -> list[Json]:
    """Sort options into Notion's three groups: by name where it is one of theirs, else to-do."""
    places = {name: group for name, group, _, _ in _STATUS}
    return [
        {
            "id": new_id(),
            "name": group,
            "color": color,
            "option_ids": [o["id"] for o in options if places.get(o["name"], "To-do") == group],
        }
        for _, group, _, color in _STATUS
    ]


def relation_target(given: Json, place: str) -> str:
    """Read which data source a relation points to."""
    return read_id(given.get("data_source_id"), f"{place}.relation.data_source_id")


def tell_property(found: Property) -> Json:
    """Give a column as the API tells it."""
    return {
        "id": found.id,
        "name": found.name,
        "description": found.description,
        "type": found.type,
        found.type: found.config,
    }
