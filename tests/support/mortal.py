"""A process that dies at a chosen call of any port."""

from collections.abc import Callable
from typing import Any


class Died(BaseException):
    """The process is gone."""


class Mortal:
    """Wraps ports; the process dies at their `number`-th call: before it, or after it was done."""

    def __init__(self, number: int, *, after: bool) -> None:
        self.left = number
        self._after = after

    def __call__(self, port: Any) -> Any:
        """A port that counts and dies with the others."""
        return _Port(port, self)

    def live(self, call: Callable[[], Any]) -> Any:
        """Do one call, or die of it."""
        self.left -= 1
        if self.left < 0 or (self.left == 0 and not self._after):
            raise Died
        done = call()
        if self.left == 0:
            raise Died
        return done


class _Port:
    def __init__(self, port: Any, mortal: Mortal) -> None:
        self._port = port
        self._mortal = mortal

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._port, name)
        return lambda *args, **options: self._mortal.live(lambda: method(*args, **options))
