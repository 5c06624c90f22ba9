"""The decision table: what is done about one item, given what both sides show and the base.

| page      | file    | linked before                     | decision                               |
|-----------|---------|-----------------------------------|----------------------------------------|
| live      | there   | any                               | merge (`update`, `link`)               |
| live      | absent  | never                             | `create_file`                          |
| live      | absent  | page changed since, or one-way    | `restore_file`                         |
| live      | absent  | page unchanged                    | `trash_page`                           |
| live      | absent  | both were gone (restored page)    | `restore_file`                         |
| trashed   | there   | file unchanged                    | `delete_file`                          |
| trashed   | there   | file changed, restored or unknown | `restore_page`                         |
| trashed   | absent  | yes                               | `forget` (kept for 30 days)            |
| none      | there   | never                             | `create_page`                          |
| elsewhere | any     | yes                               | `report`: never a delete               |

Edit beats delete. "Changed" means: differs from what that side showed last.
"""

from dataclasses import replace

from shared.ports.notion import Value
from shared.ports.repository import Blob
from shared.sync import file as files
from shared.sync.fields import (
    ID,
    READ_ONLY,
    TITLE,
    UnusableValueError,
    empty,
    from_plain,
    same,
    synced,
    title_property,
)
from shared.sync.link import Link
from shared.sync.merging import base_action, hosted_files, link_of, merge_item
from shared.sync.model import Action, FileWrite, Item, Kind, PageWrite, Rules, Trouble
from shared.sync.properties import bind_all, carried_over
from shared.text.markdown import body_hash, canonical, strip_signed

_ELSEWHERE = {
    "archived": "The page is archived in Notion; take it out of the archive, or delete the file.",
    "unshared": "The page cannot be read: share it with the connection again.",
    "moved_out": "The page was moved out of the synced data sources; move it back, or delete it.",
    "none": "The page was not found in Notion.",
}


def decide(item: Item, rules: Rules) -> Action | None:
    """Decide about one item; None where nothing is left to do, not even to remember.

    An item comes with a `link` unless it is seen for the first time; its link's id is then new.
    """
    if item.file is not None and item.file.fault:
        # Looked at until it is mended: meanwhile its page may change without being seen.
        again = item.link is not None
        return replace(_report(item, "invalid_file", item.file.fault), again=again)
    if item.surplus and item.page.row is not None:
        row = item.page.row
        action = _report(item, "duplicate", "It was made twice; delete it, the older one counts.")
        return replace(action, link=replace(action.link, page_id=row.id, url=row.url))
    if "truncated" in item.page.lossy:
        return _report(item, "too_large", "The page is longer than what Notion gives out.")
    state = item.page.state
    if item.link is not None and item.link.deleted_at is not None:
        if item.file is None and state != "live":
            return None
    elif state == "none" and (item.link is None or item.link.page_id is None):
        return _create_page(item, rules) if item.file is not None else _forget(item)
    if state == "live":
        return _with_page(item, rules)
    if state == "trashed":
        return _with_trashed(item)
    return _report(item, state if state != "none" else "unshared", _ELSEWHERE[state])


def _with_page(item: Item, rules: Rules) -> Action | None:
    link = item.link
    if item.file is not None:
        return merge_item(item, rules)
    if link is None or not link.path or _is_unborn(link):
        if _follows_git(item):
            return _report(item, "one_way", "Only files made in git are synced here.")
        return _create_file(item, rules, Kind.CREATE_FILE, "new in Notion")
    if link.deleted_at is not None:
        return _restore_file(item, rules, "restored in Notion")
    if item.unsure:
        detail = "Its file is gone, or renamed and not readable; mend or delete the unreadable one."
        return replace(_report(item, "invalid_file", detail), again=True)
    if _page_changed(item):
        return _restore_file(item, rules, "deleted in git, changed in Notion")
    if item.collection.direction == "to_git":
        return _restore_file(item, rules, "deleted in git, which follows Notion")
    write = PageWrite(trash=True, before=item.page.body, planned_on=item.page.row)
    action = base_action(item, Kind.TRASH_PAGE, "deleted in git", page=write)
    return replace(action, settled=tuple(sorted(item.open)))


def _is_unborn(link: Link) -> bool:
    """Whether the commit that was to make the file never came about."""
    return link.pending is not None and link.pending.kind == "file"


def _with_trashed(item: Item) -> Action | None:
    link, file = item.link, item.file
    if file is None:
        if link is None or link.deleted_at is not None:
            return None
        return _forget(item)
    changed = _file_changed(item)
    if link is None or link.deleted_at is not None or changed or _follows_git(item):
        reason = "deleted in Notion, changed in git" if changed else "restored in git"
        # The page is merged with the file in the next pass, when it can be read again.
        page = PageWrite(trash=False)
        row = item.page.row
        kept = replace(link_of(item), path=file.path, deleted_at=None, expires_at=None)
        kept = replace(kept, page_id=row.id, url=row.url) if row else kept
        action = base_action(item, Kind.RESTORE_PAGE, reason, page=page, link=kept)
        return replace(action, again=True)
    removal = FileWrite(path=None, old_path=file.path)
    action = base_action(item, Kind.DELETE_FILE, "deleted in Notion", file=removal)
    return replace(action, settled=tuple(sorted(item.open)))


def _forget(item: Item) -> Action:
    action = base_action(item, Kind.FORGET, "gone on both sides")
    return replace(action, settled=tuple(sorted(item.open)))


