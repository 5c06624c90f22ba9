"""The HTTP edge of every function: from routes and views to one WSGI application.

In order: request id and log line, size limit, route, identity, validation, the view, and for
every failure a problem. The path may come with the function's name in front or without it:
Hosting keeps it, cloudfunctions.net takes it off, run.app never had it.
"""

import re
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, ExitStack
from typing import Any, Final, TypeVar
from uuid import uuid4

from flask import Flask, Response, g, request
from pydantic import BaseModel, ValidationError
from structlog.contextvars import bound_contextvars
from werkzeug.exceptions import BadRequest, HTTPException

from shared.errors import Forbidden, InvalidRequest, NexusError, TooLarge, UnreadableBody
from shared.http import problems
from shared.http.function import Wsgi
from shared.http.identity import identify
from shared.http.route import Access, Answer, Call, Route, Routes, Views
from shared.ports.identity import Caller, Identity
from shared.ports.tracing import Kind, Span, TraceContext
from shared.settings import Settings
from shared.telemetry import logger
from shared.traces import read_trace, span

MAX_BODY_BYTES: Final = 1024 * 1024
_LIMITS: Final = "nexus.limits"
_SANE_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,128}")
_CORS_METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_CORS_REQUEST: Final = ("Authorization", "Content-Type", "Prefer", "X-Request-Id")
_CORS_RESPONSE: Final = ("X-Request-Id", "Location", "Retry-After")

Origin = Callable[[], TraceContext | None]
ModelT = TypeVar("ModelT", bound=BaseModel)


def create_app(
    name: str,
    settings: Settings,
    identity: Identity,
    routes: Routes,
    views: Views,
    *more: tuple[Routes, Views],
) -> Flask:
    """Make the application of one function.

    `name`: the function's, which may lead the path. `views`: the object that the routes' handlers
    are methods of. `more`: further tables of routes, each with the views of its own.
    """
    from flask_cors import CORS  # not for those that no page of a browser calls

    app = bare_app(name)
    CORS(
        app,
        origins=list(settings.allowed_origins),
        methods=list(_CORS_METHODS),
        allow_headers=list(_CORS_REQUEST),
        expose_headers=list(_CORS_RESPONSE),
        max_age=600,
        always_send=False,
    )
    tables = ((routes, views), *more)
    for table, handlers in tables:
        for route in table:
            _add(app, settings, identity, route, handlers)
    everything = tuple(route for table, _ in tables for route in table)
    app.wsgi_app = _any_prefix(app.wsgi_app, name, everything)  # type: ignore[method-assign,assignment]
    return app


def bare_app(name: str, origin: Origin | None = None) -> Flask:
    """An application without routes: request ids, traces, logs, the size limit and problems.

    `origin`: where else than in its headers a request tells what caused it; it may read the body.
    """
    app = Flask(name, static_folder=None)
    app.extensions[_LIMITS] = {}
    app.url_map.merge_slashes = False  # a doubled slash is another path, not a redirect
    log = logger(name)

    @app.before_request
    def begin() -> None:
        g.began = time.monotonic()
        given = request.headers.get("X-Request-Id", "")
        g.request_id = given if _SANE_ID.fullmatch(given) else uuid4().hex
        g.context = ExitStack()
        g.context.enter_context(bound_contextvars(request_id=g.request_id))
        g.max_bytes = app.extensions[_LIMITS].get(request.endpoint, MAX_BODY_BYTES)
        # A body without a length is cut here in silence: one byte more shows that it was longer.
        request.max_content_length = g.max_bytes + 1
        too_large = (request.content_length or 0) > g.max_bytes
        g.span = g.context.enter_context(_span(name, None if too_large else origin))
        if too_large:
            raise _too_large()
        if "Transfer-Encoding" in request.headers:
            read_body()

    @app.after_request
    def end(response: Response) -> Response:
        response.headers["X-Request-Id"] = g.request_id
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers["X-Content-Type-Options"] = "nosniff"
        g.span.put({"http.response.status_code": response.status_code})
        if response.status_code >= 500:
            g.span.fail(str(response.status_code))
        tell = log.warning if response.status_code >= 500 else log.info
        tell("request", **_request_line(response))
        return response

    @app.teardown_request
    def leave(_: BaseException | None) -> None:
        g.context.close()

    _explain_failures(app, log, all_of_them=origin is not None)
    return app


def _span(name: str, origin: Origin | None) -> AbstractContextManager[Span]:
    """The span of the present request, named by its route: ids of people stay out of it."""
    rule = request.url_rule.rule if request.url_rule else ""
    attributes = {"http.request.method": request.method, "nexus.request_id": g.request_id}
    if origin is None:
        title = f"{request.method} {rule}" if rule else f"{name} without a route"
        attributes["http.route"] = rule
        return span(title, Kind.SERVER, read_trace(request.headers), attributes)
    platform = read_trace(request.headers)
    if platform:  # the trace of the platform's own record of this delivery
        g.context.enter_context(bound_contextvars(delivery_trace=platform.trace_id))
    cause = origin() or platform
    return span(f"deliver to {name}", Kind.CONSUMER, cause, attributes)


