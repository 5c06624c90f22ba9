"""Puts pages on the synced branch: each batch is one commit on top of what was read.

Before the push it is stored what is about to be written, so that a worker that dies behind it
leaves no doubt which part of a page is ours.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from shared.errors import StaleWrite
from shared.ports.repository import Blob, Change, CommitOrder
from shared.services.docs_pages import Before, Built
from shared.services.docs_reading import contents_of
from shared.services.docs_store import DocsStore, Record
from shared.services.page_files import PageFiles, Tip
from shared.sync.commit import US
from shared.text import frontmatter
from shared.text.frontmatter import FrontMatterError

TRAILER: Final = "Nexus-Docs"
"""The trailer of our own commits; its value is a digest of what they hold."""
_TRIES: Final = 6
_UNREADABLE: Final = "The file of its page cannot be read; it stays as it is."


@dataclass(frozen=True, slots=True, kw_only=True)
class PageDraft:
    """A page to be written. `key`: its source's path. `page`: its file's.

    `make`: from what was there to what becomes of it. `blob`: the source's content that it tells
    about, "" where that is not on the branch, None where the source must be gone. `was`: key and
    file before a rename.
    """

    key: str
    page: str
    make: Callable[[Before], Built]
    blob: str | None = ""
    was: tuple[str, str] | None = None

    @property
    def old_key(self) -> str:
        """Under what the page is known."""
        return self.was[0] if self.was else self.key

    @property
    def old_page(self) -> str:
        """Where the page is."""
        return self.was[1] if self.was else self.page


class PageCommitter:
    """Writes drafts. `now`: the time for commits.

    `commits`: those that were made. `outrun`: some source was changed meanwhile by somebody.
    """

    def __init__(self, files: PageFiles, docs: DocsStore, now: Callable[[], datetime]) -> None:
        self.commits: list[str] = []
        self.outrun = False
        self._files = files
        self._docs = docs
        self._now = now

    def write(
        self, drafts: Sequence[PageDraft], told: Callable[[Mapping[str, Built]], None]
    ) -> dict[str, Built]:
        """Write pages in one commit, or in none where nothing differs; what became of each.

        `told` is called with the same before anything is written. Pages whose source is another
        one on the branch by now are left out: they are the next round's.

        Raises:
            StaleWrite: the branch moves all the time.
            NexusError: as the repository and the store do.
        """
        for _ in range(_TRIES):
            tip = self._files.tip()
            live = [each for each in drafts if _is_current(each, tip)]
            self.outrun |= len(live) < len(drafts)
            built, changes = self._built(live, tip)
            told(built)
            try:
                self._push(tip, built, changes)
            except StaleWrite:
                continue
            done = {key: each.record for key, each in built.items() if each.record}
            self._docs.end(done)
            stale = {each.old_key for each in live} | {each.key for each in live}
            self._docs.forget(sorted(stale - set(done) - _untold(built)))
            return built
        raise StaleWrite(f"The branch {self._files.branch} moves all the time; try again.")

    def _push(self, tip: Tip, built: Mapping[str, Built], changes: Sequence[Change]) -> None:
        if not changes:
            return
        begun = {key: each.record for key, each in built.items() if each.record}
        self._docs.begin(begun, {key: built[key].body for key in begun})
        order = CommitOrder(
            message=_message(changes),
            author=US,
            at=self._now().replace(microsecond=0),
            changes=tuple(changes),
        )
        sha = self._files.repository.push(self._files.branch, tip.commit, order)
        if sha != tip.commit:
            self.commits.append(sha)

    def _built(
        self, drafts: Sequence[PageDraft], tip: Tip
    ) -> tuple[dict[str, Built], list[Change]]:
        blobs = {
            each.old_page: tip.files[each.old_page] for each in drafts if each.old_page in tip.files
        }
        texts = _texts(contents_of(self._files.repository, blobs), blobs)
        bodies = {each.old_key: _body(texts.get(each.old_page)) for each in drafts}
        records = self._docs.records([each.old_key for each in drafts], bodies)
        built: dict[str, Built] = {}
        changes: list[Change] = []
        for each in drafts:
            if each.old_page in blobs and texts[each.old_page] is None:
                built[each.key] = Built(action="unchanged", text=None, warning=_UNREADABLE)
                continue
            before = _before(each, texts.get(each.old_page), records.get(each.old_key))
            built[each.key] = each.make(before)
            changes += _changes(each, before, built[each.key], tip)
        return built, changes


def _is_current(draft: PageDraft, tip: Tip) -> bool:
    source = tip.files.get(draft.key)
    return draft.blob == "" or draft.blob == (source.id if source else None)


def _before(draft: PageDraft, text: str | None, record: Record | None) -> Before:
    if draft.was is None:
        return Before(text=text, record=record)
    # Behind a rename all links would name a file that is not there any more.
    moved = Record(
        body=record.body, known={}, kept=record.kept, summaries=record.summaries
    ) if record else None  # fmt: skip
    return Before(text=text, record=moved, title=draft.was[0])


def _changes(draft: PageDraft, before: Before, built: Built, tip: Tip) -> Iterable[Change]:
    moved = draft.was is not None and before.text is not None
    mode = tip.files.get(draft.old_page, Blob(id="")).mode
    if moved and draft.old_page != draft.page:
        yield Change(path=draft.old_page, content=None)
    if built.text is None:
        if before.text is not None:
            yield Change(path=draft.page, content=None)
    elif built.text != before.text or moved:
        content = built.text.encode("utf-8", "surrogatepass")
        yield Change(path=draft.page, content=content, mode=mode)


def _texts(contents: Mapping[str, bytes], pages: Iterable[str]) -> dict[str, str | None]:
    """The texts of pages; None for those that are no text, or too large to be read."""
    found: dict[str, str | None] = {}
    for page in pages:
        try:
            found[page] = contents[page].decode("utf-8") if page in contents else None
        except UnicodeDecodeError:
            found[page] = None
    return found


def _body(text: str | None) -> str | None:
    try:
        return None if text is None else frontmatter.parse(text).body
    except FrontMatterError:
        return None


def _untold(built: Mapping[str, Built]) -> set[str]:
    """Pages that stay as they are because they cannot be read: what is known of them stays."""
    return {key for key, each in built.items() if each.warning and each.action == "unchanged"}


def _message(changes: Sequence[Change]) -> str:
    told = "\0".join(f"{each.path}\0{Blob.of(each.content or b'').id}" for each in changes)
    digest = hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    what = changes[0].path if len(changes) == 1 else f"{len(changes)} pages"
    return f"Document the code: {what}\n\n{TRAILER}: {digest}\n"
