"""The vendor's address: `/v1/messages`, token counting and the list of models."""

import asyncio
import json
import secrets
import time
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from dev.anthropic_standin.catalogue import MODELS, describe, page
from dev.anthropic_standin.errors import TYPE_OF_STATUS, VendorError, error_body
from dev.anthropic_standin.messages import (
    parse_count_request,
    parse_message_request,
)
from dev.anthropic_standin.replies import build_reply, last_command
from dev.anthropic_standin.script import Fault, Pace, Recorded, Script
from dev.anthropic_standin.sse import Step, message_json, stream_steps
from dev.anthropic_standin.usage import count_input

SCRIPT = web.AppKey("script", Script)
_RECORD = web.RequestKey("record", Recorded)
_REQUEST_ID = web.RequestKey("request_id", str)
_SECRET_HEADERS = ("authorization", "x-api-key", "cookie")
_MAX_BODY_BYTES = 32 * 1024 * 1024

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def build_vendor_app(script: Script) -> web.Application:
    """Build the application that plays the vendor; all its state is in `script`."""
    app = web.Application(middlewares=[_vendor_edge], client_max_size=_MAX_BODY_BYTES)
    app[SCRIPT] = script
    app.router.add_post("/v1/messages", _messages)
    app.router.add_post("/v1/messages/count_tokens", _count_tokens)
    app.router.add_get("/v1/models", _models)
    app.router.add_get("/v1/models/{id}", _model)
    return app


@web.middleware
async def _vendor_edge(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Record the request, check its headers, and turn refusals into the vendor's error shape."""
    request[_REQUEST_ID] = f"req_{secrets.token_hex(12)}"
    record = await _record(request)
    request[_RECORD] = record
    try:
        _check_headers(request)
        response = await handler(request)
        record.status = response.status
    except VendorError as error:
        record.status = error.status
        response = _error(request, error.status, error.kind, error.message)
    except web.HTTPException as error:
        record.status = error.status
        kind = "not_found_error" if error.status == 404 else "invalid_request_error"
        response = _error(request, error.status, kind, error.reason)
    except (asyncio.CancelledError, ConnectionResetError):
        record.client_went_away = True
        raise
    finally:
        record.finished_at = time.time()
    return response


async def _record(request: web.Request) -> Recorded:
    headers = {
        name.lower(): "(present)" if name.lower() in _SECRET_HEADERS else value
        for name, value in request.headers.items()
    }
    raw = await request.read()
    try:
        body = json.loads(raw) if raw else None
    except ValueError:
        body = raw.decode("utf-8", "replace")
    return request.app[SCRIPT].record(request.method, request.path, headers, body)


def _check_headers(request: web.Request) -> None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    bearer = token.strip() if scheme.lower() == "bearer" else ""
    if not (bearer or request.headers.get("x-api-key", "").strip()):
        raise VendorError("authentication_error", "x-api-key header is required")
    if not request.headers.get("anthropic-version"):
        raise VendorError("invalid_request_error", "anthropic-version: header is required")


async def _messages(request: web.Request) -> web.StreamResponse:
    script = request.app[SCRIPT]
    parsed = parse_message_request(_json_body(request))
    command = last_command(parsed)
    fault = script.next_fault(command)
    if fault and fault.kind == "http":
        return _http_fault(request, fault)
    if fault and fault.kind == "hang" and (fault.where == "headers" or not parsed.stream):
        await _hang()
    usage = script.cache.account(parsed, time.monotonic())
    scripted = script.next_reply(command) if parsed.max_tokens else None
    reply = build_reply(parsed, usage, scripted, fault)
    pace = _pace(script, scripted.pace if scripted else None, fault)
    if parsed.stream:
        return await _send(request, list(stream_steps(reply, pace, fault)))
    await asyncio.sleep(_whole_reply_s(pace, reply.output_tokens))
    return _whole(request, message_json(reply), fault)


def _pace(script: Script, scripted: Pace | None, fault: Fault | None) -> Pace:
    if fault and fault.kind == "slow":
        return fault.pace
    return scripted or script.pace


def _whole_reply_s(pace: Pace, tokens: int) -> float:
    writing_s = tokens / pace.tokens_per_s if pace.tokens_per_s else 0.0
    return (pace.latency_ms + pace.first_delta_ms) / 1000 + writing_s


def _whole(request: web.Request, body: dict[str, Any], fault: Fault | None) -> web.Response:
    """Answer at once; faults of the stream become the nearest fault of a plain answer."""
    if fault and fault.kind == "overloaded_mid_stream":
        raise VendorError("overloaded_error", fault.message or "Overloaded")
    if fault and fault.kind == "cut" and request.transport:
        request.transport.abort()
    if fault and fault.kind == "garbage_sse":
        return web.Response(text='{"type":"mess', content_type="application/json")
    return _json(request, body)


async def _send(request: web.Request, steps: list[Step]) -> web.StreamResponse:
    """Write the steps; the headers go out with the first of them, as the vendor's do."""
    response = web.StreamResponse(
        headers={
            "Content-Type": "text/event-stream; charset=utf-8",
            "Cache-Control": "no-cache",
            "request-id": request[_REQUEST_ID],
        }
    )
    for step in steps:
        if step.wait_s:
            await asyncio.sleep(step.wait_s)
        if step.action == "hang":
            await _hang()
        if step.action == "cut":
            break
        if not response.prepared:
            await response.prepare(request)
        await response.write(step.data)
    await response.write_eof()
    return response


async def _hang() -> None:
    """Wait until the client goes away or the server stops: both cancel the handler."""
    await asyncio.Event().wait()


def _http_fault(request: web.Request, fault: Fault) -> web.Response:
    kind = fault.error_type or TYPE_OF_STATUS.get(fault.status, "api_error")
    response = _error(request, fault.status, kind, fault.message or "Ordered by the script.")
    if fault.retry_after is not None:
        response.headers["retry-after"] = f"{fault.retry_after:g}"
    return response


async def _count_tokens(request: web.Request) -> web.StreamResponse:
    parsed = parse_count_request(_json_body(request))
    return _json(request, {"input_tokens": count_input(parsed)})


async def _models(request: web.Request) -> web.StreamResponse:
    query = request.query
    limit = query.get("limit", "20")
    if not limit.isdigit() or not 1 <= int(limit) <= 1000:
        raise VendorError("invalid_request_error", "limit: must be between 1 and 1000")
    return _json(request, page(int(limit), query.get("after_id"), query.get("before_id")))


async def _model(request: web.Request) -> web.StreamResponse:
    name = request.match_info["id"]
    if name not in MODELS:
        raise VendorError("not_found_error", f"model: {name}")
    return _json(request, describe(MODELS[name]))


def _json_body(request: web.Request) -> Any:
    body = request[_RECORD].body
    if not isinstance(body, dict):
        raise VendorError("invalid_request_error", "The request body is not valid JSON object")
    return body


def _json(request: web.Request, body: dict[str, Any], status: int = 200) -> web.Response:
    return web.json_response(body, status=status, headers={"request-id": request[_REQUEST_ID]})


def _error(request: web.Request, status: int, kind: str, message: str) -> web.Response:
    return _json(request, error_body(kind, message, request[_REQUEST_ID]), status)
