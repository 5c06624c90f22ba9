"""Pages as Markdown (https://developers.notion.com/reference/update-page-markdown)."""

import re
import secrets
from collections.abc import Callable
from typing import Any

from dev.notion_standin.call import Call, Route
from dev.notion_standin.clock import to_instant
from dev.notion_standin.errors import NotionError, failed, invalid, one_of
from dev.notion_standin.files import HOSTED_PREFIX
from dev.notion_standin.markdown.documents import dialect_of, page_markdown
from dev.notion_standin.markdown.writing import PageEdit
from dev.notion_standin.model import Block, Database, Json, Page

_SIGNED = re.compile(re.escape(HOSTED_PREFIX) + r"[^\s\"')>?]*\?[^\s\"')>]*")
_POLL_S = 2
_OPERATION = {"surface": "rest", "name": "PATCH /v1/pages/:page_id/markdown"}
Command = Callable[[PageEdit, Json, Call], None]


def _get(call: Call) -> Json:
    node = call.workspace.nodes.get(call.id("page_id"))
    dialect = dialect_of(call.one("markdown_version"), "query.markdown_version")
    if node is None or not call.workspace.visible(node.id):
        raise call.workspace.not_found("page", call.id("page_id"))
    if isinstance(node, Database):
        raise invalid(f"Provided ID {node.id} is a database, not a page.")
    return page_markdown(call.workspace, node, dialect)


def _update(call: Call) -> Json:
    page, dialect = (
        _target(call),
        dialect_of(call.body.get("markdown_version"), "body.markdown_version"),
    )
    if not call.body.get("allow_async"):
        return page_markdown(call.workspace, page, dialect, _carry_out(call, page, dialect))
    return _queue(call, page, dialect)


def _target(call: Call) -> Page:
    found = call.id("page_id")
    node = call.workspace.nodes.get(found)
    if isinstance(node, Database | Block) and call.workspace.visible(found):
        kind = "database" if isinstance(node, Database) else "block"
        raise invalid(f"Provided ID {found} is a {kind}, not a page.")
    page = call.workspace.page(found)
    call.workspace.check_editable(page)
    return page


def _carry_out(call: Call, page: Page, dialect: str) -> list[str]:
    kind = call.body.get("type")
    if not one_of(kind, _COMMANDS):
        known = ", ".join(f'`"{name}"`' for name in _COMMANDS)
        raise failed("body.type", f"one of {known}", kind if kind is not None else ...)
    given = call.body.get(kind)
    if not isinstance(given, dict):
        raise failed(f"body.{kind}", "defined" if given is None else "an object")
    allow = given.get("allow_deleting_content", False) is True
    edit = PageEdit(call.workspace, page, dialect, call.actor, allow=allow)
    _COMMANDS[kind](edit, given, call)
    return edit.warnings


def _string(given: Json, name: str, place: str) -> str:
    value = given.get(name, ...)
    if not isinstance(value, str):
        raise failed(f"{place}.{name}", "defined" if value is ... else "a string", value)
    return value


def _update_content(edit: PageEdit, given: Json, call: Call) -> None:
    updates: Any = given.get("content_updates")
    place = "body.update_content.content_updates"
    if not isinstance(updates, list) or not updates:
        raise failed(place, "a non-empty array", updates if updates is not None else ...)
    if len(updates) > 100:
        raise failed(f"{place}.length", "≤ `100`", len(updates))
    text, missing = edit.text, list[str]()
    wanted = updates[:1] if call.partial else updates
    for number, one in enumerate(wanted):
        here = f"{place}[{number}]"
        if not isinstance(one, dict):
            raise failed(here, "an object", one)
        old = _unsigned(_string(one, "old_str", here))
        new = _unsigned(_string(one, "new_str", here))
        if not old:
            raise invalid(f"{here}.old_str cannot be an empty string.")
        count = text.count(old)
        if count == 0:
            missing.append(f"{here}.old_str was not found in the page content.")
            continue
        if count > 1 and one.get("replace_all_matches") is not True:
            raise invalid(
                f"{here}.old_str matches {count} locations. Provide more context, or set "
                "replace_all_matches to true."
            )
        text = text.replace(old, new)
    # Several updates are not one transaction: what is found is done, what is not is passed over.
    if len(missing) == len(wanted):
        raise invalid(missing[0])
    edit.become(text)


