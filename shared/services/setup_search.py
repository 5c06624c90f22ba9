"""Looks for the data source of each collection; it only reads."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from shared.errors import FieldFault, Forbidden, InvalidRequest, NotFound, UpstreamRejected
from shared.ports.notion import DataSource
from shared.services.claims import Claims, Holder
from shared.services.setup_databases import Databases, source_faults
from shared.services.setup_order import title_of
from shared.sync.workspace import Collection

REFUSED: Final = (InvalidRequest, NotFound, Forbidden, UpstreamRejected)
"""What a person can mend: these become faults of the request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a collection's rows are or will be.

    `source`: None where it is still to be made. `known`: the configuration so far has it.
    """

    name: str
    title: str
    source: DataSource | None
    known: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """Looks for data sources. `implicit`: nobody chose the page, so another's data source there
    is passed over. `known`: those of the configuration so far."""

    databases: Databases
    claims: Claims
    holder: Holder
    parent: str
    implicit: bool
    docs_database: str
    known: Mapping[str, Collection]

    def all(self, names: tuple[str, ...], faults: list[FieldFault]) -> tuple[Place, ...]:
        """The places of all collections but those with a fault, which is added to `faults`."""
        places = []
        for name in names:
            try:
                place = self._place(name)
            except REFUSED as error:
                faults.append(FieldFault(field=f"collections.{name}", message=error.detail))
                continue
            places.append(place)
            if place.source is not None:
                faults += source_faults(name, place.source)
        return tuple(places)

    def _place(self, name: str) -> Place:
        title = title_of(name)
        known = self.known.get(name)
        if known is not None:
            source = self.databases.of_source(known.data_source_id)
            return Place(name=name, title=source.title, source=source, known=True)
        if name == "docs" and self.docs_database:
            given = self.databases.of_database(self.docs_database)
            if not self._passed_over(given):
                return Place(name=name, title=given.title, source=given)
        found = self.databases.find(self.parent, title)
        if found is not None and self._passed_over(found):
            title = f"{title} ({self.holder.owner})"
            found = self.databases.find(self.parent, title)
        return Place(name=name, title=title, source=found)

    def _passed_over(self, source: DataSource) -> bool:
        return self.implicit and self.claims.is_foreign(self.holder, source.id)
