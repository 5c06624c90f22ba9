"""What the control addresses of the stand-ins share: orders in JSON, and what is wrong with one."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from aiohttp import web
from pydantic import BaseModel, ValidationError

Order = TypeVar("Order", bound=BaseModel)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def orders_edge(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer an order that cannot be read with 422 and what is wrong with it."""
    try:
        return await handler(request)
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_input=False, include_context=False)
        return web.json_response({"errors": wrong}, status=422)


async def read_order(request: web.Request, shape: type[Order]) -> Order:
    """Read the body as an order; raises ValidationError, which `orders_edge` answers."""
    return shape.model_validate_json(await request.read())
