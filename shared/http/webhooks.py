"""Webhooks: Notion's events with what an admin needs for them, and the pushes of git hosts."""

from collections.abc import Mapping
from typing import Any, Final

from werkzeug.datastructures import Headers

from shared.errors import Unauthenticated
from shared.http.edge import MAX_BODY_BYTES
from shared.http.identity import is_document_id
from shared.http.notion_schemas import Order
from shared.http.route import Access, Answer, Call, Route, Routes
from shared.http.schemas import Instant, Reply
from shared.services.push_hooks import PushHooks
from shared.services.webhooks import Webhooks

MAX_PUSH_BYTES: Final = 25 * 1024 * 1024
"""What GitHub sends at most: https://docs.github.com/en/webhooks/webhook-events-and-payloads."""


class ArmBody(Order):
    """`replace`: forget the token that is set."""

    replace: bool = False


class ArmedReply(Reply):
    """Until when a handshake is accepted."""

    armed_until: Instant


class TokenReply(Reply):
    """The verification token, for the form in Notion's settings."""

    token: str


class WebhookViews:
    """Answers the routes of webhooks."""

    def __init__(self, webhooks: Webhooks, pushes: PushHooks) -> None:
        self._webhooks = webhooks
        self._pushes = pushes

    def receive_notion_webhook(self, call: Call[None, bytes]) -> Answer:
        """Take an event."""
        self._webhooks.receive(_plain(call.headers), call.body)
        return Answer(content="{}")

    def show_notion_webhook_token(self, _: Call[Any, Any]) -> TokenReply:
        """The token."""
        return TokenReply(token=self._webhooks.show_token())

    def arm_notion_webhook(self, call: Call[None, ArmBody]) -> ArmedReply:
        """Wait for a handshake."""
        return ArmedReply(armed_until=self._webhooks.arm(replace=call.body.replace))

    def receive_push(self, call: Call[None, bytes]) -> Answer:
        """Take a push."""
        wid = call.path["workspace"]
        if not is_document_id(wid):
            raise Unauthenticated("The signature is wrong: is it the webhook's own secret?")
        woken = self._pushes.receive(wid, _plain(call.headers), call.body)
        return Answer(content=None, status=202 if woken else 204)


WEBHOOK_ROUTES: Routes = (
    Route(
        method="POST",
        path="/notion/webhook",
        summary="Take an event of Notion",
        description="Signed by Notion in `X-Notion-Signature`. A first call brings the token to "
        "sign with; it is taken only within 15 minutes after an admin armed for it.",
        handler=WebhookViews.receive_notion_webhook,
        access=Access.PUBLIC,
        raw=MAX_BODY_BYTES,
        also={200: "Taken"},
        problems=(400, 401, 403, 503),
    ),
    Route(
        method="GET",
        path="/notion/webhook/token",
        summary="Show the token of Notion's webhook, once (admins)",
        handler=WebhookViews.show_notion_webhook_token,
        access=Access.ADMIN,
        reply=TokenReply,
        problems=(403, 404, 409),
    ),
    Route(
        method="POST",
        path="/notion/webhook/arm",
        summary="Wait 15 minutes for the token of Notion's webhook (admins)",
        handler=WebhookViews.arm_notion_webhook,
        access=Access.ADMIN,
        body=ArmBody,
        reply=ArmedReply,
        problems=(403, 409),
    ),
    Route(
        method="POST",
        path="/notion/push/{workspace}",
        summary="Take a push webhook of a git host",
        description="For GitHub, GitLab, Gitea and Forgejo, signed with the secret that setup "
        "showed. Up to 25 MiB.",
        handler=WebhookViews.receive_push,
        access=Access.PUBLIC,
        raw=MAX_PUSH_BYTES,
        also={202: "The workspace is synced soon", 204: "Nothing that concerns the sync"},
        problems=(400, 401, 503),
    ),
)


def _plain(headers: Headers) -> Mapping[str, str]:
    return {name.lower(): value for name, value in headers.items()}
