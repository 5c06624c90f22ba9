"""One request and its answer, passed between a client and one of our processes.

Nothing is added, and nothing but `Connection` is changed: a process behind us sees what the
client sent (Host, Origin, Authorization, Forwarded headers or their absence), and the client
sees what the process answered. After an accepted upgrade the bytes pass untouched.
"""

import asyncio
import contextlib

import h11

from dev.front.link import Link
from dev.front.streams import Dialled

_LINGER_S = 2.0  # how long to wait for the rest after one side has ended


class UpstreamDownError(Exception):
    """The process behind us can't be reached, or stopped before it answered."""


async def exchange(request: h11.Request, client: Link, address: tuple[str, int]) -> bool:
    """Pass `request` on to the process at `address` and its answer back to the client.

    Returns:
        Whether the client's connection may carry another request.

    Raises:
        UpstreamDownError: there is no answer, and nothing was sent to the client.
        h11.RemoteProtocolError: one of the two broke the rules in the middle.
        OSError: the client's connection, or a half-sent answer, broke.
    """
    try:
        stream = await Dialled.to(address)
    except OSError as exc:
        raise UpstreamDownError from exc
    upstream = Link(h11.CLIENT, stream)
    try:
        return await _converse(request, client, upstream)
    finally:
        upstream.close()


async def _converse(request: h11.Request, client: Link, upstream: Link) -> bool:
    asking = asyncio.create_task(_pass_request(request, client, upstream))
    answering = asyncio.create_task(_pass_answer(client, upstream))
    try:
        await asyncio.wait({asking, answering}, return_when=asyncio.FIRST_COMPLETED)
        if not answering.done():
            asking.result()  # raises what went wrong; else the client will send no more
        if await answering:
            await _cancel(asking)
            await _splice(client, upstream)
            return False
        return await _settle(client, asking)
    finally:
        await _cancel(asking)
        await _cancel(answering)


async def _cancel(task: asyncio.Task[None] | asyncio.Task[bool]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def _pass_request(request: h11.Request, client: Link, upstream: Link) -> None:
    """Send the request; returns when the client ends. A refused body is read and dropped."""
    event: h11.Event = _asked(request)
    listening = await _try_send(upstream, event)
    while not isinstance(event, h11.EndOfMessage):
        event = await client.receive()
        listening = listening and await _try_send(upstream, event)
    while await client.fetch():
        pass


async def _try_send(upstream: Link, event: h11.Event) -> bool:
    """False when the process no longer listens; it may have answered all the same."""
    try:
        await upstream.send(event)
    except (OSError, h11.LocalProtocolError):
        return False
    return True


async def _pass_answer(client: Link, upstream: Link) -> bool:
    """Pass the answer on; returns True after a switch of protocols, False at its end."""
    try:
        event = await upstream.receive()
    except (OSError, h11.RemoteProtocolError) as exc:
        raise UpstreamDownError from exc
    while not isinstance(event, h11.EndOfMessage):
        if isinstance(event, h11.InformationalResponse):
            await client.send(event)
            if event.status_code == 101:
                return True
        elif isinstance(event, h11.Response):
            await client.send(_answered(event))
        elif isinstance(event, h11.Data):
            await client.send(event)
        else:
            raise UpstreamDownError
        event = await upstream.receive()
    await client.send(event)
    return False


async def _settle(client: Link, asking: asyncio.Task[None]) -> bool:
    """After the answer: can the connection go on? If the request is not over, it can't."""
    if client.done:
        return True
    await client.finish()
    await _cancel(asking)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_LINGER_S):
            await client.drain_rest()
    return False


async def _splice(client: Link, upstream: Link) -> None:
    """Pass the bytes of a switched connection both ways until both sides have ended."""
    ways = {
        asyncio.create_task(client.pass_bytes_to(upstream)),
        asyncio.create_task(upstream.pass_bytes_to(client)),
    }
    try:
        done, rest = await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        broken = any(way.exception() for way in done)
        if rest and not broken:
            await asyncio.wait(rest, timeout=_LINGER_S)
    finally:
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)


def is_websocket(request: h11.Request) -> bool:
    """Whether the request asks to become a WebSocket."""
    return any(n == b"upgrade" and v.lower() == b"websocket" for n, v in request.headers)


def _asked(request: h11.Request) -> h11.Request:
    """The request as sent on: one connection for each, so it says so."""
    headers = request.headers.raw_items()
    if not is_websocket(request):
        headers = [*_without_connection(headers), (b"Connection", b"close")]
    return h11.Request(method=request.method, target=request.target, headers=headers)


def _answered(response: h11.Response) -> h11.Response:
    """The answer as sent on; whether this connection goes on is between us and the client."""
    headers = _without_connection(response.headers.raw_items())
    return h11.Response(status_code=response.status_code, headers=headers, reason=response.reason)


def _without_connection(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    own = {b"connection", b"keep-alive"}
    return [(name, value) for name, value in headers if name.lower() not in own]
