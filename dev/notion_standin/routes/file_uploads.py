"""File uploads (https://developers.notion.com/reference/file-upload)."""

import mimetypes
from datetime import timedelta
from typing import Any

from dev.notion_standin.call import Call, Route
from dev.notion_standin.clock import to_minute
from dev.notion_standin.errors import failed, invalid
from dev.notion_standin.ids import new_id
from dev.notion_standin.model import Json, Upload
from dev.notion_standin.query import cut

_MODES = ("single_part", "multi_part", "external_url")
_SIZE_MAX = 5_242_880
_EXPIRES = timedelta(hours=1)
_BASE = "https://api.notion.com/v1/file_uploads"


def _create(call: Call) -> Json:
    body, workspace = call.body, call.workspace
    mode = body.get("mode", "single_part")
    if mode not in _MODES:
        raise failed("body.mode", '`"single_part"`, `"multi_part"` or `"external_url"`', mode)
    if mode != "single_part" and not isinstance(body.get("filename"), str):
        raise failed("body.filename", "defined")
    parts = body.get("number_of_parts")
    if mode == "multi_part" and not isinstance(parts, int):
        raise failed("body.number_of_parts", "defined")
    now = workspace.clock.now()
    upload = Upload(
        id=new_id(),
        created=now,
        edited=now,
        filename=body.get("filename"),
        content_type=body.get("content_type") or _guessed(body.get("filename")),
        mode=mode,
        parts=parts,
    )
    workspace.uploads[upload.id] = upload
    workspace.tell("file_upload.created", upload.id, call.actor)
    return _show(call, upload)


def _guessed(filename: object) -> str | None:
    return mimetypes.guess_type(filename)[0] if isinstance(filename, str) else None


def _find(call: Call) -> Upload:
    found = call.id("file_upload_id")
    upload = call.workspace.uploads.get(found)
    if upload is None:
        raise call.workspace.not_found("file upload", found)
    if upload.mode == "external_url" and upload.status == "pending":
        # The address is not fetched: by the next look the file counts as imported.
        upload.status, upload.content = "uploaded", b""
    if upload.status == "pending" and call.workspace.clock.now() > upload.created + _EXPIRES:
        upload.status = "expired"
    return upload


def _send(call: Call) -> Json:
    upload, part = _find(call), call.form.get("file")
    if upload.status != "pending":
        raise invalid(f"File upload status should be `pending`, instead was `{upload.status}`.")
    if part is None:
        raise failed("body.file", "defined")
    if len(part.content) > _SIZE_MAX:
        raise failed("body.file.length", f"≤ `{_SIZE_MAX}`", len(part.content))
    upload.filename = upload.filename or part.filename or "file"
    upload.content_type = upload.content_type or part.content_type
    upload.content = (upload.content or b"") + part.content
    upload.edited, upload.sent = call.workspace.clock.now(), upload.sent + 1
    if upload.mode == "single_part":
        _finish(call, upload)
    return _show(call, upload)


def _complete(call: Call) -> Json:
    upload = _find(call)
    if upload.mode != "multi_part" or upload.status != "pending" or upload.content is None:
        raise invalid("Only a pending multi-part upload whose parts were sent can be completed.")
    _finish(call, upload)
    return _show(call, upload)


def _finish(call: Call, upload: Upload) -> None:
    upload.status = "uploaded"
    call.workspace.tell("file_upload.completed", upload.id, call.actor)


def _get(call: Call) -> Json:
    return _show(call, _find(call))


def _list(call: Call) -> Json:
    uploads, status = call.workspace.uploads, call.one("status")
    ids = [one for one in reversed(uploads) if status in (None, uploads[one].status)]
    chosen, following = cut(ids, call.cursor(), call.size())
    return call.listing([_show(call, uploads[one]) for one in chosen], following, "file_upload")


def _show(call: Call, upload: Upload) -> Json:
    shown: Json = {
        "object": "file_upload",
        "id": upload.id,
        "created_time": to_minute(upload.created),
        "created_by": {"id": call.actor, "type": "bot"},
        "last_edited_time": to_minute(upload.edited),
    }
    if upload.status == "pending":
        shown["expiry_time"] = to_minute(upload.created + _EXPIRES)
        shown["upload_url"] = f"{_BASE}/{upload.id}/send"
    elif upload.status == "uploaded":
        shown["expiry_time"] = to_minute(upload.created + _EXPIRES)
    length: Any = None if upload.content is None else len(upload.content)
    parts = {"number_of_parts": {"total": upload.parts, "sent": upload.sent}}
    return {
        **shown,
        "archived": False,
        "status": upload.status,
        "filename": upload.filename,
        "content_type": upload.content_type,
        "content_length": length if upload.status == "uploaded" else None,
        **(parts if upload.mode == "multi_part" else {}),
    }


ROUTES = [
    Route(method="POST", pattern="/v1/file_uploads", handler=_create, needs="insert_content"),
    Route(method="GET", pattern="/v1/file_uploads", handler=_list, needs="read_content"),
    Route(
        method="GET",
        pattern="/v1/file_uploads/{file_upload_id}",
        handler=_get,
        needs="read_content",
    ),
    Route(
        method="POST",
        pattern="/v1/file_uploads/{file_upload_id}/send",
        handler=_send,
        needs="insert_content",
    ),
    Route(
        method="POST",
        pattern="/v1/file_uploads/{file_upload_id}/complete",
        handler=_complete,
        needs="insert_content",
    ),
]
