"""The routes of the function `health`: what there is, how it is, and its documentation."""

import json
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field
from werkzeug.datastructures import MIMEAccept
from werkzeug.http import parse_accept_header

from shared.http.docs import docs_page
from shared.http.openapi import describe
from shared.http.route import Access, Answer, Call, Route, Routes
from shared.http.schemas import Instant, Reply
from shared.services.health import VERSION, Check, CheckStatus, Health
from shared.settings import Settings

# The page brings all that it needs inside itself; this holds it to that.
_DOCS_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
    "img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)


class EndpointReply(Reply):
    """One method on one path."""

    method: str
    path: str
    summary: str


class ServicesReply(Reply):
    """Where each function's paths begin."""

    voice: str
    notion: str
    health: str


class IndexReply(Reply):
    """What this deployment offers; `ws_url` is null where no voice service is set up."""

    name: str
    version: str
    endpoints: list[EndpointReply]
    services: ServicesReply
    ws_url: str | None
    docs: str


class CheckReply(Reply):
    """One service that we depend on; nulls where it was never asked. `detail` is for admins."""

    status: CheckStatus
    latency_ms: int | None
    checked_at: Instant | None
    detail: Annotated[str | None, Field(exclude_if=lambda value: value is None)] = None


class HealthReply(Reply):
    """The state of all services that we depend on."""

    status: Literal["healthy", "degraded", "unhealthy"]
    version: str
    time: Instant
    checks: Mapping[str, CheckReply]


class HealthViews:
    """Answers the routes of the function `health`."""

    def __init__(self, settings: Settings, health: Health) -> None:
        self._settings = settings
        self._health = health

    def index(self, call: Call[None, None]) -> Answer:
        """What there is, or the way to the client for a browser."""
        accepted = parse_accept_header(call.headers.get("Accept", "*/*"), MIMEAccept)
        best = accepted.best_match(["application/json", "text/html"], "application/json")
        vary = {"Vary": "Accept"}
        if best == "text/html":
            return Answer(content=None, status=302, headers={"Location": "/app/", **vary})
        base = self._settings.public_url.rstrip("/")
        services = ServicesReply(voice=f"{base}/voice", notion=f"{base}/notion", health=f"{base}/")
        index = IndexReply(
            name="NEXUS PRO Backend Services",
            version=VERSION,
            endpoints=[EndpointReply.model_validate(route) for route in all_routes()],
            services=services,
            ws_url=self._settings.ws_url or None,
            docs="/docs",
        )
        return Answer(content=index, headers=vary)

    def check(self, call: Call[None, None]) -> Answer:
        """The state of all services; 503 when Firestore or Auth is down."""
        report = self._health.report()
        admin = call.caller is not None and call.caller.admin
        reply = HealthReply(
            status=report.status,
            version=VERSION,
            time=report.at,
            checks={name: _check(check, admin) for name, check in report.checks.items()},
        )
        return Answer(content=reply, status=503 if report.status == "unhealthy" else 200)

    def openapi(self, _: Call[None, None]) -> Answer:
        """The description of all routes."""
        document = describe(all_routes(), VERSION, self._settings.public_url)
        return Answer(content=json.dumps(document))

    def docs(self, _: Call[None, None]) -> Answer:
        """The page to try them."""
        headers = {"Content-Security-Policy": _DOCS_POLICY}
        return Answer(
            content=docs_page("openapi.json"),
            headers=headers,
            media_type="text/html; charset=utf-8",
        )


HEALTH_ROUTES: Routes = (
    Route(
        method="GET",
        path="/",
        summary="Show what there is",
        handler=HealthViews.index,
        access=Access.PUBLIC,
        reply=IndexReply,
        also={302: "A browser is sent to the client at `/app/`"},
    ),
    Route(
        method="GET",
        path="/health",
        summary="Show the state of all services",
        handler=HealthViews.check,
        access=Access.PUBLIC,
        reply=HealthReply,
        also={503: "Firestore or Auth is down; the body is the same"},
    ),
    Route(
        method="GET",
        path="/openapi.json",
        summary="Describe all routes (OpenAPI 3.1)",
        handler=HealthViews.openapi,
        access=Access.PUBLIC,
        also={200: "An OpenAPI document"},
    ),
    Route(
        method="GET",
        path="/docs",
        summary="Show a page to try the routes",
        handler=HealthViews.docs,
        access=Access.PUBLIC,
        also={200: "A page"},
    ),
)


def all_routes() -> Routes:
    """The routes of all functions.

    Imported here, since a probe must not wait for the models of the others' routes.
    """
    from shared.http.notion import NOTION_ROUTES
    from shared.http.voice import VOICE_ROUTES

    return (*HEALTH_ROUTES, *VOICE_ROUTES, *NOTION_ROUTES)


def _check(check: Check, admin: bool) -> CheckReply:
    return CheckReply(
        status=check.status,
        latency_ms=check.latency_ms,
        checked_at=check.checked_at,
        detail=check.detail if admin else None,
    )
