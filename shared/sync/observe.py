"""Looking at both sides and at the store: first what changed at all, then all that concerns it."""

from collections.abc import Callable, Iterable, Mapping
from collections.abc import Collection as Some
from dataclasses import replace
from datetime import datetime
from typing import Final

from shared.errors import NotFound, RateLimited, UpstreamRejected
from shared.ports.notion import DataSource, NotionWorkspace, Row
from shared.ports.repository import Blob, Refs, Repository
from shared.sync.fields import same
from shared.sync.file import page_id_of, read_file
from shared.sync.glance import Glance, Look, in_order
from shared.sync.link import Link
from shared.sync.listing import Listing, list_rows
from shared.sync.match import Observed, is_synced
from shared.sync.model import FileSide, PageSide
from shared.sync.page_reader import PageReader
from shared.sync.plan import related_pages, related_paths
from shared.sync.report import WATCHED, Hints
from shared.sync.state import Seen, SyncState
from shared.sync.store import Stored, SyncStore
from shared.sync.workspace import NEXUS_ID, Workspace
from shared.text.markdown import body_hash, strip_signed

_SWEEP: Final = 5
_READ_AT_ONCE: Final = 1000


class Observer:
    """Looks on behalf of one run. Raises what its ports raise, but for single unreadable pages.

    `heads`: where branches were at the last look.
    """

    def __init__(
        self,
        workspace: Workspace,
        notion: NotionWorkspace,
        repository: Repository,
        store: SyncStore,
        now: Callable[[], datetime],
    ) -> None:
        self._workspace = workspace
        self._notion = notion
        self._repository = repository
        self._store = store
        self._now = now
        self._reader = PageReader(workspace, notion)
        self._sources: dict[str, DataSource] = {}
        self.heads: Mapping[str, str] | None = None

    @property
    def folders(self) -> tuple[str, ...]:
        """The synced folders."""
        return tuple(each.folder for each in self._workspace.collections)

    def glance(self, state: SyncState, hints: Hints, skip: Some[str] = ()) -> Glance:
        """One query for each data source, one request for the branch; more only on a change.

        `skip`: pages that this very run has just written; the next cycle looks at them.
        """
        listings, lost = self._list(state, hints)
        touched = {page for each in listings.values() for page in each.touched} - set(skip)
        gone = {page for each in listings.values() for page in each.gone}
        refs = self._refs()
        branch = self._branch
        tip = refs.heads.get(branch)
        missing = tip is None and bool(state.tip or state.pushed or refs.heads)
        glance = Glance(
            listings=listings,
            lost=tuple(lost),
            tip=tip,
            missing=missing,
            pages=frozenset({*touched, *gone, *hints.pages}),
            all_links=any(each.unknown_since_full for each in listings.values()),
        )
        return self._with_files(glance, state)

    @property
    def _branch(self) -> str:
        return self._workspace.repository.branch if self._workspace.repository else ""

    def _refs(self) -> Refs:
        refs = self._repository.refs([self._branch, *WATCHED])
        self.heads = refs.heads
        return refs if self._branch in refs.heads else self._repository.refs()

    def _list(self, state: SyncState, hints: Hints) -> tuple[dict[str, Listing], list[str]]:
        listings, lost = {}, []
        for each in self._workspace.collections:
            before = state.seen.get(each.name, Seen())
            try:
                listings[each.name] = list_rows(
                    self._notion, each.data_source_id, before, self._now(), hints.full
                )
            except NotFound:
                lost.append(each.name)
        return listings, lost

    def _with_files(self, glance: Glance, state: SyncState) -> Glance:
        # Put back behind our own commit: what that made is in neither of the trees compared here.
        moved = state.pushed not in (None, glance.tip)
        if glance.missing or glance.tip is None or (glance.tip == state.tip and not moved):
            return glance
        tree = self._tree(glance.tip)
        try:
            before = self._tree(state.tip) if state.tip else None
        except (NotFound, UpstreamRejected):  # a force-push, and the host forgot the old commit
            before = None
        if before is None:
            changed = frozenset(tree)
            all_links = state.tip is not None or moved
            return replace(glance, tree=tree, paths=changed, all_links=all_links)
        changed = frozenset(p for p in tree.keys() | before.keys() if tree.get(p) != before.get(p))
        return replace(glance, tree=tree, paths=changed, all_links=glance.all_links or moved)

    def _tree(self, commit: str) -> dict[str, Blob]:
        files = self._repository.snapshot(commit, self.folders).files
        kept = self._workspace.collections
        return {path: blob for path, blob in files.items() if is_synced(kept, path, blob)}

    def look(self, state: SyncState, glance: Glance, hints: Hints) -> Look:
        """Read all that concerns what changed: links, bases, pages with bodies, files."""
        if not state.retry and not hints.links and glance.only_settles:
            glance, limited = self._without_unchanged(glance)
            if not glance.pages:
                seen = Observed(collections=self._workspace.collections, sources={})
                return Look(seen=seen, stored={}, limited=limited)
        tree = dict(glance.tree or {})
        if glance.tree is None and glance.tip is not None:
            tree = self._tree(glance.tip)
        stored, glance = self._links(state, glance, hints)
        settled = {
            key: each
            for key, each in stored.items()
            if _is_settled(each.link, tree, glance, {*state.retry, *hints.links})
        }
        stored = {key: each for key, each in stored.items() if key not in settled}
        self._load_sources(glance)
        # A file that cannot be read may be any link's under another name, until it is mended.
        unreadable = {p.path for p in state.problems if p.code == "invalid_file" and p.path}
        paths = {*glance.paths, *unreadable} - {each.link.path for each in settled.values()}
        files = self._files(tree, paths, stored)
        naming = {path: page for path, f in files.items() if (page := page_id_of(f.meta))}
        named = set(naming.values())
        stored.update(self._store.links_of(pages=named - _page_ids(stored)))
        files.update(self._files(tree, (), stored, known=files))
        wanted = in_order({*glance.pages, *_page_ids(stored), *named}, glance)
        sides, limited = self._pages(glance, wanted)
        linked, made_for = _page_ids(stored), self._made_for(sides)
        named_links = {link for page, link in made_for.items() if page not in linked}
        stored.update(self._store.links_of(ids=named_links - stored.keys()))
        if limited is None:
            limited = self._reader.look_who_edited(sides, _unfinished(stored, made_for))
        links = {key: each.link for key, each in stored.items() if _is_read(each.link, sides)}
        waiting = _waiting(files, stored, sides)
        seen = Observed(
            collections=self._workspace.collections,
            sources=self._sources,
            pages=sides,
            files={path: file for path, file in files.items() if path not in waiting},
            tree=tree,
            links=links,
            others={key: each.link for key, each in stored.items() if key not in links},
            bases=self._store.bases(links),
            conflicts=self._store.conflicts(links.values()),
            sent=self._sent(links.values()),
            contact=state.contact,
        )
        return Look(
            seen=self._with_related(seen),
            stored=stored,
            named=naming,
            settled=frozenset(each.link.path for each in settled.values() if each.link.path),
            left_pages=frozenset(page for page in glance.pages if page not in sides),
            left_paths=waiting,
            limited=limited,
        )

    def _without_unchanged(self, glance: Glance) -> tuple[Glance, RateLimited | None]:
        """The glance without the pages that only may have changed and have not: that costs one
        body each, and no schemas."""
        links = {each.link.page_id: each.link for each in self._known(glance.pages)}
        rows = {key: row for each in glance.listings.values() for key, row in each.rows.items()}
        changed = set(glance.pages)
        for page_id in in_order(set(glance.pages), glance):
            link = links.get(page_id)
            if link is None or not _shows_what_it_did(rows[page_id], link):
                continue
            try:
                body = strip_signed(self._notion.body(page_id).markdown)
            except NotFound:
                continue
            except RateLimited as error:
                return replace(glance, pages=frozenset(changed)), error
            if body_hash(body) == link.notion_seen:
                changed.discard(page_id)
        return replace(glance, pages=frozenset(changed)), None

    def _known(self, pages: Iterable[str]) -> Iterable[Stored]:
        return self._store.links_of(pages=pages).values()

    def _links(
        self, state: SyncState, glance: Glance, hints: Hints
    ) -> tuple[dict[str, Stored], Glance]:
        """The links that this concerns, and the glance with pages that only they tell of."""
        ids = {*state.retry, *hints.links}
        if not glance.all_links:
            found = self._store.links_of(ids=ids, pages=glance.pages, paths=glance.paths)
            return found, glance
        found = self._store.all_links()
        glance = replace(glance, pages=glance.pages | self._changed_ids(glance, found))
        concerned = {
            key: each
            for key, each in found.items()
            if key in ids
            or each.link.page_id in glance.pages
            or each.link.path in glance.paths
            or _differs(each.link, glance)
        }
        return concerned, glance

    def _changed_ids(self, glance: Glance, found: Mapping[str, Stored]) -> set[str]:
        """Pages that a complete listing shows and no link has, and the other way round."""
        linked = _page_ids(found)
        changed: set[str] = set()
        for name, listing in glance.listings.items():
            if listing.ids is None or not listing.unknown_since_full:
                continue
            of_it = {s.link.page_id for s in found.values() if s.link.collection == name}
            changed |= (listing.ids - linked) | ({p for p in of_it if p} - listing.ids)
        return changed

    def _made_for(self, sides: Mapping[str, PageSide]) -> dict[str, str]:
        """Page id → the link that the page says it was made for."""
        columns = {each.property(NEXUS_ID) for each in self._sources.values()}
        ids = {column.id for column in columns if column is not None}
        return {
            page_id: str(value)
            for page_id, side in sides.items()
            if side.row is not None
            for key, value in side.row.values.items()
            if key in ids and value
        }

    def _load_sources(self, glance: Glance) -> None:
        for each in self._workspace.collections:
            if each.name not in self._sources and each.name not in glance.lost:
                self._sources[each.name] = self._ours(each.data_source_id)

    def _ours(self, data_source_id: str) -> DataSource:
        """A data source, in which a two-way relation with one that is not synced is a plain one."""
        source = self._notion.data_source(data_source_id)
        ours = {each.data_source_id for each in self._workspace.collections}
        columns = (p if p.target in ours else replace(p, synced=None) for p in source.properties)
        return replace(source, properties=tuple(columns))

    def _files(
        self,
        tree: Mapping[str, Blob],
        paths: Iterable[str],
        stored: Mapping[str, Stored],
        known: Mapping[str, FileSide] | None = None,
    ) -> dict[str, FileSide]:
        of_links = {each.link.path for each in stored.values() if each.link.path}
        wanted = {path for path in {*paths, *of_links} if path in tree} - set(known or {})
        contents: dict[str, bytes] = {}
        blobs = sorted({tree[path].id for path in wanted})
        for start in range(0, len(blobs), _READ_AT_ONCE):
            contents.update(self._repository.read(blobs[start : start + _READ_AT_ONCE]))
        return {path: read_file(path, tree[path], contents[tree[path].id]) for path in wanted}

    def _sent(self, links: Iterable[Link]) -> dict[str, str]:
        """The files that unfinished writes were sending, as far as the repository has them."""
        wanted = {
            link.id: link.pending.git_seen
            for link in links
            if link.pending is not None
            and link.pending.kind in ("create", "body")
            and link.pending.git_seen
        }
        if not wanted:
            return {}
        try:
            contents = self._repository.read(sorted(set(wanted.values())))
        except NotFound:  # a force-push took them away: then it counts as anybody's edit
            return {}
        texts = {blob: content.decode("utf-8", "replace") for blob, content in contents.items()}
        return {link_id: texts[blob] for link_id, blob in wanted.items()}

    def _pages(
        self, glance: Glance, wanted: Iterable[str]
    ) -> tuple[dict[str, PageSide], RateLimited | None]:
        rows = {key: row for each in glance.listings.values() for key, row in each.rows.items()}
        return self._reader.read(wanted, rows)

    def _with_related(self, seen: Observed) -> Observed:
        known = {each.page_id for each in seen.links.values()}
        paths = {each.path for each in seen.links.values()}
        pages = related_pages(seen) - {each for each in known if each}
        others = self._store.links_of(pages=pages, paths=related_paths(seen) - paths)
        found = {key: each.link for key, each in others.items() if key not in seen.links}
        return replace(seen, others={**seen.others, **found})

    def sweep(self, after: str) -> tuple[tuple[str, ...], str]:
        """A few links whose bodies are compared although nothing tells of a change."""
        return self._store.some_links(after, _SWEEP)


