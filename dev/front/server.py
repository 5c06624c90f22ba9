"""The listening side of the front."""

import asyncio
import contextlib
import socket
from collections.abc import Mapping
from http import HTTPStatus

import h11

from dev.front.exchange import UpstreamDownError, exchange, is_websocket
from dev.front.link import Link
from dev.front.problems import problem
from dev.front.routes import AUTH, SIGN_IN_CONFIG, service_for
from dev.front.sign_in import sign_in_config
from dev.front.streams import Accepted


class Front:
    """Accepts connections on a bound socket and passes requests on by `routes.service_for`.

    Args:
        addresses: (host, port) of each process by name. A process that does not exist in this
            stack is absent: its paths are answered with 404.
    """

    def __init__(self, addresses: Mapping[str, tuple[str, int]]) -> None:
        self._addresses = addresses
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()

    async def start(self, listener: socket.socket) -> None:
        """Begin to accept connections."""
        self._server = await asyncio.start_server(self._serve, sock=listener)

    async def stop(self) -> None:
        """Accept no more, and close the connections that are open."""
        if self._server is not None:
            self._server.close()
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        client = Link(h11.SERVER, Accepted(reader, writer))
        try:
            await self._converse(client)
        except (OSError, asyncio.CancelledError):
            pass  # the client went away, the process in the middle of its answer, or all of us
        except h11.RemoteProtocolError as exc:
            await _refuse(client, str(exc))
        finally:
            self._open.discard(task)
            client.close()

    async def _converse(self, client: Link) -> None:
        while isinstance(request := await client.receive(), h11.Request):
            if not await self._answer(request, client):
                return
            client.http.start_next_cycle()

    async def _answer(self, request: h11.Request, client: Link) -> bool:
        target = request.target.decode("latin-1")
        path = target.split("?", 1)[0]
        if path == SIGN_IN_CONFIG and AUTH in self._addresses:
            return await _say(client, sign_in_config(request))
        name = service_for(path, websocket=is_websocket(request))
        if name not in self._addresses:
            detail = f"The {name} service is not part of this stack."
            return await _say(client, problem(HTTPStatus.NOT_FOUND, "not-found", detail, path))
        try:
            return await exchange(request, client, self._addresses[name])
        except UpstreamDownError:
            detail = f"The {name} service is starting or was interrupted. Try again."
            status = HTTPStatus.SERVICE_UNAVAILABLE
            return await _say(client, problem(status, "upstream-unavailable", detail, path))


async def _say(client: Link, events: list[h11.Event]) -> bool:
    """Send an answer of our own; without the request's body read, the connection ends here."""
    if client.http.states[h11.SERVER] not in (h11.IDLE, h11.SEND_RESPONSE):
        return False  # in the middle of another answer: closing is all that is left
    for event in events:
        await client.send(event)
    return client.done


async def _refuse(client: Link, detail: str) -> None:
    with contextlib.suppress(OSError, h11.LocalProtocolError):
        await _say(client, problem(HTTPStatus.BAD_REQUEST, "validation", detail, "/"))
