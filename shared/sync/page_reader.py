"""Reading the pages that a run looks into: rows with their bodies, and who edited them last."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from shared.errors import NotFound, RateLimited
from shared.ports.notion import NotionWorkspace, Row
from shared.sync.model import PageSide
from shared.sync.workspace import Workspace
from shared.text.markdown import lossy_marks, strip_signed


class PageReader:
    """Reads pages for one run. Raises what the port raises, but for single unreadable pages."""

    def __init__(self, workspace: Workspace, notion: NotionWorkspace) -> None:
        self._bot_id = workspace.bot_id
        self._known = {each.data_source_id for each in workspace.collections}
        self._notion = notion

    def read(
        self, wanted: Iterable[str], rows: Mapping[str, Row]
    ) -> tuple[dict[str, PageSide], RateLimited | None]:
        """The pages by id, in this order, as far as Notion lets; and its wish for a pause.

        `rows`: those that a listing showed already.
        """
        sides: dict[str, PageSide] = {}
        for page_id in wanted:
            try:
                sides[page_id] = self._page(page_id, rows.get(page_id))
            except NotFound:
                sides[page_id] = PageSide(state="unshared")
            except RateLimited as error:
                return sides, error
        return sides, None

    def look_who_edited(
        self, sides: dict[str, PageSide], unfinished: Iterable[str]
    ) -> RateLimited | None:
        """Look once more who edited the pages of `unfinished` writes, after their bodies were read.

        A row is older than its body: what a person wrote in between would count as our own write.
        A page that Notion does not let us look at now is taken out of `sides`.
        """
        for page_id in sorted(unfinished):
            if page_id not in sides or not sides[page_id].ours:
                continue
            try:
                ours = self._notion.row(page_id).edited_by == self._bot_id
                sides[page_id] = replace(sides[page_id], ours=ours)
            except NotFound:
                sides[page_id] = PageSide(state="unshared")
            except RateLimited as error:
                del sides[page_id]
                return error
        return None

    def _page(self, page_id: str, row: Row | None) -> PageSide:
        if row is None or not row.values:
            row = self._notion.row(page_id)
        if row.in_trash:
            return PageSide(state="trashed", row=row)
        if row.archived:
            return PageSide(state="archived", row=row)
        ours = row.edited_by == self._bot_id
        if row.parent not in self._known:
            return PageSide(state="moved_out", row=row, ours=ours)
        row = self._with_all_references(row)
        body = self._notion.body(page_id)
        marks = [*lossy_marks(body.markdown), *(["unknown"] if body.unknown else [])]
        if body.truncated:
            marks.append("truncated")
        text = strip_signed(body.markdown)
        hosted = text != body.markdown
        return PageSide(
            state="live", row=row, body=text, lossy=tuple(marks), hosted=hosted, ours=ours
        )

    def _with_all_references(self, row: Row) -> Row:
        if not row.truncated:
            return row
        whole = {each: self._notion.references(row.id, each) for each in sorted(row.truncated)}
        return replace(row, values={**row.values, **whole}, truncated=frozenset())
