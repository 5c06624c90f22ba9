"""The properties of a page and the front matter of its file, merged field by field."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from shared.ports.notion import DataSource, Property, Value
from shared.sync.conflict import conflict_etag
from shared.sync.fields import (
    LISTS,
    READ_ONLY,
    TITLE,
    Plain,
    UnusableValueError,
    empty,
    from_plain,
    key_of,
    path_in,
    same,
    synced,
    title_property,
    to_plain,
)
from shared.sync.link import Link
from shared.sync.model import Clash, Item, Rules, Trouble


@dataclass(slots=True, kw_only=True)
class Joined:
    """What the properties become, filled field by field.

    `keys`: what to write into the front matter. `values`: what to write to Notion, by property
    id. `seen`: what to remember of Notion's values where they are not written. `held`: keys whose
    value in the remembered file stays what it was. `edited`: a person's edit in Notion is among
    `keys`.
    """

    keys: dict[str, Plain] = field(default_factory=dict)
    values: dict[str, Value] = field(default_factory=dict)
    seen: dict[str, Value] = field(default_factory=dict)
    held: list[str] = field(default_factory=list)
    bound: dict[str, str] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    clashes: list[Clash] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)
    again: bool = False
    edited: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sides:
    """A field's values: what both sides showed when they agreed, and show now.

    Those of the file are as they stand there. `known`: whether they ever agreed on the field.
    """

    notion: Value
    notion_base: Value
    git: object
    git_base: object
    known: bool


def join_properties(item: Item, rules: Rules, base_meta: Mapping[str, object]) -> Joined:
    """Merge all properties of an item whose page and file are both there.

    `base_meta`: the front matter that the sides agreed on.
    """
    joined = Joined()
    if item.link is not None and item.link.collection != item.collection.name:
        item = replace(item, link=carried_over(item.source, item.link))
    title = title_property(item.source)
    joined.bound[title.id], joined.kinds[title.id] = TITLE, title.kind
    properties = synced(item.source)
    for prop in properties:
        _bind(joined, item, prop)
    _report_lost(joined, item, {prop.id for prop in properties})
    for prop in (title, *properties):
        if joined.kinds[prop.id] == prop.kind:
            _join(joined, item, rules, prop, base_meta)
    return joined


def carried_over(source: DataSource, link: Link) -> Link:
    """A moved page's link with what was agreed on in its former collection, under the columns of
    the same name and kind in this one; the others count as lost, their values stay in the link."""
    columns = {prop.name: prop for prop in synced(source)}
    columns[TITLE] = title_property(source)
    bound: dict[str, str] = {}
    kinds: dict[str, str] = {}
    values: dict[str, Value] = {}
    for identity, key in link.bound.items():
        prop, kind = columns.get(key), link.kinds.get(identity, "")
        here = prop.id if prop is not None and prop.kind == kind else identity
        bound[here], kinds[here], values[here] = key, kind, link.values.get(identity)
    return replace(link, bound=bound, values=values, kinds=kinds)


def bind_all(source: DataSource) -> tuple[dict[str, str], dict[str, str]]:
    """Keys and kinds of all properties of a data source that files carry, by property id."""
    title = title_property(source)
    bound = {title.id: TITLE}
    for prop in synced(source):
        bound[prop.id] = key_of(prop, bound)
    return bound, {prop.id: prop.kind for prop in (title, *synced(source))}


def _bind(joined: Joined, item: Item, prop: Property) -> None:
    """Bind a property to a key, or keep the key it has; a changed kind holds it."""
    before = _bound_before(item)
    key = before.get(prop.id)
    if key is None or item.link is None:
        joined.bound[prop.id] = key_of(prop, {**before, **joined.bound})
        joined.kinds[prop.id] = prop.kind
        return
    kind = _kind_before(item, prop)
    if kind != prop.kind and not _file_has(item, key):  # the old value was taken away: begin anew
        kind = prop.kind
    joined.bound[prop.id], joined.kinds[prop.id] = key, kind
    if kind != prop.kind:
        detail = (
            f"`{prop.name}` was of the type {kind} and is {prop.kind} now; take `{key}` out of "
            "the file to begin anew, or change the type back."
        )
        joined.troubles.append(Trouble(code="schema_changed", detail=detail))
        joined.seen[prop.id] = item.link.values.get(prop.id)
        joined.held.append(key)


def _report_lost(joined: Joined, item: Item, present: set[str]) -> None:
    """A property that Notion no longer has is held as long as the file has its key."""
    title = title_property(item.source).id
    for identity, key in _bound_before(item).items():
        if identity in present or identity == title or not _file_has(item, key):
            continue
        assert item.link is not None
        joined.bound[identity] = key
        joined.kinds[identity] = item.link.kinds.get(identity, "")
        joined.seen[identity] = item.link.values.get(identity)
        joined.held.append(key)
        detail = f"Notion has no property for `{key}` any more; take it out of the file to end it."
        joined.troubles.append(Trouble(code="schema_changed", detail=detail))


def _bound_before(item: Item) -> Mapping[str, str]:
    return item.link.bound if item.link else {}


def _kind_before(item: Item, prop: Property) -> str:
    return item.link.kinds.get(prop.id, prop.kind) if item.link else prop.kind


def _file_has(item: Item, key: str) -> bool:
    return item.file is not None and key in item.file.meta


def _join(
    joined: Joined, item: Item, rules: Rules, prop: Property, base_meta: Mapping[str, object]
) -> None:
    assert item.page.row is not None
    assert item.file is not None
    key, values = joined.bound[prop.id], item.link.values if item.link else {}
    sides = _Sides(
        notion=item.page.row.values.get(prop.id),
        notion_base=values.get(prop.id),
        git=item.file.meta.get(key),
        git_base=base_meta.get(key),
        # A property that begins anew with another kind has agreed on nothing.
        known=prop.id in values and _kind_before(item, prop) == prop.kind,
    )
    sides = _with_unanswered(sides, item, prop)
    if prop.kind == "title" and empty(sides.git):  # a file does not take a title away
        sides = replace(sides, git=sides.git_base)
        if not empty(sides.notion) and not _files_lead(item):
            joined.keys[key] = to_plain(prop, sides.notion, rules.places)
    joined.seen[prop.id] = sides.notion
    plain = to_plain(prop, sides.notion, rules.places)
    if alike(sides.git, plain):
        return
    if prop.kind == READ_ONLY:
        if not _files_lead(item):
            joined.keys[key] = plain
        return
    _join_writable(joined, rules, prop, sides, item)


def _files_lead(item: Item) -> bool:
    """Whether nothing but a page's id is written into files."""
    return item.collection.direction == "to_notion"