def _explain_failures(app: Flask, log: Any, *, all_of_them: bool) -> None:
    """Answer and log failures; `all_of_them`: nobody reads the answers, so all are logged."""

    @app.errorhandler(NexusError)
    def expected(error: NexusError) -> Any:
        if error.problem == "internal":
            log.error("an internal error reached the edge", exc_info=error)
        elif all_of_them or error.status >= 500:
            log.warning(
                "a request failed",
                problem=error.problem,
                service=getattr(error, "service", ""),
                error_type=type(error).__name__,
                cause=type(error.__cause__).__name__ if error.__cause__ else "",
                detail=error.detail,
            )
        return problems.of_error(error, _path())

    @app.errorhandler(HTTPException)
    def refused(error: HTTPException) -> Any:
        return problems.of_http_error(error, _path())

    @app.errorhandler(Exception)
    def unforeseen(error: Exception) -> Any:
        log.error("an unforeseen exception ended a request", exc_info=error)
        return problems.internal(_path())


def _add(app: Flask, settings: Settings, identity: Identity, route: Route, views: Views) -> None:
    def view(**path: str) -> Response:
        call = Call(
            caller=_caller(settings, identity, route, path),
            path=path,
            query=_query(route),
            body=_body(route),
            headers=request.headers,
        )
        return _response(route.handler(views, call))

    rule = route.path.replace("{", "<").replace("}", ">")
    app.add_url_rule(rule, route.name, view, methods=[route.method])
    if route.raw is not None:
        app.extensions[_LIMITS][route.name] = route.raw


def _caller(
    settings: Settings, identity: Identity, route: Route, path: Mapping[str, str]
) -> Caller | None:
    uid = path.get("user_id")
    if route.access is not Access.PUBLIC:
        caller = identify(settings, identity, request.headers, uid)
        if route.access is Access.ADMIN and not caller.admin:
            raise Forbidden("This is for admins: sign in with a token that has the claim `admin`.")
        return caller
    try:
        return identify(settings, identity, request.headers, None)
    except NexusError:  # also when Auth is down: a public answer does not depend on it
        return None


def _query(route: Route) -> BaseModel | None:
    if route.query is None:
        return None
    return _validated(route.query, request.args.to_dict(), "The query is not acceptable.")


def _body(route: Route) -> BaseModel | bytes | None:
    if route.raw is not None:
        return read_body()
    if route.body is None:
        return None
    raw = read_body()
    try:
        content = request.get_json(force=True) if raw.strip() else {}
    except (BadRequest, RecursionError) as exc:
        raise UnreadableBody("The body is not JSON.") from exc
    return _validated(route.body, content, "The body is not acceptable.")


def read_body() -> bytes:
    """The bytes of the present request's body; raises TooLarge over 1 MiB or the route's limit."""
    raw = request.get_data()
    if len(raw) > g.max_bytes:
        raise _too_large()
    return raw


def _too_large() -> TooLarge:
    return TooLarge(f"The body is over {g.max_bytes // 2**20} MiB.")


def _validated(model: type[ModelT], values: Any, detail: str) -> ModelT:
    try:
        return model.model_validate(values)
    except ValidationError as exc:
        raise InvalidRequest(detail, problems.faults_of(exc)) from exc


def _response(result: BaseModel | Answer | None) -> Response:
    if not isinstance(result, Answer):
        result = Answer(content=result, status=204 if result is None else 200)
    content = result.content
    if isinstance(content, BaseModel):
        content = content.model_dump_json(by_alias=True)
    response = Response(content, status=result.status, headers=dict(result.headers))
    if content is None:
        response.headers.pop("Content-Type")
    else:
        response.content_type = result.media_type
    return response


def _request_line(response: Response) -> dict[str, Any]:
    latency_s = time.monotonic() - g.began
    # The rule, not the path: ids of people stay out of the request log.
    rule = request.url_rule.rule if request.url_rule else ""
    return {
        "route": rule,
        "latency_ms": round(latency_s * 1000, 1),
        "httpRequest": {
            "requestMethod": request.method,
            "status": response.status_code,
            "requestSize": str(request.content_length or 0),
            "responseSize": str(response.content_length or 0),
            "latency": f"{latency_s:.6f}s",
        },
    }


def _path() -> str:
    return str(request.environ.get("nexus.path", request.path))


def _any_prefix(wsgi: Wsgi, name: str, routes: Routes) -> Wsgi:
    prefix = f"/{name}"
    prefixed = any(route.path.startswith(f"{prefix}/") for route in routes)

    def application(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        environ["nexus.path"] = environ.get("SCRIPT_NAME", "") + path
        leads = path.startswith(f"{prefix}/") and path != f"{prefix}/"
        if prefixed and not leads:
            path = prefix + path
        elif leads and not prefixed:
            path = path.removeprefix(prefix)
        return wsgi({**environ, "PATH_INFO": path, "SCRIPT_NAME": ""}, start)

    return application
