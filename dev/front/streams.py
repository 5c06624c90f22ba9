"""Bytes both ways: how a connection is read, written, and closed."""

import asyncio
import socket
from typing import Protocol


class Stream(Protocol):
    """One connection. Reading and writing go on beside each other.

    Raises:
        OSError: the connection broke.
    """

    async def read(self, size: int) -> bytes:
        """Up to `size` bytes as soon as there are some; none at the end."""

    async def write(self, data: bytes) -> None:
        """Send all of it, and wait while the other side is slow."""

    def finish(self) -> None:
        """Say that no more will be sent."""

    def close(self) -> None:
        """Close the connection."""


class Accepted:
    """A `Stream` over a connection that asyncio's server accepted."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def read(self, size: int) -> bytes:
        """See `Stream`."""
        return await self._reader.read(size)

    async def write(self, data: bytes) -> None:
        """See `Stream`."""
        self._writer.write(data)
        await self._writer.drain()

    def finish(self) -> None:
        """See `Stream`."""
        self._writer.write_eof()

    def close(self) -> None:
        """See `Stream`."""
        self._writer.close()


class Dialled:
    """A `Stream` over a connection that we made, whose answer outlives a failed write.

    A process that refuses a large body answers and closes without having read it, which resets
    the connection. asyncio's own streams then drop what had arrived; a socket still gives it.
    """

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected
        self._loop = asyncio.get_running_loop()

    @classmethod
    async def to(cls, address: tuple[str, int]) -> "Dialled":
        """Connect to an IPv4 address; raises OSError."""
        made = socket.socket()
        made.setblocking(False)
        try:
            await asyncio.get_running_loop().sock_connect(made, address)
        except BaseException:
            made.close()
            raise
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return cls(made)

    async def read(self, size: int) -> bytes:
        """See `Stream`."""
        return await self._loop.sock_recv(self._socket, size)

    async def write(self, data: bytes) -> None:
        """See `Stream`."""
        await self._loop.sock_sendall(self._socket, data)

    def finish(self) -> None:
        """See `Stream`."""
        self._socket.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """See `Stream`."""
        self._socket.close()
