"""Users and emojis (https://developers.notion.com/reference/user)."""

from dev.notion_standin.call import Call, Route
from dev.notion_standin.model import Json
from dev.notion_standin.query import cut


def _me(call: Call) -> Json:
    return call.show.user(call.workspace.bot)


def _list(call: Call) -> Json:
    users = call.workspace.users
    ids, following = cut(list(users), call.cursor(), call.size())
    return call.listing([call.show.user(users[one]) for one in ids], following, "user")


def _get(call: Call) -> Json:
    found = call.id("user_id")
    if found not in call.workspace.users:
        raise call.workspace.not_found("user", found)
    return call.show.user(call.workspace.users[found])


def _emojis(_call: Call) -> Json:
    # The workspace has no emojis of its own.
    return {
        "object": "list",
        "type": "custom_emoji",
        "results": [],
        "has_more": False,
        "next_cursor": None,
    }


ROUTES = [
    Route(method="GET", pattern="/v1/custom_emojis", handler=_emojis),
    Route(method="GET", pattern="/v1/users/me", handler=_me),
    Route(method="GET", pattern="/v1/users", handler=_list, needs="read_users"),
    Route(method="GET", pattern="/v1/users/{user_id}", handler=_get, needs="read_users"),
]
