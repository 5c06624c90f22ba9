"""When a plan is refused until a person has seen its numbers."""

from collections import Counter
from collections.abc import Mapping, Set
from dataclasses import dataclass

from shared.sync.model import Action, Kind
from shared.sync.plan import Plan
from shared.sync.state import Release

_DELETES = (Kind.DELETE_FILE, Kind.TRASH_PAGE)
_CREATES = (Kind.CREATE_FILE, Kind.CREATE_PAGE)
EMPTY_FROM = 5
DELETES_OVER, DELETES_SHARE = 10, 0.2
REWRITES_FROM, REWRITES_SHARE = 10, 0.3
CREATES_OVER = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """How big a collection is.

    `links`: pages and files that belong together. `rows`, `files`: how many each side shows now,
    None where that is not known. `unlinked`: pages and files that changed and have no link.
    `left`: how much changed that this plan does not look at yet. `contact`: the sides meet for the
    first time.
    """

    links: int
    rows: int | None
    files: int | None
    unlinked: int = 0
    left: int = 0
    contact: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a plan is held: one sentence with its numbers."""

    reason: str


def check(
    plan: Plan,
    totals: Mapping[str, Totals],
    release: Release | None,
    own: Set[str] = frozenset(),
) -> Refusal | None:
    """Refuse a plan that looks like an accident; None where it may be carried out.

    `own`: paths that only the product itself wrote; to bring those to Notion is no rewrite. A
    confirmed plan is let through as far as its confirmation goes: each kind of action at most
    as often as was confirmed.
    """
    reasons = [
        f"{name}: {reason}"
        for name, total in sorted(totals.items())
        for reason in _reasons([a for a in plan.actions if a.collection == name], total, own)
    ]
    if not reasons or not plan.counts():
        return None
    if release is not None and _covers(release, plan):
        return None
    return Refusal(reason="; ".join(reasons))


def _covers(release: Release, plan: Plan) -> bool:
    return all(count <= release.left.get(kind, 0) for kind, count in counts_of(plan).items())


def counts_of(plan: Plan) -> dict[str, int]:
    """How often a plan does what a person would want to know of, by kind of action."""
    counts = plan.counts()
    quiet = sum(
        action.kind is Kind.UPDATE
        and not any(_rewrites(action, side) for side in ("git", "notion"))
        for action in plan.actions
    )
    if Kind.UPDATE.value in counts:
        counts[Kind.UPDATE.value] -= quiet
    return {kind: count for kind, count in counts.items() if count}


def _reasons(actions: list[Action], total: Totals, own: Set[str]) -> list[str]:
    reasons = []
    deletes = sum(action.kind in _DELETES for action in actions)
    creates = max(sum(action.kind in _CREATES for action in actions), total.unlinked)
    # What the plan does not look at yet counts as more of the same.
    deletes += total.left if deletes else 0
    if deletes and total.links >= EMPTY_FROM:
        if total.rows == 0:
            reasons.append(f"Notion shows no page of {total.links}; {deletes} files would go")
        if total.files == 0:
            reasons.append(f"git has no file of {total.links}; {deletes} pages would go")
        if total.rows and total.files and _empties(actions, total.rows, total.files):
            reasons.append(f"{deletes} of {total.links} would go, and nothing would be left")
    if deletes > DELETES_OVER and deletes > DELETES_SHARE * total.links:
        reasons.append(f"{deletes} of {total.links} would be deleted")
    for side in ("git", "notion"):
        kept = own if side == "notion" else frozenset()
        rewrites = sum(_rewrites(a, side) for a in actions if a.link.path not in kept)
        rewrites += total.left if rewrites else 0
        if total.links >= REWRITES_FROM and rewrites > REWRITES_SHARE * total.links:
            reasons.append(f"{rewrites} of {total.links} would be rewritten in {side}")
    if total.contact and creates > CREATES_OVER:
        reasons.append(f"{creates} would be created at the first contact")
    return reasons


def _empties(actions: list[Action], rows: int, files: int) -> bool:
    """Whether nothing would be left on either side, by what both took away together."""
    count = Counter(action.kind for action in actions)
    rows_left = rows - count[Kind.TRASH_PAGE] + count[Kind.CREATE_PAGE] + count[Kind.RESTORE_PAGE]
    files_left = files - count[Kind.DELETE_FILE] + count[Kind.CREATE_FILE]
    return rows_left <= 0 and files_left + count[Kind.RESTORE_FILE] <= 0


def _rewrites(action: Action, side: str) -> bool:
    """Whether an action changes what a person sees; writing an id into a file does not."""
    if action.kind is not Kind.UPDATE:
        return False
    if side == "notion":
        return action.page is not None
    return action.file is not None and bool(action.editor)
