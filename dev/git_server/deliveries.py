"""Sends webhooks as GitHub does: signed, once, in order, and kept for redelivery.

https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
"""

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

import aiohttp

TIMEOUT_S: Final = 10  # GitHub waits no longer, and never tries again by itself


@dataclass(slots=True, kw_only=True)
class Delivery:
    """One attempt to deliver an event.

    `guid` is the event's, the same at a redelivery. `status`: of the answer, None without one;
    then `error` says why. `delivered_at`: Unix seconds, None while it waits.
    """

    id: int
    guid: str
    event: str
    url: str
    body: bytes
    redelivery: bool = False
    status: int | None = None
    error: str | None = None
    delivered_at: float | None = None

    def describe(self) -> dict[str, Any]:
        """All of it as JSON, with the body parsed as `payload`."""
        told = {name: getattr(self, name) for name in self.__slots__ if name != "body"}
        return {**told, "payload": json.loads(self.body)}


class Deliveries:
    """What was and will be sent; `url` empty or `enabled` false: nothing is."""

    def __init__(self, url: str = "", secret: str = "") -> None:
        self.url = url
        self.secret = secret
        self.enabled = True
        self.sent: list[Delivery] = []
        self._waiting: asyncio.Queue[Delivery] = asyncio.Queue()

    def announce(self, event: str, payload: dict[str, Any]) -> None:
        """Send an event soon."""
        if self.url and self.enabled:
            self._queue(event, str(uuid4()), json.dumps(payload).encode())

    def redeliver(self, delivery_id: int) -> Delivery | None:
        """Send an event again, byte for byte, to where events go now; None if it is unknown."""
        old = next((each for each in self.sent if each.id == delivery_id), None)
        return old and self._queue(old.event, old.guid, old.body, redelivery=True)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Send what is announced, one after the other."""
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(TIMEOUT_S)) as session:
            sender = asyncio.create_task(self._send_all(session))
            try:
                yield
            finally:
                sender.cancel()
                with suppress(asyncio.CancelledError):
                    await sender

    def _queue(self, event: str, guid: str, body: bytes, redelivery: bool = False) -> Delivery:
        delivery = Delivery(
            id=len(self.sent) + 1,
            guid=guid,
            event=event,
            url=self.url,
            body=body,
            redelivery=redelivery,
        )
        self.sent.append(delivery)
        self._waiting.put_nowait(delivery)
        return delivery

    async def _send_all(self, session: aiohttp.ClientSession) -> None:
        while True:
            delivery = await self._waiting.get()
            try:
                headers = self._headers(delivery)
                async with session.post(delivery.url, data=delivery.body, headers=headers) as got:
                    delivery.status = got.status
            except (aiohttp.ClientError, TimeoutError) as error:
                delivery.error = type(error).__name__
            delivery.delivered_at = time.time()

    def _headers(self, delivery: Delivery) -> dict[str, str]:
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "GitHub-Hookshot/git-server",
            "X-GitHub-Event": delivery.event,
            "X-GitHub-Delivery": delivery.guid,
            "X-GitHub-Hook-ID": "1",
        }
        if self.secret:
            mac = hmac.new(self.secret.encode(), delivery.body, hashlib.sha256)
            headers["X-Hub-Signature-256"] = f"sha256={mac.hexdigest()}"
        return headers
