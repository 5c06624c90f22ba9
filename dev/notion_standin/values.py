"""Property values: from a request to the stored form.

Stored are ids for options, people and relations, so that renames show at once; otherwise the
API's own value. https://developers.notion.com/reference/property-value-object
"""

from collections.abc import Callable
from typing import Any

from dev.notion_standin.clock import read_time
from dev.notion_standin.errors import failed, invalid
from dev.notion_standin.files import read_named_file
from dev.notion_standin.ids import read_id
from dev.notion_standin.model import Json, Property
from dev.notion_standin.rich_text import check_length, read_rich_text
from dev.notion_standin.schema import READ_ONLY, add_option
from dev.notion_standin.workspace import Workspace

_URL_MAX, _SHORT_MAX, _ARRAY_MAX = 2000, 200, 100


def read_value(workspace: Workspace, found: Property, given: Any) -> Any:
    """Check one value of `properties` and give its stored form; raises NotionError.

    An unknown name of a select option makes the option, as it does at Notion's.
    """
    place = f"body.properties.{found.name}"
    if isinstance(given, list) and found.type in ("title", "rich_text"):
        given = {found.type: given}
    if not isinstance(given, dict):
        raise failed(place, "an object", given)
    if given.get("type", found.type) != found.type or found.type not in given:
        raise invalid(f"{found.name} is expected to be {found.type}.")
    if found.type in READ_ONLY:
        raise failed(f"{place}.{found.type}", "not present", given[found.type])
    return _READERS[found.type](workspace, found, given[found.type], f"{place}.{found.type}")


def _text(workspace: Workspace, _found: Property, given: Any, place: str) -> Any:
    return read_rich_text(given, place, workspace.name_of)


def _number(_workspace: Workspace, _found: Property, given: Any, place: str) -> Any:
    if given is not None and (isinstance(given, bool) or not isinstance(given, int | float)):
        raise failed(place, "a number or `null`", given)
    return given


def _checkbox(_workspace: Workspace, _found: Property, given: Any, place: str) -> Any:
    if not isinstance(given, bool):
        raise failed(place, "a boolean", given)
    return given


def _short(most: int) -> Callable[[Workspace, Property, Any, str], Any]:
    def read(_workspace: Workspace, _found: Property, given: Any, place: str) -> Any:
        return None if given is None or given == "" else check_length(given, place, most)

    return read


def _option(_workspace: Workspace, found: Property, given: Any, place: str) -> Any:
    if not isinstance(given, dict) or not (given.get("id") or given.get("name")):
        raise failed(f"{place}.name", "defined")
    for option in found.config["options"]:
        if option["id"] == given.get("id") or option["name"] == given.get("name"):
            return option["id"]
    name = given.get("name")
    if name is None:
        raise invalid(
            f'Invalid {found.type} option. Option with id "{given["id"]}" does not exist.'
        )
    if found.type == "status":
        raise invalid(f'Invalid status option. Status option "{name}" does not exist".')
    if "," in check_length(name, f"{place}.name", 100):
        raise invalid(f"Invalid select option, commas not allowed: {name}")
    return add_option(found.config, name, given.get("color"))["id"]


def _select(workspace: Workspace, found: Property, given: Any, place: str) -> Any:
    return None if given is None else _option(workspace, found, given, place)


def _array(given: Any, place: str) -> list[Any]:
    if not isinstance(given, list):
        raise failed(place, "an array", given)
    if len(given) > _ARRAY_MAX:
        raise failed(f"{place}.length", f"≤ `{_ARRAY_MAX}`", len(given))
    return given


def _multi_select(workspace: Workspace, found: Property, given: Any, place: str) -> Any:
    return list(
        dict.fromkeys(
            _option(workspace, found, one, f"{place}[{n}]")
            for n, one in enumerate(_array(given, place))
        )
    )


