"""What must hold when the faults are over and the engine has come to rest."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import yaml

from dev.fakes.notion_markdown import rewrite_markdown
from dev.fakes.notion_tables import FakePage
from shared.ports.state import Query
from shared.sync.conflict import Conflict, read_conflict
from shared.sync.link import Link, read_link
from shared.sync.packing import unpack
from shared.text.markdown import equivalent
from tests.simulation.git_person import BRANCH, FOLDERS
from tests.simulation.texts import split_file, without_paths, words_in
from tests.simulation.world import WID, OracleFailure, World

_UNSET: Final[tuple[object, ...]] = (None, "", False, [], ())
_FIELDS: Final = ("Status", "Note", "Points", "Done", "Due", "Labels", "Docs")
_MARKERS: Final = ("<<<<<<<", ">>>>>>>")


def check_end(world: World, *, resolved: bool) -> None:
    """All rules of a history's end. `resolved`: no conflict may be left open.

    Raises:
        OracleFailure: names the rule.
    """
    check_pairs(world)
    check_equal(world, resolved=resolved)
    check_conservation(world)
    check_edits_beat_deletes(world)
    check_no_word_twice(world)
    check_removed_stays_removed(world)
    check_creations(world)
    check_comments(world)


def documents(world: World, collection: str) -> list[Mapping[str, Any]]:
    """The documents of a workspace's collection."""
    found = world.store.query(Query(collection=f"workspaces/{WID}/{collection}", limit=500))
    return [document.data for document in found]


def conflicts(world: World) -> list[Conflict]:
    """All records of conflicts, open or not."""
    return [read_conflict(data) for data in documents(world, "conflicts")]


def check_pairs(world: World) -> None:
    """Each page has one file in its collection's folder, and each file one page."""
    pages = {page.id: _folder(world, page) for page in _pages(world)}
    files = {path: str(_front(text).get("id")) for path, text in world.git.files().items()}
    for path, identity in files.items():
        _require(identity in pages, f"the file {path} has no page ({identity})")
        _require(path.startswith(f"{pages[identity]}/"), f"{path} is in the wrong folder")
    per_page = Counter(files.values())
    for page, folder in pages.items():
        _require(per_page[page] == 1, f"page {page} has {per_page[page]} files in {folder}")


def _pages(world: World) -> list[FakePage]:
    """The pages that people see, but for those that are reported as made twice."""
    twice = {each.page_url for each in world.state().problems if each.code == "duplicate"}
    pages = world.people.pages().values()
    return [page for page in pages if world.notion.tables.row(page).url not in twice]


def check_equal(world: World, *, resolved: bool) -> None:
    """Page and file of each link say the same, except in what is reported or in conflict."""
    paths = {str(_front(text).get("id")): path for path, text in world.git.files().items()}
    links = [read_link(data) for data in documents(world, "links")]
    waiting = {(each.page_id, each.field) for each in conflicts(world) if each.state == "open"}
    if resolved:
        _require(not waiting, f"still in conflict: {sorted(waiting)}")
    reported = {problem.subject for problem in world.state().problems}
    for page in _pages(world):
        if page.id not in paths:  # a second page, which `check_pairs` has seen reported
            continue
        path = paths[page.id]
        text = world.git.files()[path]
        link = next((link for link in links if link.page_id == page.id), None)
        _require(link is not None, f"page {page.id} has no link")
        differing = set(_differences(world, page, text, paths))
        excused = {field for identity, field in waiting if identity == page.id}
        if link and link.id in reported:
            excused |= _reported_fields(world, link)
        left = sorted(differing - excused)
        _require(not left, f"{path} and page {page.id} differ in {', '.join(left)}")
        _check_markers(text + page.markdown)


def _differences(
    world: World, page: FakePage, text: str, paths: Mapping[str, str]
) -> Iterator[str]:
    front, shown = _front(text), _shown(world, page, paths)
    for key in shown:
        one, other = _plain(front.get(key)), _plain(shown.get(key))
        if one != other and not (one in _UNSET and other in _UNSET):
            yield key
    # What Notion makes of the Markdown that it is given is no difference.
    if not equivalent(rewrite_markdown(split_file(text)[1]), page.markdown):
        yield "body"


def _shown(world: World, page: FakePage, paths: Mapping[str, str]) -> dict[str, Any]:
    row = world.notion.tables.row(page)
    assert page.source is not None
    columns = world.notion.tables.sources[page.source].columns
    values: dict[str, Any] = {columns[key].name: value for key, value in row.values.items()}
    if "Docs" in values:
        values["Docs"] = [paths.get(each, each) for each in values["Docs"]]
    shown = {key: value for key, value in values.items() if key in _FIELDS}
    return {**shown, "title": row.title}


