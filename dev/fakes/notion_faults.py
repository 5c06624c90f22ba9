"""The calls that the fake Notion gets, and the faults that it was told to have."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class NotionCall:
    """One call that the workspace got: the method's name and its arguments."""

    method: str
    arguments: tuple[Any, ...]


class NotionFaults:
    """Keeps the `calls`, and raises the faults that were ordered, in the order of the orders.

    `before_call`: is called before each call, as the adapter does.
    """

    def __init__(self, before_call: Callable[[], None] | None) -> None:
        self.calls: list[NotionCall] = []
        self.before_call = before_call
        self._faults: list[tuple[str | None, BaseException]] = []
        self._lost: list[tuple[str | None, BaseException]] = []
        self._unread = 0

    def fail_next(self, times: int, error: BaseException, method: str | None = None) -> None:
        """Let the next calls (of `method`, or of any) raise `error` without doing anything."""
        self._faults += [(method, error)] * times

    def lose_answers(self, times: int, error: BaseException, method: str | None = None) -> None:
        """Let the next writes (of `method`, or of any) happen and then raise `error`."""
        self._lost += [(method, error)] * times

    def commit_then_503(self, times: int = 1) -> None:
        """Let the next creates of rows be saved and then raise `CommittedButUnread`."""
        self._unread += times

    def _begin(self, method: str, *arguments: Any) -> None:
        self.calls.append(NotionCall(method, arguments))
        if self.before_call is not None:
            self.before_call()
        _raise_one(self._faults, method)

    def _end(self, method: str) -> None:
        _raise_one(self._lost, method)

    def _is_unread(self) -> bool:
        """Whether this create is one whose answer shall say that it was saved."""
        unread = self._unread > 0
        self._unread -= unread
        return unread


def _raise_one(errors: list[tuple[str | None, BaseException]], method: str) -> None:
    for position, (wanted, error) in enumerate(errors):
        if wanted in (None, method):
            del errors[position]
            raise error
