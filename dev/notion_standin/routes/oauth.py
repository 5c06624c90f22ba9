"""The token endpoints of public connections (https://developers.notion.com/docs/authorization).

Any client id and secret are taken, and any code but one that starts with "bad": the answer is the
workspace's one token.
"""

import base64
import binascii

from dev.notion_standin.call import Call, Route
from dev.notion_standin.errors import NotionError, failed
from dev.notion_standin.model import Json


def _check_client(call: Call) -> None:
    scheme, _, code = call.headers.get("Authorization", "").partition(" ")
    try:
        pair = base64.b64decode(code, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        pair = ""
    if scheme.lower() != "basic" or ":" not in pair:
        raise NotionError("unauthorized", "Invalid client credentials.")


def _token(call: Call) -> Json:
    _check_client(call)
    workspace, kind = call.workspace, call.body.get("grant_type")
    name = {"authorization_code": "code", "refresh_token": "refresh_token"}.get(str(kind))
    if name is None:
        raise failed("body.grant_type", '`"authorization_code"` or `"refresh_token"`', kind or ...)
    code = call.body.get(name)
    if not isinstance(code, str):
        raise failed(f"body.{name}", "defined")
    if code.startswith("bad"):
        raise NotionError("invalid_grant", f"Invalid code: {code}")
    return {
        "access_token": workspace.token,
        "token_type": "bearer",
        "refresh_token": f"nrt_{workspace.bot.id.replace('-', '')}",
        "bot_id": workspace.bot.id,
        "workspace_id": workspace.id,
        "workspace_name": workspace.name,
        "workspace_icon": None,
        "owner": {"type": "user", "user": call.show.user(workspace.person)},
        "duplicated_template_id": None,
    }


def _introspect(call: Call) -> Json:
    _check_client(call)
    if call.body.get("token") != call.workspace.token:
        return {"active": False}
    return {"active": True, "scope": "read_content insert_content update_content"}


ROUTES = [
    Route(method="POST", pattern="/v1/oauth/token", handler=_token, open=True),
    Route(method="POST", pattern="/v1/oauth/introspect", handler=_introspect, open=True),
]
