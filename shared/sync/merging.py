"""The merge of one item whose page and file are both there: each side's changes to the other."""

from dataclasses import replace
from typing import Final

from shared.ports.repository import Blob
from shared.sync import body as bodies
from shared.sync import file as files
from shared.sync.conflict import conflict_etag
from shared.sync.fields import ID
from shared.sync.link import Base, Link
from shared.sync.model import Action, Clash, FileWrite, Item, Kind, PageWrite, Rules, Trouble
from shared.sync.properties import Joined, decide_clash, join_properties
from shared.text.markdown import body_hash, equivalent, strip_signed

BODY: Final = "body"


def merge_item(item: Item, rules: Rules) -> Action | None:
    """Both are there: carry each side's changes to the other."""
    page, file = item.page, item.file
    assert page.row is not None
    assert file is not None
    if item.link and item.collection.data_source_id != page.row.parent:
        return _move_page(item)
    base = item.base or Base()
    made_with = _made_with(item)
    agreed = base.file if made_with is None else made_with
    joined = join_properties(item, rules, files.meta_of(agreed))
    text = _join_body(item, rules, base)
    clashes = [*joined.clashes, *text.clashes]
    has_id = files.page_id_of(file.meta) == page.row.id
    keys = joined.keys if has_id else {ID: page.row.id, **joined.keys}
    path = item.path or file.path
    new_body = None
    if not equivalent(text.body.git, file.body):
        new_body = bodies.with_bullets_of(text.body.git, file.body)
    ended = not file.body or file.body.endswith("\n")
    if new_body and ended and not new_body.endswith("\n"):
        new_body += "\n"  # Notion's bodies end without
    new_text = files.changed_text(file.text, keys, new_body)
    moved = path != file.path
    write = (
        FileWrite(
            path=path,
            text=new_text,
            mode=file.blob.mode,
            old_path=file.path if moved else None,
        )
        if moved or new_text != file.text
        else None
    )
    page_write = _page_write(item, joined, text)
    held_body = text.body.base if text.body.clashed and not text.settled else None
    action = base_action(
        item,
        Kind.MOVE_FILE if moved else Kind.UPDATE if write or page_write else Kind.LINK,
        "moved in Notion" if moved else "changed" if write or page_write else "equal",
        file=write,
        page=page_write,
        link=_merged_link(item, joined, path, new_text, clashes),
    )
    action = replace(
        action,
        base_file=_base_file(new_text, joined, base, held_body),
        page_base=page.body,
        shift=None if text.settled else text.body.shift,
        agreed=None if text.settled else text.body.agreed,
        clashes=tuple(clash for clash in clashes if _is_news(item, clash)),
        troubles=(*joined.troubles, *hosted_files(item)),
        settled=tuple(sorted(set(item.open) - {clash.field for clash in clashes})),
        again=joined.again,
        editor=page.row.edited_by if joined.edited or new_body is not None else "",
    )
    action = _one_way(item, action)
    action = replace(action, stores=_has_news(item, action))
    return action if action.changes or action.troubles or action.again else None


def _is_news(item: Item, clash: Clash) -> bool:
    """Whether a clash is new, another one than recorded, or decided."""
    record = item.open.get(clash.field)
    etag = conflict_etag(clash.base, clash.notion, clash.git)
    return record is None or clash.winner is not None or record.etag != etag


class _Text:
    """What became of the body, and whether a clash in it was decided."""

    def __init__(self, body: bodies.Joined, clashes: tuple[Clash, ...]) -> None:
        self.body = body
        self.clashes = clashes
        self.settled = all(clash.winner is not None for clash in clashes)


def _join_body(item: Item, rules: Rules, base: Base) -> _Text:
    assert item.file is not None
    record = item.open.get(BODY)
    shown = None
    if record is not None and _is_as_left(item):
        # A choice is about what the record shows, however Notion spelled it since.
        shown = Clash(field=BODY, base=record.base, notion=record.notion, git=record.git)
        if decide_clash(shown, rules, item)[0].winner is None:
            return _still_open(item, base, shown)
    texts = bodies.Bodies(
        base_git=files.body_of(base.file),
        base_notion=strip_signed(base.body),
        git=item.file.body,
        notion=strip_signed(item.page.body),
    )
    sent = files.body_of(item.sent or "")
    if _made_with(item) is not None:
        texts = replace(texts, base_git=sent, base_notion=sent)
    if _our_read_back(item):
        texts = replace(texts, base_git=sent, base_notion=texts.notion)
    joined = bodies.join(texts, None)
    if not joined.clashed and shown is None:
        return _Text(joined, ())
    # The versions as this very merge leaves them, so that the next look finds the same.
    found = Clash(field=BODY, base=joined.base, notion=joined.notion, git=joined.git)
    clash, content = decide_clash(shown or found, rules, item)
    if clash.winner is not None:
        joined = bodies.join(texts, clash.winner, content)
    return _Text(joined, (clash,))


def _made_with(item: Item) -> str | None:
    """The file that a page of ours was made with, whose making was not told of: its base."""
    pending = item.link.pending if item.link else None
    made = pending is not None and pending.kind == "create" and item.base is None
    return item.sent if made else None


