"""The planner alone: both sides edited at random, its plans carried out by the letter."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Final

from hypothesis import given, settings
from hypothesis import strategies as st

from dev.fakes.notion_markdown import rewrite_markdown
from dev.fakes.notion_tables import FakePage
from shared.ports.repository import Blob
from shared.sync import body as bodies
from shared.sync.conflict import Conflict
from shared.sync.file import read_file
from shared.sync.link import Base, Link
from shared.sync.match import Observed
from shared.sync.model import Action, Kind, PageSide
from shared.sync.plan import Plan, make_plan, with_link_ids
from shared.sync.records import conflict_writes
from shared.sync.store import SyncStore
from shared.text.markdown import body_hash, canonical, equivalent
from shared.text.merge import transfer
from tests.simulation import oracle, texts
from tests.simulation.git_person import BRANCH
from tests.simulation.texts import split_file, words_in
from tests.simulation.world import WID, Runnable, World

MAX_ROUNDS: Final = 8
_GONE: Final = frozenset({Kind.DELETE_FILE, Kind.TRASH_PAGE, Kind.FORGET})
NOTION_EDITS: Final = ("create", "edit_body", "edit_body", "edit_value", "edit_value", "trash")
GIT_EDITS: Final = (
    "create",
    "edit_body",
    "edit_body",
    "edit_keys",
    "edit_keys",
    "rename",
    "delete",
)
SEEDS: Final = st.integers(0, 2**20)
EDITS: Final = st.integers(0, 6)


class Planner:
    """Makes plans about a world and carries them out at once, without engine, ports and faults."""

    def __init__(self) -> None:
        self.world = World(_no_engine)
        self.links: dict[str, Link] = {}
        self.bases: dict[str, Base] = {}
        self.conflicts: dict[str, dict[str, Conflict]] = {}
        self._store = SyncStore(self.world.store, WID)

    def until_quiet(self, order: Random) -> None:
        """Plan and carry out, in any order, until nothing is left to do."""
        for _ in range(MAX_ROUNDS):
            plan = self.plan()
            if not plan.changes:
                return
            actions = list(plan.actions)
            order.shuffle(actions)
            self.carry_out(actions)
        raise AssertionError(f"never quiet: {list(self.plan().lines())}")

    def plan(self) -> Plan:
        """The plan about everything as it is now."""
        return with_link_ids(
            make_plan(self._observed(), self.world.workspace, {}),
            iter(self.world.new_id, ""),
        )

    def _observed(self) -> Observed:
        tables, contents = self.world.notion.tables, self.world.git.files()
        blobs = {path: Blob.of(text.encode()) for path, text in contents.items()}
        return Observed(
            collections=self.world.workspace.collections,
            sources={
                each.name: self.world.notion.data_source(each.data_source_id)
                for each in self.world.workspace.collections
            },
            pages={page.id: self._side(page) for page in tables.pages.values() if page.source},
            files={
                path: read_file(path, blobs[path], text.encode()) for path, text in contents.items()
            },
            tree=blobs,
            links=self.links,
            bases=self.bases,
            conflicts=self.conflicts,
        )

    def _side(self, page: FakePage) -> PageSide:
        return PageSide(
            state="trashed" if page.in_trash else "live",
            row=self.world.notion.tables.row(page),
            body=page.markdown,
            ours=page.edited_by == self.world.notion.bot.id,
        )

    def carry_out(self, actions: list[Action]) -> None:
        """Do what the actions say."""
        done = [self._on_page(action) for action in actions]
        files = [action.file for action in actions if action.file]
        removed = dict.fromkeys((file.old_path for file in files if file.old_path), None)
        written = {file.path: file.text.encode() for file in files if file.path}
        if removed or written:
            self.world.repository.commit(BRANCH, {**removed, **written})
        for action, (link, base) in zip(actions, done, strict=True):
            self._remember(action, link, base)

    def _on_page(self, action: Action) -> tuple[Link, Base]:
        link, base = action.link, Base(file=action.base_file, body=action.page_base)
        write, notion = action.page, self.world.notion
        if write is not None:
            collection = self.world.workspace.collection(action.collection)
            source = notion.data_source(collection.data_source_id)
            if link.page_id is None:
                made = notion.create_row(source, write.values, write.body or "")
                link = replace(link, page_id=made.id)
            elif write.trash is not None:
                notion.update_row(source, link.page_id, {}, in_trash=write.trash)
            elif write.values:
                notion.update_row(source, link.page_id, write.values)
            assert link.page_id is not None
            row = notion.row(link.page_id)
            if write.body is not None:
                body = notion.replace_body(link.page_id, write.body).markdown
                link = replace(link, notion_seen=body_hash(body))
                base = replace(base, body=body)
            written = {key: row.values[key] for key in write.values}
            link = replace(link, values={**link.values, **written})
            if action.kind is Kind.CREATE_PAGE:
                link = replace(link, values={key: row.values[key] for key in link.bound})
        if action.agreed is not None:
            base = replace(base, body=action.agreed)
        elif action.shift:
            base = replace(base, body=transfer(*action.shift, base.body))
        return link, base

    def _remember(self, action: Action, link: Link, base: Base) -> None:
        if action.kind in _GONE:
            link = replace(link, deleted_at=self.world.clock.now())
        if action.kind is Kind.REPORT and action.new:
            return
        self.links[link.id], self.bases[link.id] = link, base
        opened = self.conflicts.setdefault(link.id, {})
        records = list(conflict_writes(action, link, self.world.clock.now()))
        for record in records:
            opened.pop(record.field, None)
            if record.state == "open":
                opened[record.field] = record
        writes = [self._store.put_link(link, "absent"), self._store.put_base(link.id, base)]
        writes += [self._store.put_conflict(each) for each in records]
        self.world.store.commit([replace(write, if_version=None) for write in writes])


def _no_engine(*_: object) -> Runnable:
    raise AssertionError("the planner is tested without the engine")


def tree(seed: int) -> Planner:
    """A few pages and files that both sides agree on."""
    planner, rng = Planner(), Random(seed)
    for _ in range(rng.randint(1, 4)):
        rng.choice((planner.world.people.create, planner.world.git.create))(rng)
    planner.until_quiet(Random(seed))
    planner.world.clock.advance(timedelta(minutes=5).total_seconds())
    return planner


def edit(planner: Planner, rng: Random, notion: int, git: int) -> None:
    """So many random edits on each side, and some of one page and its file at once."""
    for _ in range(min(notion, git) // 2):
        planner.world.both(rng.getrandbits(32))
    for _ in range(notion):
        planner.world.people.act(rng.choice(NOTION_EDITS), rng)
    for _ in range(git):
        planner.world.git.act(rng.choice(GIT_EDITS), rng)


@settings(max_examples=120)
@given(seed=SEEDS, notion=EDITS, git=EDITS, order=SEEDS)
def test_both_sides_edited_converge_and_lose_nothing(
    seed: int, notion: int, git: int, order: int
) -> None:
    planner = tree(seed)
    edit(planner, Random(order), notion, git)
    planner.until_quiet(Random(order))
    assert not planner.plan().changes
    oracle.check_pairs(planner.world)
    oracle.check_equal(planner.world, resolved=False)
    oracle.check_conservation(planner.world)
    oracle.check_no_word_twice(planner.world)
    oracle.check_removed_stays_removed(planner.world)


@settings(max_examples=25)
@given(seed=SEEDS, count=EDITS, order=SEEDS)
def test_edits_in_git_alone_win_outright(seed: int, count: int, order: int) -> None:
    planner = tree(seed)
    edit(planner, Random(order), 0, count)
    wanted = _meaning(planner)
    planner.until_quiet(Random(order))
    assert not any(planner.conflicts.values())
    assert _meaning(planner) == wanted


@settings(max_examples=25)
@given(seed=SEEDS, count=EDITS, order=SEEDS)
def test_edits_in_notion_alone_win_outright(seed: int, count: int, order: int) -> None:
    planner = tree(seed)
    edit(planner, Random(order), count, 0)
    pages = planner.world.people.pages()
    wanted = {page.id: (dict(page.values), page.markdown) for page in pages.values()}
    planner.until_quiet(Random(order))
    assert not any(planner.conflicts.values())
    pages = planner.world.people.pages()
    assert {page.id: (dict(page.values), page.markdown) for page in pages.values()} == wanted
    oracle.check_equal(planner.world, resolved=True)


@settings(max_examples=25)
@given(seed=SEEDS, order=SEEDS, other=SEEDS, edits=st.integers(1, 6))
def test_the_order_within_a_plan_does_not_matter(
    seed: int, order: int, other: int, edits: int
) -> None:
    ends = []
    for shuffle in (order, other):
        planner = tree(seed)
        edit(planner, Random(seed), edits, edits)
        planner.until_quiet(Random(shuffle))
        ends.append(sorted(_meaning(planner, with_ids=False)))
    assert ends[0] == ends[1]


@settings(max_examples=300)
@given(seed=SEEDS, left=EDITS, right=EDITS)
def test_swapping_the_sides_of_a_body_mirrors_the_result(seed: int, left: int, right: int) -> None:
    base, one, other = _versions(seed, left, right)
    result = bodies.join(_bodies(base, one, other), None)
    mirror = bodies.join(_bodies(base, other, one), None)
    assert result.clashed == mirror.clashed
    assert equivalent(result.git, mirror.notion)
    assert equivalent(result.notion, mirror.git)
    if not left:
        assert equivalent(result.git, other)
    if not right:
        assert equivalent(result.notion, one)


@settings(max_examples=300)
@given(seed=SEEDS, left=EDITS, right=EDITS)
def test_a_merge_that_only_one_side_got_is_finished_with_nothing_doubled_or_lost(
    seed: int, left: int, right: int
) -> None:
    base, one, other = _versions(seed, left, right)
    result = bodies.join(_bodies(base, one, other), None)
    if result.clashed:
        return
    for half in (_bodies(base, one, result.git), _bodies(base, result.notion, other)):
        finished = bodies.join(half, None)
        for text in () if finished.clashed else (finished.git, finished.notion):
            assert words_in(text) == words_in(result.git)
            assert not _doubled(text)


@settings(max_examples=300)
@given(seed=SEEDS, left=st.integers(1, 6), right=st.integers(1, 6))
def test_an_open_clash_comes_to_rest_with_nothing_lost(seed: int, left: int, right: int) -> None:
    base, one, other = _versions(seed, left, right)
    result = bodies.join(_bodies(base, one, other), None)
    seen: list[bodies.Joined] = []
    while not seen or not _equal(seen[-1], result):
        assert len(seen) < MAX_ROUNDS
        seen.append(result)
        result = bodies.join(_remembered(result), None)
    assert words_in(one) - words_in(base) <= words_in(result.notion)
    assert words_in(other) - words_in(base) <= words_in(result.git)


def _remembered(joined: bodies.Joined) -> bodies.Bodies:
    """What the next cycle sees and remembers after a merge."""
    shown = rewrite_markdown(joined.notion)
    base = transfer(*joined.shift, shown) if joined.shift else shown
    if joined.agreed is not None:
        base = joined.agreed
    base = base if joined.agreed is None else joined.agreed
    return bodies.Bodies(base_git=joined.base, base_notion=base, git=joined.git, notion=shown)


def _equal(one: bodies.Joined, other: bodies.Joined) -> bool:
    """The base too: what a person decided counts only while the three texts are the same."""
    texts = ((one.git, other.git), (one.notion, other.notion), (one.base, other.base))
    return all(equivalent(*each) for each in texts)


def _doubled(text: str) -> list[str]:
    return [word for word in sorted(words_in(text)) if text.count(word) > 1]


def _versions(seed: int, left: int, right: int) -> tuple[str, str, str]:
    """A body, and what two people made of it."""
    rng, words = Random(seed), texts.Words()
    base = canonical(rewrite_markdown(texts.new_body(rng, words)))
    return base, _edited(rng, words, base, left), _edited(rng, words, base, right)


def _edited(rng: Random, words: texts.Words, text: str, count: int) -> str:
    for _ in range(count):
        change: Callable[[Random, texts.Words, str], str] = rng.choice(texts.BODY_EDITS)
        text = change(rng, words, text)
    return canonical(rewrite_markdown(text))


def _bodies(base: str, notion: str, git: str) -> bodies.Bodies:
    return bodies.Bodies(base_git=base, base_notion=base, git=git, notion=notion)


def _meaning(planner: Planner, with_ids: bool = True) -> list[tuple[str, ...]]:
    """What the files say, without what the engine adds to them."""
    found = []
    for path, text in planner.world.git.files().items():
        keys, body = split_file(text)
        lines = [line for key, line in keys.items() if key not in ("id", "title", "Done")]
        named = path if with_ids else path.rsplit("-", 1)[0]
        found.append((named, *sorted(lines), canonical(body)))
    return found
