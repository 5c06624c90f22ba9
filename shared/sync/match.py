"""Which page and which file belong together.

A known page id in a file at another path is a rename, two files with one id are a file and a copy
of it, a file without id is a rename if the same content vanished elsewhere. Only at first contact
also names count.
"""

from collections import Counter, defaultdict
from collections.abc import Collection as Some
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from shared.ports.notion import DataSource
from shared.ports.repository import Blob
from shared.sync.conflict import Conflict
from shared.sync.fields import ID
from shared.sync.file import body_of, meta_of, page_id_of, title_of
from shared.sync.link import Base, Link
from shared.sync.model import FileSide, Item, PageSide
from shared.sync.workspace import NEXUS_ID, Collection
from shared.text.slug import file_path, slug

_PLAIN_FILES = (0o100644, 0o100755)


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """What was seen of both sides and of the store, as far as a cycle looked.

    `pages`: by page id. `files`: by path, those that were read. `tree`: all files of the synced
    folders. `links`: by id, with their `bases` and open `conflicts` (by link id, then field).
    `others`: links that only tell where a related page or file is. `sent`: by link id, see `Item`.
    `contact`: collections that meet for the first time.
    """

    collections: tuple[Collection, ...]
    sources: Mapping[str, DataSource]
    pages: Mapping[str, PageSide] = field(default_factory=dict)
    files: Mapping[str, FileSide] = field(default_factory=dict)
    tree: Mapping[str, Blob] = field(default_factory=dict)
    links: Mapping[str, Link] = field(default_factory=dict)
    others: Mapping[str, Link] = field(default_factory=dict)
    bases: Mapping[str, Base] = field(default_factory=dict)
    conflicts: Mapping[str, Mapping[str, Conflict]] = field(default_factory=dict)
    sent: Mapping[str, str] = field(default_factory=dict)
    contact: tuple[str, ...] = ()


def folder_of(collections: Iterable[Collection], path: str) -> Collection | None:
    """The collection whose folder holds a path; the innermost where folders are nested."""
    holding = [each for each in collections if path.startswith(f"{each.folder}/")]
    return max(holding, key=lambda each: len(each.folder), default=None)


def is_synced(collections: Iterable[Collection], path: str, blob: Blob) -> bool:
    """Whether a file of the tree is one that is synced: Markdown, plain, in a folder of ours."""
    if not path.lower().endswith(".md") or blob.mode not in _PLAIN_FILES:
        return False
    return folder_of(collections, path) is not None


def items_of(seen: Observed) -> list[Item]:
    """Pair what was seen; each item comes with the path that a file of it would get."""
    return _Matcher(seen).run()


