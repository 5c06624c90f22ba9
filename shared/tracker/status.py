"""Which status says that a task is done, by its name: Notion's API sets no groups."""

import re
from collections.abc import Sequence
from typing import Final

from shared.ports.notion import DataSource, Property

_DONE: Final = (
    "done", "complete", "completed", "closed", "finished", "resolved", "shipped",
    "erledigt", "fertig", "abgeschlossen", "geschlossen", "fait", "terminé", "hecho", "completado",
    "terminado", "fatto", "completato", "klaar", "gereed", "concluído", "feito",
)  # fmt: skip


def status_column(source: DataSource) -> Property | None:
    """The column that holds a task's status: one of that kind, else a select of that name."""
    kind = next((each for each in source.properties if each.kind == "status"), None)
    named = source.property("Status")
    return kind or (named if named is not None and named.kind == "select" else None)


def done_option(options: Sequence[str]) -> str | None:
    """The option that says that a task is done, None where no name tells."""
    plain = {_plain(each): each for each in reversed(options)}
    return next((plain[name] for name in _DONE if name in plain), None)


def is_done(option: str) -> bool:
    """Whether an option says that a task is done."""
    return _plain(option) in _DONE


def _plain(option: str) -> str:
    """Without signs and capitals: `✅ Done` is `done`."""
    return " ".join(re.findall(r"[^\W_]+", option)).casefold()
