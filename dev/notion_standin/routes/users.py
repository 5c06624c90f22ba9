"""Users (https://developers.notion.com/reference/user)."""

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


ROUTES = [
    Route(method="GET", pattern="/v1/users/me", handler=_me),
    Route(method="GET", pattern="/v1/users", handler=_list, needs="read_users"),
    Route(method="GET", pattern="/v1/users/{user_id}", handler=_get, needs="read_users"),
]
