"""Free TCP ports of this machine's loopback address."""

import contextlib
import socket
from contextlib import ExitStack
from random import SystemRandom
from typing import Final

HOST = "127.0.0.1"
_RANGE: Final = (15_000, 32_000)
_TRIES: Final = 10_000


def free_ports(count: int) -> list[int]:
    """`count` different ports that nothing listens on at this moment.

    Drawn from below the ranges that Linux (32768 on) and macOS (49152 on) take for outgoing
    connections, which would come and sit on a port between now and its use.

    Raises:
        OSError: there are none.
    """
    draw = SystemRandom()
    with ExitStack() as stack:
        found: list[int] = []
        for _ in range(_TRIES):
            if len(found) == count:
                return found
            port = draw.randrange(*_RANGE)
            if (bound := _bound(port)) is not None:
                stack.enter_context(bound)
                found.append(port)
    raise OSError("no free ports")


def _bound(port: int) -> socket.socket | None:
    """A socket that holds a port, None if somebody else does."""
    held = socket.socket()
    try:
        held.bind((HOST, port))
    except OSError:
        held.close()
        return None
    return held


def is_free(port: int) -> bool:
    """Whether we could listen on the port, and a browser that asks for localhost finds us.

    It may try ::1 first, where another program could listen.
    """
    with contextlib.suppress(OSError), socket.create_connection(("::1", port), timeout=1):
        return False
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True
