"""The plan: all decisions about what was seen, as a value that can be shown, counted, refused."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from shared.ports.notion import Value
from shared.sync.conflict import Choice
from shared.sync.decide import decide
from shared.sync.fields import Places, path_in, synced
from shared.sync.match import Observed, items_of
from shared.sync.model import Action, Item, Kind, Rules
from shared.sync.workspace import Workspace

_BRIEF = (Kind.LINK, Kind.REPORT, Kind.FORGET)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a cycle will do, in a fixed order."""

    actions: tuple[Action, ...]

    @property
    def changes(self) -> bool:
        """Whether anything has to be written, outside or in the store."""
        return any(action.changes for action in self.actions)

    @property
    def id(self) -> str:
        """The same for the same decisions about the same texts, whoever makes them and when."""
        digest = hashlib.sha256()
        for line in self.lines():
            digest.update(line.encode("utf-8", "surrogatepass") + b"\n")
        return digest.hexdigest()[:16]

    def counts(self) -> dict[str, int]:
        """How many actions of each kind write something."""
        kinds = (action.kind for action in self.actions if action.kind not in _BRIEF)
        return dict(sorted(Counter(kind.value for kind in kinds).items()))

    def lines(self) -> Iterator[str]:
        """A line for each action: what, where, why, and a digest of what is written."""
        for action in self.actions:
            if action.kind in _BRIEF:
                continue
            where = f"{action.collection} {action.link.path or '-'} {action.link.page_id or '-'}"
            yield f"{action.kind.value} {where}: {action.reason} [{_digest(action)}]"


def make_plan(seen: Observed, workspace: Workspace, choices: Mapping[str, Choice]) -> Plan:
    """Decide about everything that was seen; deterministic, and it changes nothing."""
    items = items_of(seen)
    rules = Rules(
        policy=workspace.policy,
        create_options=workspace.create_options,
        places=places_of(seen, items),
        choices=choices,
    )
    decided = (decide(item, rules) for item in items)
    actions = [action for action in decided if action is not None]
    return Plan(actions=tuple(sorted(actions, key=_order)))


def places_of(seen: Observed, items: list[Item]) -> Places:
    """Where pages and files are, those that this plan makes or moves among them."""
    path_of: dict[str, str] = {}
    former: dict[str, str] = {}
    source_of: dict[str, str] = {}
    sources = {each.name: each.data_source_id for each in seen.collections}
    for link in (*seen.others.values(), *seen.links.values()):
        if link.page_id and link.path and link.deleted_at is None:
            path_of[link.page_id] = link.path
            source_of[link.page_id] = sources.get(link.collection, "")
    for item in items:
        page_id = item.page.row.id if item.page.row else item.link.page_id if item.link else None
        if page_id and item.path and item.page.state == "live":
            path_of[page_id] = item.path
            source_of[page_id] = item.collection.data_source_id
            if item.link is not None and item.link.path:  # a relation may still be written so
                former[item.link.path] = page_id
        elif page_id and item.page.state == "trashed":  # no relation shows it, also a new one
            path_of.pop(page_id, None)
    page_of = former | {path: page for page, path in path_of.items()}
    return Places(path_of=path_of, page_of=page_of, source_of=source_of)


def related_pages(seen: Observed) -> set[str]:
    """Ids of pages that the seen pages point to."""
    found: set[str] = set()
    relations = {
        prop.id
        for source in seen.sources.values()
        for prop in synced(source)
        if prop.kind == "relation"
    }
    for side in seen.pages.values():
        for key, value in (side.row.values if side.row else {}).items():
            if key in relations and isinstance(value, tuple):
                found.update(value)
    return found


def related_paths(seen: Observed) -> set[str]:
    """Paths that the seen files may point to with their relations."""
    found: set[str] = set()
    for file in seen.files.values():
        for value in file.meta.values():
            listed = value if isinstance(value, list) else [value]
            found.update(path_in(each) for each in listed if str(each).endswith(".md"))
    return found


def with_link_ids(plan: Plan, ids: Iterator[str]) -> Plan:
    """The plan with an id for each link that is new."""
    actions = tuple(
        replace(action, link=replace(action.link, id=next(ids))) if not action.link.id else action
        for action in plan.actions
    )
    return replace(plan, actions=actions)


def _order(action: Action) -> tuple[str, str, str]:
    return (action.collection, action.link.path or "", action.link.page_id or "")


def _digest(action: Action) -> str:
    parts: list[str] = []
    if action.file is not None:
        parts += ["file", action.file.path or "-", action.file.old_path or "-", action.file.text]
    if action.page is not None:
        parts += ["page", str(action.page.trash), action.page.move_to or "-"]
        parts += [f"{key}={_shown(value)}" for key, value in sorted(action.page.values.items())]
        parts.append(action.page.body if action.page.body is not None else "-")
    parts += [f"{clash.field} {clash.winner}" for clash in action.clashes]
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:12]


def _shown(value: Value) -> str:
    return repr(sorted(value)) if isinstance(value, tuple) else repr(value)