def _plain(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return sorted(str(each) for each in value)
    return value if value in _UNSET else str(value)


def _reported_fields(world: World, link: Link) -> set[str]:
    """Fields that need not be equal because the report names the trouble."""
    codes = {each.code for each in world.state().problems if each.subject == link.id}
    return {"Docs"} if "unresolved_relation" in codes else set()


def check_conservation(world: World) -> None:
    """Every word that a person wrote is somewhere, or a person took it away."""
    ledger = world.ledger
    gone = set(ledger.written) - ledger.removed - ledger.dropped - ledger.excused
    for words in _places(world):
        gone -= words
        if not gone:
            return
    sides = {word: ledger.written[word] for word in sorted(gone)}
    raise OracleFailure(f"words are lost: {sides}")


def _places(world: World) -> Iterator[frozenset[str]]:
    """Where words may be: in Notion and its trash, in the tree, in records, in the history."""
    for page in world.notion.tables.pages:
        yield world.people.words_of(page)
    for text in world.git.files().values():
        yield words_in(text)
    for data in documents(world, "conflicts"):
        for value in data.values():
            yield words_in(unpack(value) if isinstance(value, bytes) else str(value))
    for commit in world.repository.commits(BRANCH, None, 500) if _has_branch(world) else ():
        files = world.repository.snapshot(commit.sha).files
        blobs = [files[path].id for path in commit.paths if path in files]
        for content in world.repository.read(blobs).values():
            yield words_in(content.decode())
    for name in ("preimages", "images", "kept", "trash"):
        for data in documents(world, name):
            for value in data.values():
                yield words_in(unpack(value) if isinstance(value, bytes) else str(value))


def check_edits_beat_deletes(world: World) -> None:
    """What nobody could see when a text was deleted is still to be seen.

    Keys of a file that Notion does not know cannot be seen there.
    """
    ledger = world.ledger
    hidden = ledger.removed | ledger.dropped | ledger.excused | ledger.gone | ledger.only_in_git
    live = frozenset().union(
        *(world.people.words_of(page) for page in world.people.pages()),
        *(words_in(text) for text in world.git.files().values()),
        *(words_in(f"{each.notion}\n{each.git}") for each in conflicts(world)),
    )
    deleted = sorted(set(ledger.written) - hidden - live)
    _require(not deleted, f"words that nobody saw were deleted: {deleted}")


def check_no_word_twice(world: World) -> None:
    """No text shows up a second time on a side, unless a person doubled it."""
    pages = [_page_text(page) for page in _pages(world)]
    files = [without_paths(text) for text in world.git.files().values()]
    disputed = frozenset().union(
        *(words_in(f"{each.notion}\n{each.git}") for each in conflicts(world))
    )
    for side, texts in (("Notion", pages), ("git", files)):
        holders = Counter(word for text in texts for word in words_in(text))
        for word, count in sorted(holders.items()):
            if word not in world.ledger.revived:
                _require(count == 1, f"{word} stands in {count} texts of {side}")
        for text in texts:
            for word in sorted(words_in(text) - disputed):
                count = len(re.findall(rf"(?<![^\W_]){word}(?![^\W_])", text))
                _require(count == 1, f"{word} stands {count} times in a text of {side}")


def check_removed_stays_removed(world: World) -> None:
    """What a person took out of a text does not come back, where nothing clashed."""
    if world.openings or conflicts(world):
        return
    ledger = world.ledger
    away = ledger.removed - ledger.revived - ledger.excused
    live = "\n".join([*map(_page_text, _pages(world)), *world.git.files().values()])
    back = sorted(words_in(live) & away)
    _require(not back, f"words came back after a person took them away: {back}")


def check_chosen(world: World, chosen: Sequence[tuple[str, str]]) -> None:
    """Where people decided a conflict, both sides have what they chose."""
    for identity, text in chosen:
        page = world.people.pages().get(identity)
        if page is not None:
            missing = sorted(words_in(text) - words_in(_page_text(page)))
            _require(not missing, f"a choice was not carried out on page {identity}: {missing}")


def check_creations(world: World) -> None:
    """For each link one page was made, however often a run died.

    A page that a person trashed before its link was known cannot be found any more. One that was
    archived or not shared when the next was made could not be found either: of these all but one
    are reported.
    """
    twice = {each.page_url for each in world.state().problems if each.code == "duplicate"}
    pages, bot = world.notion.tables.pages, world.notion.bot.id
    for identity, made in sorted(world.creations.items()):
        kept = [each for each in made if not pages[each].in_trash or pages[each].edited_by == bot]
        if identity in world.answered_late and world.clock.jumped:
            continue  # it came within its minute, but the minute that was waited was none
        if identity in world.made_unseen:
            rows = {each: world.notion.tables.row(pages[each]) for each in kept}
            kept = [each for each in kept if rows[each].url not in twice]
        _require(len(kept) < 2, f"{len(kept)} pages were made for link {identity}")


def check_comments(world: World) -> None:
    """A conflict has one comment on its page for each time that it was opened."""
    openings = Counter(identity for identity, _ in world.openings)
    wanted: Counter[str] = Counter()
    unsure: set[str] = set()
    for each in conflicts(world):
        decided = each.resolved_by == "policy" and world.workspace.policy == "manual"
        _require(not decided, f"the conflict of {each.field} was decided by nobody")
        wanted[each.page_id] += openings[each.id]
        if each.state == "resolved":  # it may have ended before its comment was made
            unsure.add(each.page_id)
    for page in _pages(world):
        made = sum(comment.by == world.notion.bot.id for comment in page.comments)
        fits = made <= wanted[page.id] if page.id in unsure else made == wanted[page.id]
        _require(fits, f"page {page.id} has {made} comments for {wanted[page.id]} conflicts")


def _page_text(page: FakePage) -> str:
    values = (value for key, value in page.values.items() if isinstance(value, str))
    return "\n".join((*values, page.markdown))


def _front(text: str) -> dict[str, Any]:
    keys, _ = split_file(text)
    read = yaml.safe_load("\n".join(keys.values())) if keys else {}
    return read if isinstance(read, dict) else {}


def _folder(world: World, page: FakePage) -> str:
    names = {each.data_source_id: each.name for each in world.workspace.collections}
    assert page.source is not None
    return FOLDERS[names[page.source]]


def _has_branch(world: World) -> bool:
    return BRANCH in world.repository.refs([BRANCH]).heads


def _check_markers(text: str) -> None:
    for marker in _MARKERS:
        _require(marker not in text, f"a conflict marker {marker} stands in a text")


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise OracleFailure(message)
