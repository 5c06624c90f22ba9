"""What a run sees at a glance, and what it then works on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from shared.errors import RateLimited
from shared.ports.repository import Blob
from shared.sync.conflict import Choice
from shared.sync.listing import Listing
from shared.sync.match import Observed
from shared.sync.store import Stored

BATCH: Final = 200
"""The most pages that one pass looks into: their bodies cost a request each."""
RECHECKS: Final = 40
"""The most of them that only may have changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """What changed since the last cycle, as far as one request to each side tells.

    `listings`: by collection. `lost`: collections that cannot be read now. `tip`: the branch's
    commit, None while there is none. `missing`: the branch existed and is gone. `tree`, `paths`:
    the synced files and those that changed; both are empty while the tip is where it was.
    """

    listings: Mapping[str, Listing]
    lost: tuple[str, ...] = ()
    tip: str | None = None
    missing: bool = False
    pages: frozenset[str] = field(default_factory=frozenset)
    paths: frozenset[str] = field(default_factory=frozenset)
    tree: Mapping[str, Blob] | None = None
    all_links: bool = False

    @property
    def idle(self) -> bool:
        """Whether nothing changed."""
        return not self.pages and not self.paths and not self.all_links

    @property
    def only_settles(self) -> bool:
        """Whether nothing changed but for pages that only may have, in their last minute."""
        recheck = {page for each in self.listings.values() for page in each.recheck}
        return not self.paths and not self.all_links and self.pages <= recheck


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a pass works on. `stored`: the links with their versions.

    `named`: the page ids that files name, by path. `settled`: paths that changed since the tip and
    were dealt with already. `left_pages`,
    `left_paths`: what changed and is left for the next cycle. `limited`: a service asked for a
    pause.
    """

    seen: Observed
    stored: Mapping[str, Stored]
    named: Mapping[str, str] = field(default_factory=dict)
    settled: frozenset[str] = field(default_factory=frozenset)
    left_pages: frozenset[str] = field(default_factory=frozenset)
    left_paths: frozenset[str] = field(default_factory=frozenset)
    limited: RateLimited | None = None


def choices_of(look: Look) -> dict[str, Choice]:
    """What people decided about the conflicts in sight, by conflict id."""
    records = (each for of_link in look.seen.conflicts.values() for each in of_link.values())
    return {each.id: each.choice for each in records if each.choice is not None}


def editors_of(glance: Glance) -> set[str]:
    """Who last edited the pages that changed."""
    rows = {key: row for each in glance.listings.values() for key, row in each.rows.items()}
    return {rows[page].edited_by for page in glance.pages if page in rows}


def in_order(wanted: set[str], glance: Glance) -> list[str]:
    """The pages that this pass reads: first what changed, longest ago first; of what only may have
    changed a few, so that work goes on while many pages settle that we wrote ourselves."""
    rows = {key: row for each in glance.listings.values() for key, row in each.rows.items()}
    recheck = {page for each in glance.listings.values() for page in each.recheck} & wanted
    times = {key: rows[key].edited_at.isoformat() if key in rows else "" for key in wanted}
    changed = sorted(wanted - recheck, key=lambda each: (times[each], each))[:BATCH]
    settling = sorted(recheck, key=lambda each: (times[each], each))[:RECHECKS]
    return changed + settling[: BATCH - len(changed)]
