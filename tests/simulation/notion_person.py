"""A person who works in Notion: makes, edits, trashes, archives, moves and hides pages."""

from collections.abc import Callable
from random import Random
from typing import Final

from dev.fakes.notion import FakeNotion
from dev.fakes.notion_tables import FakePage
from shared.ports.clock import Clock
from shared.ports.notion import DataSource, Property, Value
from shared.sync.workspace import NEXUS_ID, Collection
from tests.simulation import texts
from tests.simulation.git_person import FOLDERS, OPTIONS
from tests.simulation.ledger import Ledger
from tests.simulation.texts import words_in

_COLORS: Final = ("red", "green", "blue")
_COMMON: Final = (
    Property(id="", name="Name", kind="title"),
    Property(id="", name="Status", kind="select", options=OPTIONS),
    Property(id="", name="Note", kind="rich_text"),
    Property(id="", name="Points", kind="number"),
    Property(id="", name="Done", kind="checkbox"),
    Property(id="", name="Due", kind="date"),
    Property(id="", name="Labels", kind="multi_select", options=_COLORS),
    Property(id="", name=NEXUS_ID, kind="rich_text"),
)


def new_notion(clock: Clock) -> FakeNotion:
    """An empty Notion workspace."""
    return FakeNotion(clock)


class NotionPerson:
    """Edits pages of two data sources; tells the ledger what was written and taken away.

    `on_edit`: called with the page and its words before and after each edit. `parent_page`: an
    ordinary page.
    """

    def __init__(self, notion: FakeNotion, words: texts.Words, ledger: Ledger) -> None:
        self.notion = notion
        self.on_edit: Callable[[str, frozenset[str], frozenset[str]], None] = _nobody
        self.parent_page = notion.root
        self._words = words
        self._ledger = ledger
        self._person = notion.as_person("Ada")
        docs = notion.add_source("Docs", _COMMON)
        relation = Property(id="", name="Docs", kind="relation", target=docs.id)
        tasks = notion.add_source("Tasks", (*_COMMON, relation))
        self.collections = (_collection("tasks", tasks), _collection("docs", docs))
        self._sources = {"tasks": tasks.id, "docs": docs.id}

    def act(self, action: str, rng: Random) -> None:
        """Do one of `ACTIONS`; what has nothing to be done to makes a page instead."""
        ACTIONS[action](self, rng)

    def pages(self) -> dict[str, FakePage]:
        """All rows of both data sources that are neither trashed, archived nor hidden."""
        return {
            page.id: page
            for page in self.notion.tables.pages.values()
            if page.source in self._sources.values()
            if page.shared and not page.in_trash and not page.archived
        }

    def words_of(self, page_id: str) -> frozenset[str]:
        """The words of a page: in its title, its texts and its body; none for an unknown id."""
        page = self.notion.tables.pages.get(page_id)
        if page is None:
            return frozenset()
        values = (str(value) for value in page.values.values() if isinstance(value, str))
        return words_in("\n".join((*values, page.markdown)))

    def collection_of(self, page_id: str) -> str:
        """The name of the collection in which a page is; "" if in none."""
        page = self.notion.tables.pages.get(page_id)
        return next((n for n, s in self._sources.items() if page and page.source == s), "")

    def mend(self) -> None:
        """Show everything again, and take it out of the archive."""
        self._share(Random(0))
        self._unarchive(Random(0))

    def create(self, rng: Random) -> None:
        """A new page."""
        name = rng.choice(sorted(self._sources))
        values: dict[str, Value] = {"Name": f"{self._words()} {self._words()}"}
        if rng.random() < 0.1:
            values.pop("Name")
        if rng.random() < 0.5:
            values["Note"] = self._words()
        if rng.random() < 0.5:
            values["Status"] = rng.choice(OPTIONS)
        made = self._person.create_row(
            self._sources[name], values, texts.new_body(rng, self._words)
        )
        self._edited(made, frozenset())

    def edit_at(self, page_id: str, edit: texts.Edit, rng: Random) -> None:
        """Edit the body of this page."""
        page, before = self.notion.tables.pages[page_id], self.words_of(page_id)
        self._person.set_body(page_id, edit(rng, self._words, page.markdown))
        self._edited(page_id, before)

    def set_at(self, page_id: str, name: str, value: Value) -> None:
        """Set a property of this page."""
        before = self.words_of(page_id)
        self._person.set_value(page_id, name, value)
        self._edited(page_id, before)

    def _edited(self, page_id: str, before: frozenset[str]) -> None:
        after = self.words_of(page_id)
        self._ledger.edited("notion", before, after)
        self.on_edit(page_id, before, after)

    def _with_page(self, rng: Random, edit: Callable[[FakePage], None]) -> None:
        """Edit a page that a person can see; make one if there is none."""
        pages = list(self.pages().values())
        if not pages:
            self.create(rng)
            return
        page = rng.choice(pages)
        before = self.words_of(page.id)
        edit(page)
        self._edited(page.id, before)

    def _edit_body(self, rng: Random) -> None:
        def edit(page: FakePage) -> None:
            body = rng.choice(texts.BODY_EDITS)(rng, self._words, page.markdown)
            self._person.set_body(page.id, body)

        self._with_page(rng, edit)

    def _edit_value(self, rng: Random) -> None:
        choices: tuple[tuple[str, Value], ...] = (
            ("Name", f"{self._words()} {self._words()}"),
            ("Status", rng.choice(OPTIONS)),
            ("Note", self._words()),
            ("Note", None),
            ("Points", rng.randint(0, 9)),
            ("Done", rng.random() < 0.5),
            ("Due", f"2026-12-{rng.randint(10, 28)}"),
            ("Labels", (rng.choice(_COLORS),)),
        )
        name, value = rng.choice(choices)
        self._with_page(rng, lambda page: self._person.set_value(page.id, name, value))

    def _relate(self, rng: Random) -> None:
        tasks = [each for each in self.pages().values() if each.source == self._sources["tasks"]]
        docs = [each for each in self.pages().values() if each.source == self._sources["docs"]]
        if not tasks or not docs:
            self.create(rng)
            return
        targets = tuple(each.id for each in rng.sample(docs, rng.randint(1, min(2, len(docs)))))
        self._person.set_value(rng.choice(tasks).id, "Docs", targets)

    def _trash(self, rng: Random) -> None:
        pages = list(self.pages())
        if pages:
            self._trash_one(rng.choice(pages))

    def _trash_all(self, _rng: Random) -> None:
        for page in self.pages():
            self._trash_one(page)

    def _trash_one(self, page: str) -> None:
        self._ledger.deleted("notion", self.words_of(page))
        self._person.trash(page)

    def _restore(self, rng: Random) -> None:
        trashed = [
            page.id
            for page in self.notion.tables.pages.values()
            if page.in_trash and page.source in self._sources.values()
        ]
        if not trashed:
            self.create(rng)
            return
        chosen = rng.choice(trashed)
        self._ledger.revived |= self.words_of(chosen)
        self._person.restore(chosen)

    def _archive(self, rng: Random) -> None:
        self._with_page(rng, lambda page: self._person.archive(page.id))

    def _unarchive(self, _rng: Random) -> None:
        for page in self.notion.tables.pages.values():
            if page.archived:
                self._person.archive(page.id, archived=False)

    def _unshare(self, rng: Random) -> None:
        self._with_page(rng, lambda page: self._person.unshare(page.id))

    def _share(self, _rng: Random) -> None:
        for page in self.notion.tables.pages.values():
            if not page.shared:
                self._person.share(page.id)

    def _move(self, rng: Random) -> None:
        tasks, docs = self._sources["tasks"], self._sources["docs"]
        self._with_page(
            rng, lambda page: self._person.move(page.id, docs if page.source == tasks else tasks)
        )

    def _duplicate(self, rng: Random) -> None:
        """Duplicate a page with all that stands in it, its link's id too."""
        pages = list(self.pages().values())
        if not pages:
            self.create(rng)
            return
        page = rng.choice(pages)
        assert page.source is not None
        columns = self.notion.tables.sources[page.source].columns
        values = {columns[key].name: value for key, value in page.values.items() if key in columns}
        self._ledger.revived |= self.words_of(page.id)
        self._person.create_row(page.source, values, page.markdown)

    def _comment(self, rng: Random) -> None:
        self._with_page(rng, lambda page: _drop(self._person.comment(page.id, "What is this?")))


