"""Search by title (https://developers.notion.com/reference/post-search)."""

from typing import Any

from dev.notion_standin.call import Call, Route
from dev.notion_standin.errors import failed
from dev.notion_standin.model import DataSource, Json, Page
from dev.notion_standin.query import cut
from dev.notion_standin.rich_text import plain


def _search(call: Call) -> Json:
    found = _candidates(call)
    wanted = str(call.body.get("query") or "").casefold()
    found = [one for one in found if wanted in _title(call, one).casefold()]
    sort = call.body.get("sort") or {"direction": "descending"}
    found.sort(key=lambda one: one.edited, reverse=_descending(sort))
    known = {one.id: one for one in found}
    ids, following = cut(list(known), call.cursor(), call.size())
    return call.listing([_show(call, known[one]) for one in ids], following, "page_or_data_source")


def _descending(sort: Any) -> bool:
    if not isinstance(sort, dict):
        raise failed("body.sort", "an object", sort)
    if sort.get("timestamp", "last_edited_time") != "last_edited_time":
        raise failed("body.sort.timestamp", '`"last_edited_time"`', sort["timestamp"])
    return bool(sort.get("direction", "descending") == "descending")


def _candidates(call: Call) -> list[Page | DataSource]:
    workspace, wanted = call.workspace, call.body.get("filter")
    value = None
    if wanted is not None:
        if not isinstance(wanted, dict) or wanted.get("property") != "object":
            raise failed("body.filter.property", '`"object"`', wanted)
        value = wanted.get("value")
        if value not in ("page", "data_source"):
            raise failed("body.filter.value", '`"page"` or `"data_source"`', value)
    found: list[Page | DataSource] = []
    if value in (None, "page"):
        found += [n for n in workspace.nodes.values() if isinstance(n, Page) and not n.in_trash]
    if value in (None, "data_source"):
        found += [one for one in workspace.data_sources.values() if not one.in_trash]
    return [one for one in found if workspace.visible(one.id)]


def _title(call: Call, found: Page | DataSource) -> str:
    return call.workspace.title_of(found) if isinstance(found, Page) else plain(found.title)


def _show(call: Call, found: Page | DataSource) -> Json:
    return call.show.page(found) if isinstance(found, Page) else call.show.data_source(found)


ROUTES = [Route(method="POST", pattern="/v1/search", handler=_search, needs="read_content")]
