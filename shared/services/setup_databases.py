"""The databases of a workspace: found below its page, or made there exactly once."""

from typing import Final

from shared.errors import FieldFault, NexusError, NotFound, UpstreamUnavailable
from shared.ports.notion import DataSource, NotionWorkspace, Property
from shared.ports.state import Remove
from shared.services.pending import Pending
from shared.services.setup_order import TASKS, TRACKER
from shared.sync.workspace import NEXUS_ID
from shared.tracker.ledger import STATES
from shared.tracker.rows import COLUMNS

_IDENTITY_KIND: Final = "rich_text"
_OPTIONS: Final = {
    "Status": ("To do", "In progress", "Done"),
    "ID": ("TASK",),
    "State": STATES,
}
_TASK_COLUMNS: Final = {
    "Name": "title",
    # Not `status`: the API makes none, https://developers.notion.com/reference/property-object.
    "Status": "select",
    "ID": "unique_id",
    "Branch": "url",
    NEXUS_ID: _IDENTITY_KIND,
}
_OTHER_COLUMNS: Final = {"Name": "title", NEXUS_ID: _IDENTITY_KIND}


class Databases:
    """Finds, makes and completes databases for one workspace."""

    def __init__(self, notion: NotionWorkspace, pending: Pending, wid: str) -> None:
        self._notion = notion
        self._pending = pending
        self._wid = wid
        self._marks: list[tuple[str, str, str]] = []

    def find(self, parent_page_id: str, title: str) -> DataSource | None:
        """The database of this title that lies directly in the page."""
        for child in self._notion.children(parent_page_id):
            if child.kind == "database" and child.title == title:
                return self.of_database(child.id)
        return None

    def of_source(self, data_source_id: str) -> DataSource:
        """A data source by its id; raises NotFound."""
        return self._notion.data_source(data_source_id)

    def of_database(self, identity: str) -> DataSource:
        """The first data source of a database, or the data source itself; raises NotFound."""
        try:
            sources = self._notion.data_sources_of(identity)
        except NotFound:
            return self._notion.data_source(identity)
        if not sources:
            raise NotFound("The database has no data source.")
        return self._notion.data_source(sources[0].id)

    def make(
        self, parent_page_id: str, title: str, columns: tuple[Property, ...]
    ) -> tuple[DataSource, bool]:
        """Make a database in the page unless it is there; whether it was we who made it.

        A call whose answer was lost may still happen: for a minute nobody makes another one, and
        whoever tries then looks for it first.

        Raises:
            UpstreamUnavailable: made or not, that is not known yet; the same call may be repeated.
        """
        key = ("database", parent_page_id, title)
        self._pending.begin(self._wid, *key)
        # Somebody else may have made it between the survey and our mark.
        found = self.find(parent_page_id, title)
        if found is not None:
            self._pending.end(*key)
            return found, False
        try:
            made = self._notion.create_database(parent_page_id, title, columns)
        except UpstreamUnavailable:
            raise
        except NexusError:  # it was refused: there is nothing to wait for
            self._pending.end(*key)
            raise
        self._marks.append(key)
        return made, True

    def was_begun(self, parent_page_id: str, title: str) -> bool:
        """Whether a database that was found is one that we made before our setup died."""
        key = ("database", parent_page_id, title)
        if not self._pending.begun_by(self._wid, *key):
            return False
        self._marks.append(key)
        return True

    def marks(self) -> list[Remove]:
        """What clears the marks of what was made: to be written with the configuration."""
        return [self._pending.clearing(*key) for key in self._marks]

    def complete(self, source: DataSource, columns: tuple[Property, ...]) -> DataSource:
        """Add the columns that are missing; what is there stays as it is."""
        lacking = tuple(each for each in columns if not _has(source, each))
        return self._notion.add_properties(source.id, lacking) if lacking else source


def columns_of(name: str, tasks_id: str) -> tuple[Property, ...]:
    """What the data source of a collection needs; `tasks_id`: what the tracker points to."""
    columns = {TASKS: _TASK_COLUMNS, TRACKER: COLUMNS}.get(name, _OTHER_COLUMNS)
    return tuple(
        Property(
            id="",
            name=column,
            kind=kind,
            options=_OPTIONS.get(column, ()),
            target=tasks_id if kind == "relation" else None,
        )
        for column, kind in columns.items()
    )


def source_faults(name: str, source: DataSource) -> list[FieldFault]:
    """What keeps a data source that is there from being synced."""
    faults = []
    if source.in_trash:
        message = "the database is in the trash: restore it, or delete this setup and begin anew"
        faults.append(FieldFault(field=f"collections.{name}", message=message))
    identity = source.property(NEXUS_ID)
    if name != TRACKER and identity is not None and identity.kind != _IDENTITY_KIND:
        message = f"the property {NEXUS_ID} must be text: rename the one that is there"
        faults.append(FieldFault(field=f"collections.{name}", message=message))
    return faults


def _has(source: DataSource, wanted: Property) -> bool:
    """Whether a column is there, or one that serves as well."""
    if source.property(wanted.name) is not None:
        return True
    kinds = {each.kind for each in source.properties}
    if wanted.name == "Status":
        return "status" in kinds
    return wanted.kind in ("title", "unique_id") and wanted.kind in kinds
