"""What the planner looks at and what it decides: values, without any service behind them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from shared.ports.notion import DataSource, Row, Value
from shared.ports.repository import Blob
from shared.sync.conflict import Choice, Conflict
from shared.sync.fields import Places
from shared.sync.link import Base, Link
from shared.sync.workspace import Collection, Policy

PageState = Literal["none", "live", "trashed", "archived", "unshared", "moved_out"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PageSide:
    """A page as Notion shows it now.

    `row`, `body` are None where it could not be read. `lossy`: names of what its Markdown cannot
    carry. `hosted`: it shows files that Notion hosts, whose links expire. `ours`: the last editor
    was the connection itself.
    """

    state: PageState = "none"
    row: Row | None = None
    body: str = ""
    lossy: tuple[str, ...] = ()
    hosted: bool = False
    ours: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSide:
    """A file as the branch has it now. `fault`: why its front matter cannot be read."""

    path: str
    blob: Blob
    text: str
    meta: Mapping[str, object] = field(default_factory=dict)
    body: str = ""
    fault: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One page and one file that belong together, as far as each exists.

    `link`, `base`: what is stored of them; None for what is seen for the first time.
    `collection`: where it belongs now. `path`: where its file is to be, if it has to be made or
    moved. `sent`: the file whose content an unfinished write was sending to Notion, None if there
    is none. `unsure`: the file is gone, but a new one that cannot be read may be it under another
    name. `surplus`: a second page that we made for a link. `open`: records of its open conflicts,
    by field.
    """

    collection: Collection
    source: DataSource
    page: PageSide
    file: FileSide | None
    link: Link | None = None
    base: Base | None = None
    path: str = ""
    sent: str | None = None
    unsure: bool = False
    surplus: bool = False
    open: Mapping[str, Conflict] = field(default_factory=dict)


class Kind(StrEnum):
    """What is done about an item; the words are what plans and holds count."""

    LINK = "link"
    UPDATE = "update"
    CREATE_FILE = "create_file"
    CREATE_PAGE = "create_page"
    DELETE_FILE = "delete_file"
    TRASH_PAGE = "trash_page"
    RESTORE_FILE = "restore_file"
    RESTORE_PAGE = "restore_page"
    MOVE_FILE = "move_file"
    MOVE_PAGE = "move_page"
    FORGET = "forget"
    REPORT = "report"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileWrite:
    """The file afterwards. `path` None: it is removed. `old_path`: the path that goes away."""

    path: str | None
    text: str = ""
    mode: int = 0o100644
    old_path: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PageWrite:
    """The page afterwards.

    `values`: properties to set, by id. `body`: the text to reach, None where it stays. `before`,
    `planned_on`: the text and the page that this was planned on. `lossy`: only parts of the text
    may be written. `trash`: into the trash or out of it. `move_to`: a data source.
    """

    values: Mapping[str, Value] = field(default_factory=dict)
    body: str | None = None
    before: str = ""
    planned_on: Row | None = None
    lossy: bool = False
    trash: bool | None = None
    move_to: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Clash:
    """A field that both sides changed in different ways.

    `winner`: the side whose text is kept on both sides; None leaves each side its own.
    `by`: whose decision that is: the policy's or a person's.
    """

    field: str
    base: str
    notion: str
    git: str
    winner: Literal["notion", "git", "merged"] | None = None
    by: Literal["", "policy", "choice"] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Something about this item that a person should mend; `code` as in `state.Problem`."""

    code: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """A decision about one item.

    `link`: as it will be when all is done, but for what only Notion's answers tell; `before`: as it
    is. `with_id`: the file that gets the page's id as soon as there is one. `records`: its open
    conflicts, by field. `base_file`:
    the file's text to remember. `shift`: (from, to) when a clash keeps its old base: the change
    to apply to the page's text before it is remembered. `page_base`: the page's text to remember
    where the body is not written. `settled`: fields whose open conflict is over. `stores`: there
    is something to remember. `again`: look at it again in the next cycle. `editor`: the person in
    Notion whose change goes to git.
    """

    kind: Kind
    reason: str
    collection: str
    link: Link
    before: Link | None = None
    records: Mapping[str, Conflict] = field(default_factory=dict)
    file: FileWrite | None = None
    page: PageWrite | None = None
    with_id: FileWrite | None = None
    base_file: str = ""
    page_base: str = ""
    shift: tuple[str, str] | None = None
    agreed: str | None = None
    clashes: tuple[Clash, ...] = ()
    troubles: tuple[Trouble, ...] = ()
    settled: tuple[str, ...] = ()
    stores: bool = True
    again: bool = False
    editor: str = ""

    @property
    def new(self) -> bool:
        """Whether it makes a link."""
        return self.before is None

    @property
    def changes(self) -> bool:
        """Whether it writes to git or to Notion, or has something to remember."""
        return self.file is not None or self.page is not None or self.stores


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What of the configuration the decisions depend on.

    `choices`: what people decided, by conflict id.
    """

    policy: Policy
    create_options: bool
    places: Places
    choices: Mapping[str, Choice] = field(default_factory=dict)
