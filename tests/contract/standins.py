"""Runs a vendor's stand-in as the local stack does, for the contract suites."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

_ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class StandIn:
    """A running stand-in: "host:port" of the vendor's address and of its control."""

    address: str
    control: str

    async def order(self, path: str, **fields: Any) -> None:
        """Post an order to the control address."""
        async with httpx.AsyncClient() as client:
            answer = await client.post(f"http://{self.control}{path}", json=fields)
            answer.raise_for_status()

    async def told(self, path: str) -> Any:
        """What the control address knows."""
        async with httpx.AsyncClient() as client:
            return (await client.get(f"http://{self.control}{path}")).json()

    async def until_told(self, path: str, condition: Any, within_s: float = 10.0) -> Any:
        """Ask the control address until what it knows fulfils the condition."""
        async with asyncio.timeout(within_s):
            while not condition(known := await self.told(path)):
                await asyncio.sleep(0.02)
        return known


@contextmanager
def running(name: str) -> Iterator[StandIn]:
    """Run `dev.<name>` until the block ends."""
    command = [sys.executable, "-m", f"dev.{name}", "--port", "0", "--control-port", "0"]
    with subprocess.Popen(command, cwd=_ROOT, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            ports = json.loads(process.stdout.readline())
            yield StandIn(
                address=f"127.0.0.1:{ports['port']}",
                control=f"127.0.0.1:{ports['control_port']}",
            )
        finally:
            process.terminate()
            process.wait(10)
