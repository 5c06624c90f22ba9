"""The OpenAPI 3.1 description of all routes, made from their models.

pydantic writes JSON Schema 2020-12, which is what OpenAPI 3.1 uses
(https://spec.openapis.org/oas/v3.1.1.html#schema-object), so nothing is translated here.
"""

from collections.abc import Iterable
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from shared.http.problems import MEDIA_TYPE, Problem
from shared.http.route import Access, Route

_REF: Final = "#/components/schemas/{model}"
_PROBLEMS: Final = {
    400: "The body is not JSON",
    401: "No token, or one that does not verify",
    403: "The token is another user's",
    404: "There is no such thing",
    409: "The present state does not allow it",
    413: "The body is over 1 MiB",
    422: "A value is not acceptable; `errors` says which",
    429: "Too many requests; `Retry-After` says when to come back",
    502: "A service that we depend on refused",
    503: "A service that we depend on does not answer; `Retry-After` says when to come back",
}


def describe(routes: Iterable[Route], version: str, server: str) -> dict[str, Any]:
    """The whole document. `server`: the base URL, empty for the one that it was fetched from."""
    routes = tuple(routes)
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "NEXUS PRO Backend Services",
            "version": version,
            "description": "Failures are RFC 9457 problems; every response has `X-Request-Id`.",
        },
        "servers": [{"url": server or "/"}],
        "paths": paths,
        "components": {
            "schemas": _schemas(routes),
            "securitySchemes": {
                "idToken": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
            },
        },
    }


def _schemas(routes: tuple[Route, ...]) -> dict[str, Any]:
    taken = {route.body for route in routes if route.body}
    given = {route.reply for route in routes if route.reply} | {Problem}
    wanted: list[tuple[type[BaseModel], Any]] = [(model, "validation") for model in taken]
    wanted += [(model, "serialization") for model in given]
    wanted.sort(key=lambda pair: pair[0].__name__)
    _, schema = models_json_schema(wanted, ref_template=_REF)
    return dict(schema["$defs"])


def _operation(route: Route) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": route.name,
        "tags": [route.path.split("/")[1] if route.variables else "service"],
        "summary": route.summary,
        "parameters": [*_path_parameters(route), *_query_parameters(route)],
        "responses": _responses(route),
        "security": [] if route.access is Access.PUBLIC else [{"idToken": []}],
    }
    if route.description:
        operation["description"] = route.description
    if route.body is not None:
        operation["requestBody"] = {"content": _json(route.body)}
    if route.raw is not None:  # what a vendor sends and signs is described by the vendor
        operation["requestBody"] = {"content": {"application/json": {"schema": {"type": "object"}}}}
    return operation


def _path_parameters(route: Route) -> list[dict[str, Any]]:
    schema = {"type": "string", "minLength": 1}
    return [
        {"name": name, "in": "path", "required": True, "schema": schema} for name in route.variables
    ]


def _query_parameters(route: Route) -> list[dict[str, Any]]:
    if route.query is None:
        return []
    # Parameters stand alone, so what they refer to is written out in place.
    schema = route.query.model_json_schema()
    definitions = schema.get("$defs", {})
    required = schema.get("required", ())
    return [
        {
            "name": name,
            "in": "query",
            "required": name in required,
            "description": field.get("description", ""),
            "schema": _inlined({k: v for k, v in field.items() if k != "description"}, definitions),
        }
        for name, field in schema["properties"].items()
    ]


def _inlined(schema: Any, definitions: dict[str, Any]) -> Any:
    if isinstance(schema, list):
        return [_inlined(item, definitions) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _inlined(definitions[schema["$ref"].rsplit("/", 1)[-1]], definitions)
    return {key: _inlined(value, definitions) for key, value in schema.items()}


def _responses(route: Route) -> dict[str, Any]:
    responses: dict[str, Any] = {}
    if route.reply is not None:
        responses["200"] = {"description": "Done", "content": _json(route.reply)}
    elif not route.also:
        responses["204"] = {"description": "Done"}
    for status, description in route.also.items():
        responses[str(status)] = {"description": description}
    problem = {MEDIA_TYPE: {"schema": {"$ref": _REF.format(model=Problem.__name__)}}}
    for status in sorted(_failures(route)):
        responses[str(status)] = {"description": _PROBLEMS[status], "content": problem}
    return responses


def _failures(route: Route) -> set[int]:
    statuses = {413, *route.problems}
    if route.access is not Access.PUBLIC:
        statuses |= {401, 503}
    if "user_id" in route.variables:
        statuses |= {403, 422}
    if route.query is not None:
        statuses.add(422)
    if route.body is not None:
        statuses |= {400, 422}
    return statuses


def _json(model: type[BaseModel]) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": _REF.format(model=model.__name__)}}}