class _Matcher:
    def __init__(self, seen: Observed) -> None:
        self._seen = seen
        self._taken: set[str] = set(seen.tree)
        self._by_page = {link.page_id: link for link in seen.links.values() if link.page_id}
        self._by_path = {
            link.path: link for link in seen.links.values() if link.path and link.deleted_at is None
        }
        self._free = {
            path: file for path, file in sorted(seen.files.items()) if path not in self._by_path
        }
        self._file_of: dict[str, FileSide] = {}
        self._robbed: set[str] = set()  # links whose path holds another link's file now
        self._pages_named: Counter[tuple[str, str]] = Counter()
        self._files_named: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
        self._half_made = self._pages_of_unanswered_creates()

    def run(self) -> list[Item]:
        self._assign_files_to_links()
        items = [self._linked(link) for _, link in sorted(self._seen.links.items())]
        items += self._adopted()
        items += self._new_pages()
        items += [item for path in sorted(self._free) if (item := self._new_file(path))]
        return [item for item in items if item is not None]

    def _assign_files_to_links(self) -> None:
        for path, owner in self._by_path.items():
            own = self._seen.files.get(path)
            if own is not None and self._is_anothers(own, owner):  # two files swapped names
                self._free[path] = own
                self._robbed.add(owner.id)
            elif own is not None:
                self._file_of[owner.id] = own
        lost = [link for link in self._by_path.values() if self._is_without_file(link)]
        for path, file in list(self._free.items()):
            named = self._by_page.get(page_id_of(file.meta) or "")
            link = named or self._vanished_with(file, lost)
            if link is not None and self._is_without_file(link):
                self._file_of[link.id] = self._free.pop(path)

    def _is_anothers(self, file: FileSide, link: Link) -> bool:
        """Whether the file names the page of another link, which has lost its own file."""
        other = self._by_page.get(page_id_of(file.meta) or "")
        if other is None or other.id == link.id:
            return False
        own = self._seen.files.get(other.path or "")
        if own is None:
            return other.deleted_at is None and other.path not in self._seen.tree
        return page_id_of(own.meta) not in (None, other.page_id)

    def _is_without_file(self, link: Link) -> bool:
        if link.id in self._file_of:
            return False
        if link.deleted_at is not None or link.path not in self._seen.tree:
            return True
        return link.id in self._robbed

    def _vanished_with(self, file: FileSide, lost: Iterable[Link]) -> Link | None:
        """The link whose file, with this very content but for the id, vanished in the same diff."""
        if ID in file.meta or file.fault:
            return None
        for link in lost:
            if self._is_without_file(link) and self._is_content_of(link, file):
                return link
        return None

    def _is_content_of(self, link: Link, file: FileSide) -> bool:
        if link.git_seen == file.blob.id:
            return True
        base = self._seen.bases.get(link.id)
        if base is None or body_of(base.file) != file.body:
            return False
        meta = meta_of(base.file)
        return bool(meta) and {key: meta[key] for key in meta if key != ID} == file.meta

    def _pages_of_unanswered_creates(self) -> dict[str, str]:
        """Link id → page id, of pages that we made without getting to know; the oldest counts."""
        found: dict[str, tuple[str, str]] = {}
        for page_id, page in self._seen.pages.items():
            link = self._seen.links.get(self._nexus_id(page) or "")
            if link is None or link.page_id is not None or page.row is None:
                continue
            this = (page.row.created_at.isoformat(), page_id)
            found[link.id] = min(found.get(link.id, this), this)
        made = {link_id: page_id for link_id, (_, page_id) in found.items()}
        self._by_page.update({page: self._seen.links[link] for link, page in made.items()})
        return made

    def _nexus_id(self, page: PageSide) -> str | None:
        """The link that a page says it was made for."""
        collection = self._collection_of(page.row.parent) if page.row else None
        source = self._seen.sources.get(collection.name) if collection else None
        column = source.property(NEXUS_ID) if source else None
        value = page.row.values.get(column.id) if column and page.row else None
        return value if isinstance(value, str) else None

    def _is_surplus(self, page: PageSide) -> bool:
        """Whether it is a second page for a link, made by us when an answer came too late, or by a
        try whose page was hidden from us; what a person duplicated is a page of its own."""
        named = self._nexus_id(page) or ""
        link = self._seen.links.get(named) or self._seen.others.get(named)
        mine = self._half_made.get(link.id, link.page_id) if link else None
        if link is None or mine is None or page.row is None or mine == page.row.id:
            return False
        return page.ours or link.may_have_made(page.row.created_at)

    def _linked(self, link: Link) -> Item | None:
        page_id = link.page_id or self._half_made.get(link.id) or ""
        page = self._seen.pages.get(page_id, PageSide())
        file = self._file_of.get(link.id)
        collection = self._home(link, page, file)
        if collection is None or collection.name not in self._seen.sources:
            return None
        item = Item(
            collection=collection,
            source=self._seen.sources[collection.name],
            page=self._placed(page),
            file=file,
            link=link,
            base=self._seen.bases.get(link.id),
            sent=self._sent_to(link, page),
            unsure=file is None and any(each.fault for each in self._free.values()),
            open=self._seen.conflicts.get(link.id, {}),
        )
        return replace(item, path=self._path_for(item))

    def _sent_to(self, link: Link, page: PageSide) -> str | None:
        """What the page got, unless it is of an earlier try than the one that is remembered."""
        pending, row = link.pending, page.row
        if pending is not None and pending.kind == "create" and row is not None:
            began = pending.at.replace(second=0, microsecond=0)
            if row.created_at < began:
                return None
        return self._seen.sent.get(link.id)

    def _placed(self, page: PageSide) -> PageSide:
        """A live page that lies in none of our data sources has been moved out."""
        if page.state == "live" and page.row and self._collection_of(page.row.parent) is None:
            return replace(page, state="moved_out")
        return page

    def _home(self, link: Link, page: PageSide, file: FileSide | None) -> Collection | None:
        """Where a link belongs now: where the page was moved to, else where the file was."""
        stays = next((e for e in self._seen.collections if e.name == link.collection), None)
        at_page = self._collection_of(page.row.parent) if page.row else None
        at_file = folder_of(self._seen.collections, file.path) if file else None
        if page.state == "live" and at_page is not None and at_page != stays:
            return at_page
        return at_file if at_file is not None else stays

    def _collection_of(self, data_source_id: str | None) -> Collection | None:
        for each in self._seen.collections:
            if each.data_source_id == data_source_id:
                return each
        return None

    def _path_for(self, item: Item) -> str:
        """The present path where it is in the right folder, else one that is free there."""
        folder = item.collection.folder
        present = item.file.path if item.file else (item.link.path or "") if item.link else ""
        in_place = present and folder_of(self._seen.collections, present) == item.collection
        if in_place and (item.file is not None or present not in self._taken):
            self._taken.add(present)
            return present
        name = PurePosixPath(present).stem if present else self._title(item)
        page_id = item.page.row.id if item.page.row else item.link.id if item.link else ""
        path = file_path(folder, name, page_id, self._taken)
        self._taken.add(path)
        return path

    def _title(self, item: Item) -> str:
        return item.page.row.title if item.page.row else "untitled"

    def _unlinked_pages(self) -> Iterable[tuple[str, PageSide, Collection]]:
        for page_id, page in sorted(self._seen.pages.items()):
            if page_id in self._by_page or page.row is None:
                continue
            collection = self._collection_of(page.row.parent)
            if collection is not None and collection.name in self._seen.sources:
                yield page_id, page, collection

    def _adopted(self) -> list[Item]:
        """Files that name a page of ours which has no link: a restored or a half-made one."""
        found = []
        for page_id, page, collection in self._unlinked_pages():
            path = next((p for p, f in self._free.items() if page_id_of(f.meta) == page_id), None)
            if path is None or page.state not in ("live", "trashed"):
                continue
            item = self._fresh(collection, page, self._free.pop(path))
            self._by_page[page_id] = Link(id="", collection=collection.name)
            found.append(replace(item, path=self._path_for(item)))
        return found

    def _new_pages(self) -> list[Item]:
        found = []
        if self._seen.contact:
            self._count_names()
        for page_id, page, collection in self._unlinked_pages():
            if page.state != "live" or page.row is None:
                continue
            if self._is_surplus(page):
                found.append(replace(self._fresh(collection, page, None), surplus=True))
                continue
            file = None
            if collection.name in self._seen.contact:
                file = self._same_name(collection, page.row.title)
            item = self._fresh(collection, page, file)
            self._by_page[page_id] = Link(id="", collection=collection.name)
            found.append(replace(item, path=self._path_for(item)))
        return found

    def _count_names(self) -> None:
        """What goes by which name, once for all: names are compared for every page."""
        for _, page, home in self._unlinked_pages():
            if page.row is not None:
                self._pages_named[home.name, slug(page.row.title)] += 1
        for path, file in self._free.items():
            holder = folder_of(self._seen.collections, path)
            if holder is not None and not page_id_of(file.meta):
                for name in {PurePosixPath(path).stem.lower(), slug(title_of(file))}:
                    self._files_named[holder.name, name].append(path)

    def _same_name(self, collection: Collection, title: str) -> FileSide | None:
        """The only file without id whose name or title is the page's, if the page is the only one
        of this name, too."""
        name = (collection.name, slug(title))
        paths = [path for path in self._files_named[name] if path in self._free]
        return self._free.pop(paths[0]) if len(paths) == self._pages_named[name] == 1 else None

    def _new_file(self, path: str) -> Item | None:
        collection = folder_of(self._seen.collections, path)
        if collection is None or collection.name not in self._seen.sources:
            return None
        return replace(self._fresh(collection, PageSide(), self._free[path]), path=path)

    def _fresh(self, collection: Collection, page: PageSide, file: FileSide | None) -> Item:
        return Item(
            collection=collection,
            source=self._seen.sources[collection.name],
            page=page,
            file=file,
        )


def taken_paths(items: Some[Item]) -> dict[str, str]:
    """Page id → path, of items that have both."""
    return {item.page.row.id: item.path for item in items if item.page.row and item.path}