def _is_as_left(item: Item) -> bool:
    """Whether neither side's text changed since the last look."""
    link, file = item.link, item.file
    if link is None or file is None or file.blob.id != link.git_seen:
        return False
    return link.pending is None and body_hash(strip_signed(item.page.body)) == link.notion_seen


def _still_open(item: Item, base: Base, clash: Clash) -> _Text:
    assert item.file is not None
    as_it_is = bodies.Joined(
        git=item.file.body,
        notion=strip_signed(item.page.body),
        base=files.body_of(base.file),
        agreed=base.body,
        clashed=True,
    )
    return _Text(as_it_is, (clash,))


def _our_read_back(item: Item) -> bool:
    """Whether what Notion shows is our own write, whose answer we never saw."""
    pending = item.link.pending if item.link else None
    if pending is None or item.sent is None or not item.page.ours:
        return False
    return body_hash(strip_signed(item.page.body)) != pending.notion_seen


def _page_write(item: Item, joined: Joined, text: _Text) -> PageWrite | None:
    now = strip_signed(item.page.body)
    body = None if equivalent(text.body.notion, now) else text.body.notion
    if not joined.values and body is None:
        return None
    return PageWrite(
        values=joined.values,
        body=body,
        before=item.page.body,
        planned_on=item.page.row,
        lossy=bool(item.page.lossy),
    )


def _base_file(text: str, joined: Joined, base: Base, held_body: str | None) -> str:
    """The file to remember: as it will be, but for the fields that are not settled."""
    if not joined.held and held_body is None:
        return text
    before = files.meta_of(base.file)
    kept = {key: before.get(key) for key in joined.held}
    return files.changed_text(text, kept, held_body)


def _merged_link(item: Item, joined: Joined, path: str, text: str, clashes: list[Clash]) -> Link:
    row = item.page.row
    assert row is not None
    return replace(
        link_of(item),
        collection=item.collection.name,
        page_id=row.id,
        path=path,
        url=row.url,
        git_seen=Blob.of(text.encode()).id,
        notion_seen=body_hash(strip_signed(item.page.body)),
        values=dict(joined.seen),
        bound=joined.bound,
        kinds=joined.kinds,
        pending=None,
        deleted_at=None,
        expires_at=None,
        conflicts=tuple(sorted(clash.field for clash in clashes if clash.winner is None)),
    )


def _has_news(item: Item, action: Action) -> bool:
    """Whether there is anything to remember."""
    if action.clashes or action.settled or item.link is None:
        return True
    base = item.base or Base()
    return action.link != item.link or action.base_file != base.file


def _one_way(item: Item, action: Action) -> Action:
    """Keep a collection's direction: what would go the other way is reported and left.

    The base then stays what it was, so that the difference stays a difference.
    """
    direction = item.collection.direction
    if direction == "to_git" and action.page is not None:
        detail = "Only Notion's changes are synced here; the change in git stays in git."
        return _suppressed(item, replace(action, page=None), detail)
    file = action.file
    if direction == "to_notion" and file is not None and item.file is not None:
        only_id = files.changed_text(item.file.text, {ID: action.link.page_id})
        if file.text == only_id or action.kind is Kind.MOVE_FILE:
            return action
        detail = "Only git's changes are synced here; the change in Notion stays in Notion."
        write = replace(file, text=only_id) if only_id != item.file.text else None
        return _suppressed(item, replace(action, file=write), detail)
    return action


def _suppressed(item: Item, action: Action, detail: str) -> Action:
    base, values = item.base or Base(), item.link.values if item.link else {}
    text = action.file.text if action.file else item.file.text if item.file else ""
    link = replace(action.link, values=values, git_seen=Blob.of(text.encode()).id)
    trouble = Trouble(code="one_way", detail=detail)
    return replace(
        action,
        link=link,
        base_file=base.file,
        page_base=base.body,
        shift=None,
        agreed=None,
        troubles=(*action.troubles, trouble),
    )


def _move_page(item: Item) -> Action:
    """The file lies in another collection's folder than its page: the page follows."""
    assert item.file is not None
    link = replace(link_of(item), path=item.file.path)
    write = PageWrite(move_to=item.collection.data_source_id)
    action = base_action(item, Kind.MOVE_PAGE, "moved in git", page=write, link=link)
    return replace(action, again=True)


def hosted_files(item: Item) -> tuple[Trouble, ...]:
    """What to tell of a page with files that Notion hosts: git gets links that end."""
    if not item.page.hosted:
        return ()
    detail = "It shows files that Notion hosts; git has their links without the key, which expires."
    return (Trouble(code="hosted_file", detail=detail),)


def base_action(
    item: Item,
    kind: Kind,
    reason: str,
    *,
    link: Link | None = None,
    file: FileWrite | None = None,
    page: PageWrite | None = None,
) -> Action:
    """An action on an item that remembers the same base as before."""
    base = item.base or Base()
    return Action(
        kind=kind,
        reason=reason,
        collection=item.collection.name,
        link=link or link_of(item),
        before=item.link,
        records=item.open,
        file=file,
        page=page,
        base_file=base.file,
        page_base=base.body,
    )


def link_of(item: Item) -> Link:
    """The item's link, with its page as soon as that is known; a new one has no id yet."""
    link = item.link or Link(id="", collection=item.collection.name)
    row = item.page.row
    return replace(link, page_id=row.id, url=row.url) if row and link.page_id is None else link
