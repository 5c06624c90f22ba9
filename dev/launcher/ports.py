"""Free TCP ports of this machine's loopback address."""

import contextlib
import os
import socket
from collections.abc import Collection
from contextlib import ExitStack
from random import SystemRandom
from typing import Final

HOST = "127.0.0.1"
RANGE: Final = range(15_000, 32_000)
"""Below the ranges that Linux (32768 on) and macOS (49152 on) take for outgoing connections, which
would come and sit on a port between its choice and its use."""
RANGE_VARIABLE: Final = "NEXUS_LOCAL_PORTS"
"""Two numbers, "15000-17000", where not all of `RANGE` is to be used: who starts several stacks at
the same moment gives each its own, as a port that was chosen stays free until it is used."""
_TRIES: Final = 10_000


def free_ports(count: int, besides: Collection[int] = ()) -> list[int]:
    """`count` different ports that nothing listens on at this moment, none of `besides`.

    What is to run together is to be drawn together: the next call may give the same ones again.

    Raises:
        OSError: there are none.
        ValueError: the variable holds no range.
    """
    draw, among = SystemRandom(), _range()
    with ExitStack() as stack:
        found: list[int] = []
        for _ in range(_TRIES):
            if len(found) == count:
                return found
            port = draw.choice(among)
            if port not in besides and (bound := _bound(port)) is not None:
                stack.enter_context(bound)
                found.append(port)
    raise OSError("no free ports")


def _range() -> range:
    first, _, end = os.environ.get(RANGE_VARIABLE, "").partition("-")
    return range(int(first), int(end)) if first else RANGE


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
