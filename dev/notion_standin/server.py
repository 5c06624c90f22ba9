"""The vendor's address: the gate every request passes, and the answer's outer form."""

import asyncio
import hmac
import json
from typing import Any

from aiohttp import web

from dev.notion_standin.call import Call, Route, Router
from dev.notion_standin.errors import NotionError, invalid
from dev.notion_standin.faults import Fault, Faults
from dev.notion_standin.ids import new_id
from dev.notion_standin.model import Json
from dev.notion_standin.query import Queries
from dev.notion_standin.rate import RateLimit
from dev.notion_standin.record import Entry, Record
from dev.notion_standin.routes import ROUTES
from dev.notion_standin.show import NEW_VERSION, OLD_VERSION
from dev.notion_standin.uploads import read_form
from dev.notion_standin.webhooks import Webhooks
from dev.notion_standin.workspace import Workspace

VERSIONS = (OLD_VERSION, NEW_VERSION)
BODY_MAX = 500 * 1024
_UPLOAD_MAX = 21 * 1024 * 1024


class Server:
    """Everything behind both addresses of one stand-in."""

    def __init__(self, workspace: Workspace, rate_limit: int, webhooks: Webhooks) -> None:
        self.workspace = workspace
        self.queries = Queries(workspace)
        self.faults = Faults()
        self.rate = RateLimit(workspace.clock, rate_limit)
        self.record = Record(workspace.clock)
        self.webhooks = webhooks
        self._router = Router(ROUTES)
        self._rate_at_start = rate_limit

    def reset(self) -> None:
        """Go back to the state after start; the token and the ids of the seed stay."""
        self.workspace.clock.release()
        self.workspace.start()
        self.faults.queue.clear()
        self.rate.per_minute = self._rate_at_start
        self.rate.clear()
        self.record.entries.clear()
        self.webhooks.reset()

    def vendor_app(self) -> web.Application:
        """Build the application behind the vendor's port."""
        app = web.Application(client_max_size=_UPLOAD_MAX)
        app.router.add_route("*", "/{tail:.*}", self._handle)
        return app

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        raw = await request.read()
        query = {name: request.query.getall(name) for name in request.query}
        entry = self.record.add(
            request.method, request.path, query, dict(request.headers), _shown(request, raw)
        )
        entry.request_id = new_id()
        fault = self.faults.take(request.method, request.path, raw)
        if fault is not None:
            entry.fault = fault.kind
            return await self._fail(request, raw, query, entry, fault)
        return await self._answer(request, raw, query, entry)

    async def _answer(
        self,
        request: web.Request,
        raw: bytes,
        query: dict[str, list[str]],
        entry: Entry,
        *,
        partial: bool = False,
    ) -> web.StreamResponse:
        request_id = entry.request_id or ""
        headers: dict[str, str] = {}
        try:
            call, body = self._carry_out(request, raw, query, partial)
            status, body = call.status, {**body, "request_id": request_id}
        except NotionError as error:
            status, body = error.status, error.body(request_id)
            headers |= _retry_after(error)
        entry.status = status
        return _response(status, body, {**headers, "x-notion-request-id": request_id})

    async def _fail(
        self,
        request: web.Request,
        raw: bytes,
        query: dict[str, list[str]],
        entry: Entry,
        fault: Fault,
    ) -> web.StreamResponse:
        if fault.kind == "delay":
            await asyncio.sleep(fault.seconds)
            return await self._answer(request, raw, query, entry)
        if fault.kind == "partial":
            return await self._answer(request, raw, query, entry, partial=True)
        answer: Json | None = None
        children: list[str] | None = None
        if fault.applies:
            try:
                call, answer = self._carry_out(request, raw, query, False)
                children = call.committed
            except NotionError as refused:
                # What the vendor would have refused anyway is not made to fail twice.
                if fault.kind == "status":
                    entry.status = refused.status
                    return _error_response(refused, entry.request_id or "")
        if fault.kind == "status":
            error = fault.error(answer, children)
            entry.status = error.status
            told = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
            return _error_response(error, entry.request_id or "", told)
        if fault.kind == "timeout":
            # Held until the client gives up: the handler is cancelled when it leaves.
            await asyncio.Event().wait()
        if request.transport is not None:
            request.transport.close()
        # Nobody reads this: aiohttp wants an answer even where the connection is gone.
        return web.Response()

    def _carry_out(
        self,
        request: web.Request,
        raw: bytes,
        query: dict[str, list[str]],
        partial: bool,
    ) -> tuple[Call, Json]:
        route, path = self._find(request)
        if not route.open:
            self._check_token(request)
        version = _version(request) if not route.open else NEW_VERSION
        self.rate.count()
        form = request.content_type == "multipart/form-data"
        call = Call(
            workspace=self.workspace,
            queries=self.queries,
            version=version,
            path=path,
            query=query,
            body={} if form else _body(request, raw),
            form=read_form(request.headers["Content-Type"], raw) if form else {},
            partial=partial,
            headers=dict(request.headers),
        )
        if route.needs is not None and route.needs not in self.workspace.settings.capabilities:
            raise NotionError("restricted_resource", "Insufficient permissions for this endpoint.")
        return call, route.handler(call)

    def _find(self, request: web.Request) -> tuple[Route, dict[str, str]]:
        return self._router.find(request.method, request.path)

    def _check_token(self, request: web.Request) -> None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        right = hmac.compare_digest(token.strip().encode(), self.workspace.token.encode())
        if scheme.lower() != "bearer" or not right:
            raise NotionError("unauthorized", "API token is invalid.")


def _version(request: web.Request) -> str:
    version = request.headers.get("Notion-Version")
    if version is None:
        raise NotionError(
            "missing_version",
            "Notion-Version header failed validation: Notion-Version header should be defined, "
            "instead was `undefined`.",
        )
    if version not in VERSIONS:
        known = " or ".join(f'`"{one}"`' for one in VERSIONS)
        raise invalid(
            "Notion-Version header failed validation: Notion-Version header should be "
            f'{known}, instead was `"{version}"`.'
        )
    return version


def _body(request: web.Request, raw: bytes) -> Json:
    if len(raw) > BODY_MAX:
        raise invalid(
            f"body failed validation: body.length should be ≤ `{BODY_MAX}`, "
            f"instead was `{len(raw)}`."
        )
    if not raw or request.method in ("GET", "DELETE"):
        return {}
    try:
        body = json.loads(raw)
    except ValueError:
        raise NotionError("invalid_json", "Error parsing JSON body.") from None
    if not isinstance(body, dict):
        raise invalid(
            "body failed validation: body should be an object, "
            f"instead was `{json.dumps(body, ensure_ascii=False)}`."
        )
    return body


def _shown(request: web.Request, raw: bytes) -> Any:
    """Give the body for the record: decoded where it is JSON, else its length."""
    if not raw:
        return None
    try:
        return json.loads(raw)
    except ValueError:
        return f"{len(raw)} bytes of {request.content_type}"


def _retry_after(error: NotionError) -> dict[str, str]:
    wait = (error.additional_data or {}).get("retry_after")
    return {} if wait is None else {"Retry-After": str(wait)}


def _error_response(
    error: NotionError, request_id: str, headers: dict[str, str] | None = None
) -> web.Response:
    told = {**_retry_after(error), **(headers or {}), "x-notion-request-id": request_id}
    return _response(error.status, error.body(request_id), told)


def _response(status: int, body: Json, headers: dict[str, str]) -> web.Response:
    return web.Response(
        status=status,
        body=json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode(),
        headers={"Content-Type": "application/json; charset=utf-8", **headers},
    )