def _date(_workspace: Workspace, _found: Property, given: Any, place: str) -> Any:
    if given is None:
        return None
    if not isinstance(given, dict) or not given.get("start"):
        raise failed(f"{place}.start", "defined")
    for name in ("start", "end"):
        if given.get(name) is not None:
            check_date(given[name], f"{place}.{name}")
    zone = given.get("time_zone")
    return {"start": show_date(given["start"]), "end": show_date(given.get("end")),
            "time_zone": zone}  # fmt: skip


def check_date(given: Any, place: str) -> None:
    """Raise Notion's 400 unless `given` is an ISO 8601 date or time."""
    try:
        read_time(given)
    except (ValueError, TypeError):
        raise failed(place, "a valid ISO 8601 date string", given) from None


def show_date(given: str | None) -> str | None:
    """Write a date as Notion does: a day stays, a time has milliseconds and an offset."""
    if given is None or len(given) == 10:
        return given
    moment = read_time(given)
    if given.endswith("Z") or ("+" not in given and given.count("-") < 3):
        return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}+00:00"
    head = given[: max(given.rfind("+"), given.rfind("-"))].split(".")
    milliseconds = (head[1] if len(head) > 1 else "0").ljust(3, "0")[:3]
    clock = head[0] if head[0].count(":") == 2 else f"{head[0]}:00"
    return f"{clock}.{milliseconds}{given[max(given.rfind('+'), given.rfind('-')) :]}"


def _people(workspace: Workspace, _found: Property, given: Any, place: str) -> Any:
    ids = [
        read_id(one.get("id") if isinstance(one, dict) else one, f"{place}[{n}].id")
        for n, one in enumerate(_array(given, place))
    ]
    for one in ids:
        if one not in workspace.users:
            raise workspace.not_found("user", one)
    return list(dict.fromkeys(ids))


def _relation(workspace: Workspace, found: Property, given: Any, place: str) -> Any:
    ids = [
        read_id(one.get("id") if isinstance(one, dict) else one, f"{place}[{n}].id")
        for n, one in enumerate(_array(given, place))
    ]
    for one in ids:
        page = workspace.page(one)
        if page.parent.id != found.config["data_source_id"]:
            raise invalid(
                f"Page with ID {one} is not in the data source that {found.name} relates to."
            )
    return list(dict.fromkeys(ids))


def _files(_workspace: Workspace, _found: Property, given: Any, place: str) -> Any:
    return [read_named_file(one, f"{place}[{n}]") for n, one in enumerate(_array(given, place))]


def _verification(workspace: Workspace, _found: Property, given: Any, place: str) -> Any:
    if not isinstance(given, dict) or given.get("state") not in ("verified", "unverified"):
        raise failed(f"{place}.state", '`"verified"` or `"unverified"`', given)
    date = given.get("date")
    if given["state"] == "unverified":
        return {"state": "unverified", "date": None, "verified_by": None}
    by: Json = {"object": "user", "id": workspace.bot.id}
    return {"state": "verified", "date": date, "verified_by": by}


def _place(_workspace: Workspace, _found: Property, given: Any, place: str) -> Any:
    if given is None:
        return None
    for name in ("lat", "lon"):
        if not isinstance(given, dict) or not isinstance(given.get(name), int | float):
            raise failed(f"{place}.{name}", "a number")
    extra = ("name", "address", "aws_place_id", "google_place_id")
    return {"lat": given["lat"], "lon": given["lon"], **{name: given.get(name) for name in extra}}


_READERS: dict[str, Callable[[Workspace, Property, Any, str], Any]] = {
    "title": _text,
    "rich_text": _text,
    "number": _number,
    "checkbox": _checkbox,
    "url": _short(_URL_MAX),
    "email": _short(_SHORT_MAX),
    "phone_number": _short(_SHORT_MAX),
    "select": _select,
    "status": _select,
    "multi_select": _multi_select,
    "date": _date,
    "people": _people,
    "relation": _relation,
    "files": _files,
    "verification": _verification,
    "place": _place,
}