def _collection(name: str, source: DataSource) -> Collection:
    return Collection(
        name=name,
        data_source_id=source.id,
        database_id=source.database_id,
        url=source.url,
        folder=FOLDERS[name],
    )


def _nobody(_page: str, _before: frozenset[str], _after: frozenset[str]) -> None:
    """Nobody listens yet."""


def _drop(_made: object) -> None:
    """What was made is not needed."""


ACTIONS: Final[dict[str, Callable[[NotionPerson, Random], None]]] = {
    "create": NotionPerson.create,
    "edit_body": NotionPerson._edit_body,
    "edit_value": NotionPerson._edit_value,
    "relate": NotionPerson._relate,
    "trash": NotionPerson._trash,
    "trash_all": NotionPerson._trash_all,
    "restore": NotionPerson._restore,
    "archive": NotionPerson._archive,
    "unarchive": NotionPerson._unarchive,
    "unshare": NotionPerson._unshare,
    "share": NotionPerson._share,
    "move": NotionPerson._move,
    "duplicate": NotionPerson._duplicate,
    "comment": NotionPerson._comment,
}
NOTION_WEIGHTS: Final = dict.fromkeys(ACTIONS, 1) | {
    "create": 4, "edit_body": 8, "edit_value": 6, "trash": 2
}  # fmt: skip
