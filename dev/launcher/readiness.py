"""Asks a process over HTTP whether it is there."""

import asyncio
from collections.abc import Iterable

from dev.launcher.ports import HOST

_EVERY_S = 0.1
_ANSWER_S = 10.0
_HEALTH_EVERY_S = 0.5


async def all_answer(ports: Iterable[int]) -> None:
    """Return as soon as each port has answered an HTTP request, whatever the status."""
    for port in ports:
        while not await _answers(port):
            await asyncio.sleep(_EVERY_S)


async def until_healthy(port: int) -> None:
    """Return as soon as `/health` on a port says that Firestore and Auth answer (200, not 503)."""
    while not (await _answer(port, "/health")).endswith(b" 200"):
        await asyncio.sleep(_HEALTH_EVERY_S)


async def _answers(port: int) -> bool:
    return (await _answer(port, "/")).startswith(b"HTTP/")


async def _answer(port: int, path: str) -> bytes:
    """How the answer begins, up to its status; nothing where nobody answers."""
    request = f"GET {path} HTTP/1.1\r\nHost: {HOST}:{port}\r\nConnection: close\r\n\r\n"
    try:
        async with asyncio.timeout(_ANSWER_S):
            reader, writer = await asyncio.open_connection(HOST, port)
            try:
                writer.write(request.encode())
                return await reader.readexactly(len("HTTP/1.1 200"))
            finally:
                writer.close()
    except (OSError, TimeoutError, asyncio.IncompleteReadError):
        return b""


async def until_closed(ports: tuple[int, ...], every_s: float = 1.0) -> int:
    """Return the first of `ports` on which nothing listens any more.

    firebase-tools goes on when one of its emulators is killed; so its ports are watched.
    """
    while True:
        await asyncio.sleep(every_s)
        for port in ports:
            try:
                _, writer = await asyncio.open_connection(HOST, port)
            except OSError:
                return port
            writer.close()
