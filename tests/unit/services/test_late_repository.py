"""A repository whose modules are loaded with its first use."""

from dataclasses import dataclass, field
from typing import Any, cast

from shared.services.late_repository import LateRepository
from shared.services.voice_hands import RepositoryWork


@dataclass
class Work:
    """Keeps what it was asked, and answers with that."""

    asked: list[tuple[Any, ...]] = field(default_factory=list)

    def __getattr__(self, name: str) -> Any:
        def call(*given: Any) -> Any:
            self.asked.append((name, *given))
            return self.asked[-1]

        return call


def test_it_is_made_with_the_first_call_once_and_every_call_is_passed_on() -> None:
    made: list[Work] = []

    def make() -> RepositoryWork:
        made.append(Work())
        return cast(RepositoryWork, made[-1])

    late: Any = LateRepository(make)
    assert made == []
    calls: list[tuple[Any, ...]] = [
        ("connect", "w"),
        ("prefetch",),
        ("look", "interaction", ("a.py",)),
        ("apply", "interaction", "reply", "view"),
        ("undo", "interaction"),
    ]
    for name, *given in calls:
        assert getattr(late, name)(*given) == (name, *given)
    assert late.release("id") is None
    [only] = made
    assert only.asked == [*calls, ("release", "id")]
