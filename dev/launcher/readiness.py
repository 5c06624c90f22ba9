"""Asks a process over HTTP whether it is there."""

import asyncio
from collections.abc import Iterable

from dev.launcher.ports import HOST

_EVERY_S = 0.1
_ANSWER_S = 10.0


async def all_answer(ports: Iterable[int]) -> None:
    """Return as soon as each port has answered an HTTP request, whatever the status."""
    for port in ports:
        while not await _answers(port):
            await asyncio.sleep(_EVERY_S)


async def _answers(port: int) -> bool:
    request = f"GET / HTTP/1.1\r\nHost: {HOST}:{port}\r\nConnection: close\r\n\r\n"
    try:
        async with asyncio.timeout(_ANSWER_S):
            reader, writer = await asyncio.open_connection(HOST, port)
            try:
                writer.write(request.encode())
                return (await reader.read(5)).startswith(b"HTTP/")
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return False


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
