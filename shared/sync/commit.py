"""The commit of a cycle: what it changes, whose it is, and what it says."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from shared.errors import NexusError, RateLimited
from shared.ports.notion import NotionWorkspace
from shared.ports.repository import Change, CommitOrder, Person
from shared.sync.model import Action, Kind

TRAILER: Final = "Nexus-Sync"
"""The trailer of the engine's own commits; its value is the run's id."""
US: Final = Person(name="NEXUS PRO", email="sync@nexus-pro.invalid")
_VERBS: Final = {
    Kind.CREATE_FILE: "add",
    Kind.DELETE_FILE: "remove",
    Kind.MOVE_FILE: "move",
    Kind.RESTORE_FILE: "restore",
}
_LISTED: Final = 50


class Authors:
    """Who a person in Notion is in a commit; each is asked for once.

    `limited`: Notion asked for a pause when somebody was asked for.
    """

    def __init__(self, notion: NotionWorkspace, bot_id: str) -> None:
        self.limited: RateLimited | None = None
        self._notion = notion
        self._known: dict[str, Person | None] = {bot_id: None, "": None}

    def meet(self, user_ids: Iterable[str]) -> None:
        """Ask for people before much else is asked for; raises RateLimited."""
        for user_id in sorted(set(user_ids)):
            self.of(user_id)
            if self.limited is not None:
                raise self.limited

    def of(self, user_id: str) -> Person | None:
        """The person; None for the connection itself, other bots, and whom we cannot see."""
        if user_id not in self._known:
            self._known[user_id] = self._ask(user_id)
        return self._known[user_id]

    def _ask(self, user_id: str) -> Person | None:
        if self.limited is not None:
            return None
        try:
            user = self._notion.user(user_id)
        except RateLimited as error:
            self.limited = error
            return None
        except NexusError:  # the connection may not see people: the commit is ours then
            return None
        if user.bot or not user.name.strip():
            return None
        email = user.email or f"{user_id.replace('-', '')}@users.notion.invalid"
        return Person(name=_safe(user.name), email=_safe(email))


def commit_order(
    actions: Iterable[Action], authors: Authors, run_id: str, at: datetime
) -> CommitOrder:
    """The one commit for these actions, which all have a file.

    One editor is its author, several are co-authors.
    """
    actions = sorted(actions, key=lambda each: each.link.path or "")
    people = [person for each in actions if (person := authors.of(each.editor)) is not None]
    people = sorted(set(people), key=lambda each: (each.name, each.email))
    changes: dict[str, Change] = {}
    for action in actions:
        changes.update(_changes(action))
    trailers = [f"{TRAILER}: {run_id}"]
    if len(people) > 1:
        trailers += [f"Co-authored-by: {each.name} <{each.email}>" for each in people]
    return CommitOrder(
        message=f"{_subject(actions)}\n\n{_listed(actions)}\n\n" + "\n".join(trailers) + "\n",
        author=people[0] if len(people) == 1 else US,
        at=at.replace(microsecond=0),
        changes=tuple(changes[path] for path in sorted(changes)),
    )


def ids_order(actions: Iterable[Action], run_id: str, at: datetime) -> CommitOrder:
    """The commit that writes the ids of pages just made into their files."""
    writes = {each.file.path: each.file for each in actions if each.file and each.file.path}
    what = f"the id of {next(iter(writes))}" if len(writes) == 1 else f"{len(writes)} page ids"
    return CommitOrder(
        message=f"Sync from Notion: add {what}\n\n{TRAILER}: {run_id}\n",
        author=US,
        at=at.replace(microsecond=0),
        changes=tuple(
            Change(path=path, content=file.text.encode("utf-8", "surrogatepass"), mode=file.mode)
            for path, file in sorted(writes.items())
        ),
    )


def _changes(action: Action) -> Mapping[str, Change]:
    file = action.file
    assert file is not None
    changes = {}
    if file.old_path is not None and file.old_path != file.path:
        changes[file.old_path] = Change(path=file.old_path, content=None)
    if file.path is not None:
        content = file.text.encode("utf-8", "surrogatepass")
        changes[file.path] = Change(path=file.path, content=content, mode=file.mode)
    return changes


def _subject(actions: list[Action]) -> str:
    if len(actions) == 1:
        only = actions[0]
        return f"Sync from Notion: {_VERBS.get(only.kind, 'update')} {_name(only)}"
    return f"Sync from Notion: {len(actions)} pages"


def _listed(actions: list[Action]) -> str:
    lines = [f"- {_VERBS.get(each.kind, 'update')} {_name(each)}" for each in actions[:_LISTED]]
    if len(actions) > _LISTED:
        lines.append(f"- and {len(actions) - _LISTED} more")
    return "\n".join(lines)


def _name(action: Action) -> str:
    file = action.file
    assert file is not None
    return file.path or file.old_path or ""


def _safe(text: str) -> str:
    return " ".join("".join(each for each in text if each not in "<>\0").split())