def _with_unanswered(sides: _Sides, item: Item, prop: Property) -> _Sides:
    """The sides of a field in view of a write of ours whose answer never came."""
    pending = item.link.pending if item.link else None
    if pending is None or prop.id not in pending.values:
        return sides
    if item.page.ours:
        return replace(sides, notion_base=sides.notion, known=True)
    if pending.kind == "create" and item.sent is not None:  # somebody changed it since
        return replace(sides, notion_base=pending.values[prop.id], known=True)
    return sides


def _join_writable(joined: Joined, rules: Rules, prop: Property, sides: _Sides, item: Item) -> None:
    key = joined.bound[prop.id]
    plain = to_plain(prop, sides.notion, rules.places)
    by_notion = not same(sides.notion, sides.notion_base)
    by_git = not alike(sides.git, sides.git_base)
    if not sides.known:  # never agreed on: what is set wins over what is not
        by_notion, by_git = not empty(plain), not empty(sides.git)
    if not by_git:
        # Neither changed: at most a related file has another path now. Other differences are
        # Notion's spelling of what we wrote.
        if by_notion or (prop.kind == "relation" and not _files_lead(item)):
            joined.keys[key] = plain
        joined.edited = joined.edited or by_notion
        return
    try:
        wanted = from_plain(prop, sides.git, rules.places, rules.create_options)
    except UnusableValueError as error:
        joined.troubles.append(Trouble(code=error.code, detail=error.detail))
        joined.again = joined.again or error.code == "unresolved_relation"
        _keep_base(joined, prop, sides)
        return
    if prop.kind == "relation" and not _files_lead(item) and _is_moved(wanted, sides.git, rules):
        joined.keys[key] = to_plain(prop, wanted, rules.places)
    if same(wanted, sides.notion):
        return
    if by_notion:
        _settle_clash(joined, rules, prop, sides, wanted, item)
    else:
        joined.values[prop.id] = wanted


