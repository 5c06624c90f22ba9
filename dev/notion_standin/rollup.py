"""Rollups: what the related pages' values come to."""

from collections.abc import Callable
from statistics import mean, median
from typing import Any

from dev.notion_standin.model import Json, Page, Property
from dev.notion_standin.schema import find_property
from dev.notion_standin.workspace import Workspace

ValueOf = Callable[[Workspace, Page, Property], Any]
_SHARES = {"percent_empty", "percent_not_empty", "percent_checked", "percent_unchecked"}


def rollup_value(workspace: Workspace, page: Page, found: Property, value_of: ValueOf) -> Json:
    """Compute a rollup; `unsupported` where its relation or column is gone."""
    function = found.config.get("function", "show_original")
    source = workspace.data_sources.get(page.parent.id)
    relation = source and find_property(source, found.config.get("relation_property_id", ""))
    if not relation or relation.type != "relation":
        return {"type": "unsupported", "unsupported": {}, "function": function}
    target = workspace.data_sources.get(relation.config["data_source_id"])
    column = target and find_property(target, found.config.get("rollup_property_id", ""))
    if not column or column.type == "rollup":
        return {"type": "unsupported", "unsupported": {}, "function": function}
    pages = [workspace.nodes[one["id"]] for one in value_of(workspace, page, relation)]
    values = [value_of(workspace, one, column) for one in pages if isinstance(one, Page)]
    return {**_computed(function, values, column.type), "function": function}


def _computed(function: str, values: list[Any], kind: str) -> Json:
    filled = [value for value in values if value not in (None, [], "", False)]
    if function in ("show_original", "show_unique"):
        shown = values if function == "show_original" else _unique(values)
        return {"type": "array", "array": [{"type": kind, kind: value} for value in shown]}
    if function.endswith("_date") or function == "date_range":
        return {"type": "date", "date": _date(function, filled)}
    return {"type": "number", "number": _number(function, values, filled)}


def _number(function: str, values: list[Any], filled: list[Any]) -> float | int | None:
    counts = {
        "count": len(values),
        "count_values": sum(len(v) if isinstance(v, list) else 1 for v in filled),
        "unique": len(_unique(filled)),
        "empty": len(values) - len(filled),
        "not_empty": len(filled),
        "checked": len(filled),
        "unchecked": len(values) - len(filled),
    }
    if function in counts:
        return counts[function]
    if function in _SHARES:
        part = counts[function.removeprefix("percent_")]
        return part / len(values) if values else None
    numbers = [value for value in values if isinstance(value, int | float)]
    if not numbers:
        return 0 if function == "sum" else None
    reckon = _ARITHMETIC.get(function)
    return None if reckon is None else float_or_int(reckon(numbers))


def float_or_int(number: Any) -> float | int:
    """Give a whole number as an int, as JSON shows it."""
    return int(number) if float(number).is_integer() else float(number)


def _date(function: str, filled: list[Any]) -> Json | None:
    dates = sorted(v["start"] if isinstance(v, dict) else str(v) for v in filled)
    if not dates:
        return None
    start = dates[-1] if function == "latest_date" else dates[0]
    end = dates[-1] if function == "date_range" else None
    return {"start": start, "end": end, "time_zone": None}


def _unique(values: list[Any]) -> list[Any]:
    return [value for number, value in enumerate(values) if value not in values[:number]]


_ARITHMETIC: dict[str, Callable[[list[Any]], Any]] = {
    "sum": sum,
    "average": mean,
    "median": median,
    "min": min,
    "max": max,
    "range": lambda numbers: max(numbers) - min(numbers),
}