def _replace_content(edit: PageEdit, given: Json, _call: Call) -> None:
    text = _unsigned(_string(given, "new_str", "body.replace_content"))
    edit.become(text, anew=True)


def _insert_content(edit: PageEdit, given: Json, _call: Call) -> None:
    place = "body.insert_content"
    text = _unsigned(_string(given, "content", place))
    after, position = given.get("after"), given.get("position")
    if after is not None and position is not None:
        raise invalid(f"{place}.after and {place}.position cannot both be provided.")
    if after is not None:
        edit.insert(text, edit.index_behind(_find(edit.text, str(after), "after")[1]))
        return
    kind = position.get("type") if isinstance(position, dict) else "end"
    if kind not in ("start", "end"):
        raise failed(f"{place}.position.type", '`"start"` or `"end"`', kind)
    edit.insert(text, 0 if kind == "start" else edit.length)


def _replace_range(edit: PageEdit, given: Json, _call: Call) -> None:
    place = "body.replace_content_range"
    text = _unsigned(_string(given, "content", place))
    whole = edit.text
    start, end = _find(whole, _string(given, "content_range", place), "content_range")
    edit.become(whole[:start] + text + whole[end:])


def _find(text: str, selection: str, name: str) -> tuple[int, int]:
    """Find "start text...end text"; gives where the selection starts and ends."""
    first, dots, last = _unsigned(selection).partition("...")
    start = text.find(first)
    end = text.find(last, start + len(first)) if dots else start + len(first)
    if not first or start < 0 or end < 0:
        raise invalid(f"The {name} selection does not match any content in the page.")
    return start, end + len(last) if dots else end


def _unsigned(text: str) -> str:
    """Take the signatures off addresses of hosted files: they are not part of the content."""
    return _SIGNED.sub(lambda found: found.group().split("?")[0], text)


def _queue(call: Call, page: Page, dialect: str) -> Json:
    """Answer 202 with a task; the edit is made at once, and told when it is asked for."""
    task = f"task_{secrets.token_hex(16)}"
    outcome: Json
    try:
        _carry_out(call, page, dialect)
        outcome = {"result": page_markdown(call.workspace, page, dialect)}
    except NotionError as error:
        outcome = {"error": {"code": error.code, "message": error.message,
                             "status": error.status}}  # fmt: skip
    call.workspace.tasks[task] = {
        "id": task,
        "created_time": to_instant(call.workspace.clock.now()),
        "polls": call.workspace.settings.async_polls,
        "outcome": outcome,
    }
    call.status = 202
    return _task(call.workspace.tasks[task], "queued")


def _task(task: Json, status: str) -> Json:
    shown: Json = {
        "object": "async_task",
        "id": task["id"],
        "status": status,
        "status_url": f"https://api.notion.com/v1/async_tasks/{task['id']}",
        "created_time": task["created_time"],
    }
    if status in ("queued", "running"):
        return {**shown, "poll_after_seconds": _POLL_S, "operation": _OPERATION}
    return {**shown, "operation": _OPERATION, **task["outcome"]}


def _get_task(call: Call) -> Json:
    task = call.workspace.tasks.get(call.path["task_id"])
    if task is None:
        raise call.workspace.not_found("async task", call.path["task_id"])
    if task["polls"] > 0:
        task["polls"] -= 1
        return _task(task, "running")
    return _task(task, "succeeded" if "result" in task["outcome"] else "failed")


_COMMANDS: dict[str, Command] = {
    "update_content": _update_content,
    "replace_content": _replace_content,
    "insert_content": _insert_content,
    "replace_content_range": _replace_range,
}
ROUTES = [
    Route(method="GET", pattern="/v1/pages/{page_id}/markdown", handler=_get, needs="read_content"),
    Route(
        method="PATCH",
        pattern="/v1/pages/{page_id}/markdown",
        handler=_update,
        needs="update_content",
    ),
    Route(method="GET", pattern="/v1/async_tasks/{task_id}", handler=_get_task),
]
