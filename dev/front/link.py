"""One HTTP/1.1 connection: h11's rules joined to a stream of bytes."""

import contextlib

import h11

from dev.front.streams import Stream

CHUNK = 64 * 1024  # bytes read at once
MAX_HEAD = 64 * 1024  # bytes of request line and headers


class Link:
    """A connection to a client (role `h11.SERVER`) or to a process of ours (`h11.CLIENT`)."""

    def __init__(self, role: type[h11.CLIENT] | type[h11.SERVER], stream: Stream) -> None:
        self.http = h11.Connection(role, max_incomplete_event_size=MAX_HEAD)
        self._stream = stream

    @property
    def done(self) -> bool:
        """Whether one whole request and its answer have passed, and another may follow."""
        return set(self.http.states.values()) == {h11.DONE}

    async def receive(self) -> h11.Event:
        """The next event of the other side.

        Raises:
            h11.RemoteProtocolError: it does not speak HTTP/1.1, or stopped in the middle.
            OSError: the connection broke.
        """
        while (event := self.http.next_event()) is h11.NEED_DATA:
            await self.fetch()
        if not isinstance(event, h11.Event):
            raise h11.RemoteProtocolError("data at a moment when none may come")
        return event

    async def fetch(self) -> bool:
        """Take in bytes that the other side sends; False at the end of its sending."""
        data = await self._stream.read(CHUNK)
        self.http.receive_data(data)
        return bool(data)

    async def send(self, event: h11.Event) -> None:
        """Send one event, and wait while the other side is slow.

        Raises:
            OSError: the connection broke.
        """
        data = self.http.send(event)
        if data:
            await self._stream.write(data)

    async def pass_bytes_to(self, other: "Link") -> None:
        """After a switch of protocols: pass on, untouched, whatever comes until it ends.

        Raises:
            OSError: one of the connections broke.
        """
        data = self.http.trailing_data[0] or await self._stream.read(CHUNK)
        while data:
            await other._stream.write(data)
            data = await self._stream.read(CHUNK)
        other._stream.finish()

    async def drain_rest(self) -> None:
        """Discard what still comes, so that closing does not destroy an answer on its way."""
        while await self._stream.read(CHUNK):
            pass

    async def finish(self) -> None:
        """Say that no more will be sent."""
        with contextlib.suppress(OSError):
            self._stream.finish()

    def close(self) -> None:
        """Close the connection."""
        self._stream.close()