def _is_moved(wanted: Value, written: object, rules: Rules) -> bool:
    """Whether a file names another one by the path that it had before it was moved."""
    listed = written if isinstance(written, list) else [written]
    paths = (
        rules.places.path_of.get(page) for page in (wanted if isinstance(wanted, tuple) else ())
    )
    return not {path for path in paths if path} <= {path_in(each) for each in listed}


def _keep_base(joined: Joined, prop: Property, sides: _Sides) -> None:
    """The field waits as it is on each side, and what they last agreed on stays remembered."""
    joined.held.append(joined.bound[prop.id])
    if sides.known:
        joined.seen[prop.id] = sides.notion_base
    else:
        joined.seen.pop(prop.id, None)


def _settle_clash(
    joined: Joined, rules: Rules, prop: Property, sides: _Sides, wanted: Value, item: Item
) -> None:
    key = joined.bound[prop.id]
    plain = to_plain(prop, sides.notion, rules.places)
    clash = Clash(
        field=key, base=as_text(sides.git_base), notion=as_text(plain), git=as_text(sides.git)
    )
    clash, content = decide_clash(clash, rules, item)
    if clash.winner == "merged":
        try:
            wanted = from_plain(prop, as_plain(prop, content), rules.places, rules.create_options)
        except UnusableValueError as error:
            joined.troubles.append(Trouble(code=error.code, detail=error.detail))
            clash = replace(clash, winner=None, by="")
    joined.clashes.append(clash)
    if clash.winner is None:
        _keep_base(joined, prop, sides)
        return
    if clash.winner != "git":
        joined.keys[key] = plain if clash.winner == "notion" else as_plain(prop, content)
        joined.edited = True
    if clash.winner != "notion":
        joined.values[prop.id] = wanted


def decide_clash(clash: Clash, rules: Rules, item: Item) -> tuple[Clash, str]:
    """The clash with its winner, and the text where a person wrote one.

    A choice only counts while both sides still are what the person saw.
    """
    record = item.open.get(clash.field)
    choice = rules.choices.get(record.id) if record else None
    if choice and choice.etag == conflict_etag(clash.base, clash.notion, clash.git):
        return replace(clash, winner=choice.resolution, by="choice"), choice.content
    if rules.policy == "manual":
        return clash, ""
    return replace(clash, winner=rules.policy, by="policy"), ""


def alike(one: object, other: object) -> bool:
    """Whether two values of a front matter mean the same."""
    if empty(one) or empty(other):
        return empty(one) and empty(other)
    if isinstance(one, list) and isinstance(other, list):
        return sorted(map(str, one)) == sorted(map(str, other))
    return one == other and isinstance(one, bool) == isinstance(other, bool)


def as_text(value: object) -> str:
    """A front matter's value for people to read; a list has a line for each member."""
    if isinstance(value, list):
        return "\n".join(str(each) for each in value)
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


def as_plain(prop: Property, text: str) -> Plain:
    """The value that a person wrote as `as_text` shows it; what does not fit stays a text."""
    text = text.strip()
    if not text:
        return None
    if prop.kind in LISTS:
        return [line.strip() for line in text.splitlines() if line.strip()]
    if prop.kind == "checkbox" and text in ("true", "false"):
        return text == "true"
    if prop.kind == "number":
        try:
            return int(text) if text.lstrip("-").isdigit() else float(text)
        except ValueError:
            return text
    return text
