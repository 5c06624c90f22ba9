"""Asking for a task's branch: who asks needs nothing of what does the work."""

import re
from typing import Final
from urllib.parse import parse_qs

from shared.errors import FieldFault, InvalidRequest
from shared.services.operations import Operation, Operations
from shared.sync.workspace import Workspace

TASK_TO_BRANCH: Final = "task-to-branch"
_PAGE_ID = re.compile(r"(?<![0-9a-f])[0-9a-f]{8}(?:-?[0-9a-f]{4}){3}-?[0-9a-f]{12}(?![0-9a-f])")


def page_id_in(text: str) -> str:
    """The page id in what a person gave: an id with or without dashes, or a page's address.

    The address of a page that is looked at beside its database has the database's id in its path,
    and the page's as `p`.

    Raises:
        InvalidRequest: there is none in it.
    """
    address, _, query = text.strip().lower().partition("?")
    peeked = parse_qs(query.split("#")[0]).get("p", [""])[-1]
    found = _PAGE_ID.findall(peeked) or _PAGE_ID.findall(address)
    if not found:
        message = "must be a page's id or the address of a page"
        raise InvalidRequest(
            "The page is not named.", (FieldFault(field="task_page_id", message=message),)
        )
    bare = found[-1].replace("-", "")
    return "-".join((bare[:8], bare[8:12], bare[12:16], bare[16:20], bare[20:]))


def request_task_branch(operations: Operations, uid: str, page_id: str) -> Operation:
    """Start making a branch of a user's task, or join the one that does; `page_id`: dashed."""
    return operations.start(TASK_TO_BRANCH, uid, key=page_id, args={"page": page_id})


def start_task_branch(operations: Operations, workspace: Workspace, page_id: str) -> Operation:
    """The same for a page of a workspace, when nobody waits: its status says that work began.

    Starting it again is harmless: a task that has not changed since its plan is left as it is.
    """
    args = {"page": page_id, "workspace": workspace.wid}
    return operations.start(TASK_TO_BRANCH, workspace.owner, key=page_id, args=args)
