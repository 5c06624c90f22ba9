"""What the options of a task's status mean, by their names."""

from collections.abc import Sequence
from typing import Final

_IN_PROGRESS: Final = frozenset(
    {
        "active", "developing", "doing", "em andamento", "em progresso", "en cours", "en curso",
        "en progreso", "implementing", "in arbeit", "in bearbeitung", "in corso",
        "in development", "in progress", "in uitvoering", "in work", "in-progress", "inprogress",
        "läuft", "ongoing", "started", "wip", "work in progress", "working on it", "対応中",
        "进行中", "進行中", "진행 중",
    }
)  # fmt: skip
_NOT_STARTED: Final = frozenset(
    {
        "a fazer", "backlog", "da fare", "geplant", "inbox", "neu", "new", "next", "next up",
        "nicht begonnen", "not started", "offen", "open", "pas commencé", "pendiente",
        "planned", "por hacer", "ready", "sin empezar", "te doen", "to be done", "to do",
        "to-do", "todo", "triage", "up next", "zu erledigen", "à faire", "待办", "未开始", "未着手",
        "시작 전",
    }
)  # fmt: skip


def means_in_progress(option: str) -> bool:
    """Whether somebody works on a task of this status."""
    return _folded(option) in _IN_PROGRESS


def in_progress_after(current: str, options: Sequence[str]) -> str | None:
    """The option to set when work on a task begins; None to leave the status as it is.

    Only a status that is empty, or known to come before work, is moved, and only to an option
    that is there.
    """
    if current and _folded(current) not in _NOT_STARTED:
        return None
    return next((each for each in options if means_in_progress(each)), None)


def _folded(option: str) -> str:
    bare = option.casefold().strip()
    while bare and not bare[0].isalnum():  # "🚧 In progress"
        bare = bare[1:]
    while bare and not bare[-1].isalnum():
        bare = bare[:-1]
    return " ".join(bare.split())
