"""The rate limit: fixed windows of 60 seconds for the one connection.

https://developers.notion.com/reference/request-limits
"""

import math

from dev.notion_standin.clock import Clock
from dev.notion_standin.errors import NotionError

_WINDOW_S = 60


class RateLimit:
    """Counts requests of the running window; `per_minute` 0 means no limit."""

    def __init__(self, clock: Clock, per_minute: int) -> None:
        self._clock = clock
        self.per_minute = per_minute
        self._window, self._count = -1, 0

    def count(self) -> None:
        """Count one request; raises 429 with the seconds until the next window."""
        now = self._clock.now().timestamp()
        window = math.floor(now / _WINDOW_S)
        if window != self._window:
            self._window, self._count = window, 0
        self._count += 1
        if self.per_minute and self._count > self.per_minute:
            wait = max(1, math.ceil((window + 1) * _WINDOW_S - now))
            raise NotionError(
                "rate_limited",
                "You have been rate limited. Please try again in a few minutes.",
                additional_data={
                    "rate_limit_reason": "public_api_request_rate_limit",
                    "retry_after": str(wait),
                },
            )

    def clear(self) -> None:
        """Begin a new window."""
        self._window, self._count = -1, 0
