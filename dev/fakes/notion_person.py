"""A person who works in the fake Notion: never refused for permissions, never counted as a call."""

from collections.abc import Mapping
from dataclasses import replace

from dev.fakes.notion_tables import FakePage, FakeTables
from shared.ports.notion import Comment, Property, Value


class FakePerson:
    """Edits as the user `id`. Properties go by their names; what does not exist is a KeyError."""

    def __init__(self, tables: FakeTables, user_id: str) -> None:
        self.id = user_id
        self._tables = tables

    def create_row(
        self, source_id: str, values: Mapping[str, Value] | None = None, markdown: str = ""
    ) -> str:
        """Make a row; its id."""
        named = {self._column(source_id, name).id: value for name, value in (values or {}).items()}
        page = self._tables.add_page(self.id, source_id, None, named)
        self._tables.set_markdown(self.id, page, markdown)
        return page.id

    def set_value(self, page_id: str, name: str, value: Value) -> None:
        """Set a property of a row."""
        page = self._page(page_id)
        assert page.source is not None
        self._tables.set_values(self.id, page, {self._column(page.source, name).id: value})

    def set_body(self, page_id: str, markdown: str, *, truncated: bool = False) -> None:
        """Replace a body. `truncated`: it is longer than what Notion gives."""
        page = self._page(page_id)
        page.truncated = truncated
        self._tables.set_markdown(self.id, page, markdown)

    def edit_text(self, page_id: str, old: str, new: str) -> None:
        """Replace the first `old` of a body by `new`; a body without it is a KeyError."""
        page = self._page(page_id)
        if old not in page.markdown:
            raise KeyError(old)
        self._tables.set_markdown(self.id, page, page.markdown.replace(old, new, 1))

    def add_unknown_block(self, page_id: str, kind: str = "bookmark") -> str:
        """Add a block that Markdown cannot carry at the end of a body; its id."""
        page, block = self._page(page_id), self._tables.new_id()
        url = f"https://app.notion.com/p/{page_id.replace('-', '')}#{block}"
        marked = f'{page.markdown}\n\n<unknown url="{url}" alt="{kind}"/>'.lstrip("\n")
        self._tables.set_markdown(self.id, page, marked)
        return block

    def trash(self, page_id: str) -> None:
        """Move a page to the trash."""
        self._page(page_id).in_trash = True
        self._edited(page_id)

    def restore(self, page_id: str) -> None:
        """Take a page out of the trash."""
        self._page(page_id).in_trash = False
        self._edited(page_id)

    def archive(self, page_id: str, archived: bool = True) -> None:
        """Archive a page, which is not the trash; or take it out."""
        self._page(page_id).archived = archived
        self._edited(page_id)

    def move(self, page_id: str, to: str) -> None:
        """Move a page into a data source or another page, by their id."""
        self._tables.move(self.id, self._page(page_id), to)

    def unshare(self, page_or_source_id: str) -> None:
        """Take a page or a whole data source from the connection's sight; no edit of it."""
        self._share(page_or_source_id, False)

    def share(self, page_or_source_id: str) -> None:
        """Show a page or a whole data source to the connection again; no edit of it."""
        self._share(page_or_source_id, True)

    def comment(self, page_id: str, text: str) -> str:
        """Comment on a page, which is no edit of it; the comment's id."""
        comment = Comment(id=self._tables.new_id(), text=text, by=self.id)
        self._page(page_id).comments.append(comment)
        return comment.id

    def resolve(self, page_id: str, comment_id: str) -> None:
        """Close a comment."""
        comments = self._page(page_id).comments
        comments[:] = [comment for comment in comments if comment.id != comment_id]

    def trash_source(self, source_id: str, in_trash: bool = True) -> None:
        """Move a data source to the trash, or out of it."""
        self._tables.sources[source_id].in_trash = in_trash
        self._tables.visibility_changed()

    def add_property(self, source_id: str, column: Property) -> str:
        """Add a column; its id."""
        return self._tables.add_column(self._tables.sources[source_id], column).id

    def rename_property(self, source_id: str, name: str, new: str) -> None:
        """Give a column another name; no edit of the rows."""
        column = replace(self._column(source_id, name), name=new)
        self._tables.set_column(self._tables.sources[source_id], column)

    def change_kind(self, source_id: str, name: str, kind: str) -> None:
        """Give a column another kind, which empties it."""
        column = replace(self._column(source_id, name), kind=kind, target=None, synced=None)
        self._tables.set_column(self._tables.sources[source_id], column)

    def remove_property(self, source_id: str, name: str) -> None:
        """Remove a column."""
        source = self._tables.sources[source_id]
        self._tables.drop_column(source, self._column(source_id, name).id)

    def _page(self, page_id: str) -> FakePage:
        return self._tables.pages[page_id]

    def _column(self, source_id: str, name: str) -> Property:
        columns = self._tables.sources[source_id].columns.values()
        found = next((column for column in columns if column.name == name), None)
        if found is None:
            raise KeyError(name)
        return found

    def _edited(self, page_id: str) -> None:
        self._tables.touch(self.id, self._page(page_id))
        self._tables.visibility_changed()

    def _share(self, identity: str, shared: bool) -> None:
        if identity in self._tables.sources:
            self._tables.sources[identity].shared = shared
        else:
            self._page(identity).shared = shared
        self._tables.visibility_changed()
