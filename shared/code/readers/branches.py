"""What the branches of the preprocessor's conditions hold, joined to one outline."""

from collections.abc import Iterator
from typing import Final

from shared.code.readers.draft import Draft

_HOLDERS: Final = ("namespace", "class", "struct", "interface")


def fill(drafts: list[Draft], others: list[Draft], faults: list[int]) -> None:
    """Add what another spelling of the text shows and the first does not, where it is sound.

    `faults`: the lines where the other spelling could not be parsed.
    """
    known = {name for draft in drafts for name in _names(draft)}
    holders = {draft.name: draft for draft in drafts if draft.kind in _HOLDERS}
    for draft in others:
        if draft.kind in _HOLDERS and draft.name in holders:
            fill(holders[draft.name].children, draft.children, faults)
        elif draft.name not in known and not any(
            draft.span.first <= line <= draft.span.last for line in faults
        ):
            drafts.append(draft)


def _names(draft: Draft) -> Iterator[str]:
    yield draft.name
    for child in draft.children:
        yield from _names(child)