def _follows_git(item: Item) -> bool:
    return item.collection.direction == "to_notion"


def _page_changed(item: Item) -> bool:
    link, row = item.link, item.page.row
    if link is None or row is None:
        return True
    if body_hash(strip_signed(item.page.body)) != link.notion_seen:
        return True
    if link.collection != item.collection.name:  # moved, too: the same columns have other ids there
        link = carried_over(item.source, link)
    columns = {each.id for each in item.source.properties}  # one that is gone tells of no edit
    values = ((key, value) for key, value in link.values.items() if key in columns)
    return any(not same(row.values.get(key), value) for key, value in values)


def _file_changed(item: Item) -> bool:
    if item.file is None or item.base is None or item.link is None:
        return True
    if item.file.blob.id == item.link.git_seen:
        return False
    now, base = item.file, files.meta_of(item.base.file)
    without_id = {key: value for key, value in now.meta.items() if key != ID}
    base_without_id = {key: value for key, value in base.items() if key != ID}
    same_body = canonical(now.body) == canonical(files.body_of(item.base.file))
    return not same_body or without_id != base_without_id


def _create_file(item: Item, rules: Rules, kind: Kind, reason: str) -> Action:
    row = item.page.row
    assert row is not None
    bound, kinds = bind_all(item.source)
    text = files.new_text(item, bound, rules.places)
    link = replace(
        link_of(item),
        page_id=row.id,
        path=item.path,
        url=row.url,
        git_seen=Blob.of(text.encode()).id,
        notion_seen=body_hash(strip_signed(item.page.body)),
        values={key: row.values.get(key) for key in bound},
        bound=bound,
        kinds=kinds,
        pending=None,
        deleted_at=None,
        expires_at=None,
    )
    if len(text.encode()) > files.MAX_FILE_BYTES:
        return _report(item, "too_large", "The page is larger than a synced file may be (400 KiB).")
    write = FileWrite(path=item.path, text=text)
    action = base_action(item, kind, reason, file=write, link=link)
    return replace(
        action,
        base_file=text,
        page_base=item.page.body,
        editor=row.edited_by,
        troubles=hosted_files(item),
    )


def _restore_file(item: Item, rules: Rules, reason: str) -> Action:
    """Bring the file back as it was, with what changed in Notion since."""
    if item.base is None or not item.base.file:
        return _create_file(item, rules, Kind.RESTORE_FILE, reason)
    old = files.read_file(item.path, Blob.of(item.base.file.encode()), item.base.file.encode())
    # What an unfinished write of ours brought to the page is not in the old file either.
    link = replace(item.link, pending=None) if item.link else None
    merged = merge_item(replace(item, file=old, link=link, sent=None), rules)
    text = merged.file.text if merged and merged.file else item.base.file
    if merged is None:
        kept = replace(link_of(item), path=item.path, deleted_at=None, expires_at=None)
        merged = base_action(item, Kind.RESTORE_FILE, reason, link=kept)
    kept = replace(merged.link, path=item.path, git_seen=Blob.of(text.encode()).id, expires_at=None)
    write = FileWrite(path=item.path, text=text)
    return replace(merged, kind=Kind.RESTORE_FILE, reason=reason, file=write, page=None, link=kept)


def _create_page(item: Item, rules: Rules) -> Action | None:
    file = item.file
    assert file is not None
    if item.collection.direction == "to_git":
        return _report(item, "one_way", "Only pages made in Notion are synced here.")
    values, troubles, unusable = _given(item, rules)
    title = title_property(item.source)
    bound, kinds = bind_all(item.source)
    link = replace(link_of(item), path=file.path, git_seen=file.blob.id, bound=bound, kinds=kinds)
    action = base_action(
        item,
        Kind.CREATE_PAGE,
        "new in git",
        page=PageWrite(values={title.id: files.title_of(file), **values}, body=file.body),
        link=link,
    )
    base = files.changed_text(file.text, dict.fromkeys(unusable))
    numbered = any(prop.kind == READ_ONLY for prop in synced(item.source))
    return replace(
        action,
        base_file=base,
        page_base="",
        with_id=FileWrite(path=file.path, text=file.text, mode=file.blob.mode),
        troubles=tuple(troubles),
        # The page has something to tell the file beside its id.
        again=numbered or bool(unusable) or empty(file.meta.get(TITLE)),
    )


def _given(item: Item, rules: Rules) -> tuple[dict[str, Value], list[Trouble], list[str]]:
    """The properties that a new file gives its page; those of unusable keys wait."""
    assert item.file is not None
    values: dict[str, Value] = {}
    troubles: list[Trouble] = []
    unusable: list[str] = []
    bound, _ = bind_all(item.source)
    for prop in synced(item.source):
        key = bound[prop.id]
        if key not in item.file.meta or prop.kind == READ_ONLY or key == TITLE:
            continue
        try:
            value = from_plain(prop, item.file.meta[key], rules.places, rules.create_options)
        except UnusableValueError as error:
            troubles.append(Trouble(code=error.code, detail=error.detail))
            unusable.append(key)
            continue
        if value is not None:
            values[prop.id] = value
    return values, troubles, unusable


def _report(item: Item, code: str, detail: str) -> Action:
    link = link_of(item)
    path = item.file.path if item.file else link.path
    action = base_action(item, Kind.REPORT, code, link=replace(link, path=path))
    renamed = item.link is not None and path != item.link.path
    return replace(action, troubles=(Trouble(code=code, detail=detail),), stores=renamed)