def _page_ids(stored: Mapping[str, Stored]) -> set[str]:
    return {each.link.page_id for each in stored.values() if each.link.page_id}


def _shows_what_it_did(row: Row, link: Link) -> bool:
    """Whether a page's properties are what they were; a relation's target may come and go."""
    values = ((key, value) for key, value in link.values.items() if key in row.values)
    return all(same(row.values[key], value) for key, value in values)


def _unfinished(stored: Mapping[str, Stored], made_for: Mapping[str, str]) -> set[str]:
    """The pages to which a write of ours was begun whose end we do not know."""
    begun = {key: each.link for key, each in stored.items() if each.link.pending is not None}
    half_made = {page for page, link in made_for.items() if link in begun}
    return half_made | {link.page_id for link in begun.values() if link.page_id}


def _differs(link: Link, glance: Glance) -> bool:
    """Whether the tree shows something else for a link than it did when it was dealt with."""
    if glance.tree is None or link.deleted_at is not None:
        return False
    blob = glance.tree.get(link.path or "")
    return (blob.id if blob else "") != link.git_seen


def _is_settled(link: Link, tree: Mapping[str, Blob], glance: Glance, wanted: set[str]) -> bool:
    """Whether a link's file, although the tip moved on, is what it was when it was dealt with."""
    blob = tree.get(link.path or "")
    return (
        blob is not None
        and blob.id == link.git_seen
        and link.deleted_at is None
        and link.pending is None
        and link.page_id not in glance.pages
        and link.id not in wanted
        and _may_be_there(link, glance)
    )


def _may_be_there(link: Link, glance: Glance) -> bool:
    """Whether the page is among the rows, as far as all of them are known."""
    listing = glance.listings.get(link.collection)
    return listing is None or listing.ids is None or link.page_id in listing.ids


def _is_read(link: Link, sides: Mapping[str, PageSide]) -> bool:
    return link.page_id is None or link.page_id in sides


def _waiting(
    files: Mapping[str, FileSide], stored: Mapping[str, Stored], sides: Mapping[str, PageSide]
) -> frozenset[str]:
    """Paths of files, and of links, whose page is not read in this pass: they wait with it."""
    owners = {each.link.path: each.link for each in stored.values()}
    waiting = {link.path for link in owners.values() if link.path and not _is_read(link, sides)}
    for path, file in files.items():
        named, owner = page_id_of(file.meta), owners.get(path)
        if (named is not None and named not in sides) or (owner and not _is_read(owner, sides)):
            waiting.add(path)
    return frozenset(waiting)
