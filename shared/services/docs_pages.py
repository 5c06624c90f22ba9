"""From an outline to the file of a page: what is generated, joined with what people wrote."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from shared.code.docs_digest import digest, overview_digest
from shared.code.docs_merge import adopted, merged, standing, untouched
from shared.code.docs_page import OVERVIEW, Page, Rendered, removed_page, render_page
from shared.code.docs_prompt import body_digest
from shared.code.docs_prose import code_span
from shared.code.docs_sections import Address, Around
from shared.code.permalink import blob_url, commit_url
from shared.services.docs_reading import SourceFile
from shared.services.docs_store import Record
from shared.text import frontmatter
from shared.text.frontmatter import FrontMatterError

_TITLE = "title"
_NONE = Around()
Notes = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where permalinks lead: a commit of a repository; an empty one makes none."""

    url: str = ""
    commit: str = ""

    @property
    def shown(self) -> str:
        """The commit as a link in Markdown, "" for none."""
        return f"[{self.commit[:7]}]({commit_url(self.url, self.commit)})" if self.commit else ""

    def lines(self, path: str, first: int | None = None, last: int | None = None) -> str:
        """The address of a file, or of lines of it."""
        return blob_url(self.url, self.commit, path, first, last)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a page is made of. `users`: by the public name that they use."""

    file: SourceFile
    origin: Origin
    users: Mapping[str, Sequence[Address]] = field(default_factory=dict)
    summaries: Mapping[str, tuple[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """What was there. `text`: the page's file, None without one. `record`: what was last written.

    `title`: what the page was called where its source has moved since, else "".
    """

    text: str | None = None
    record: Record | None = None
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """What becomes of a page.

    `text`: of its file, None to remove it; `body`: that without front matter. `record`: what to
    remember, None where nothing is. `warning`: what to tell, "" for nothing.
    """

    action: Literal["created", "updated", "unchanged", "removed"]
    text: str | None
    body: str = ""
    record: Record | None = None
    warning: str = ""


def build_page(draft: Draft, before: Before) -> Built:
    """The page of a source file; one whose front matter cannot be read stays as it is."""
    path = draft.file.module.path
    around, known = _around(draft, before.record)
    page = Page(module=draft.file.module, sections=draft.file.sections, around=around)
    signatures = {each.key: each.symbols[0].signature for each in draft.file.sections}

    def render(kept: Sequence[str]) -> Rendered:
        return render_page(replace(page, notes=[_note(key, signatures) for key in kept]))

    built = build_plain(render, path, before)
    if built.record is None:
        return built
    record = replace(built.record, known=known, summaries=draft.summaries)
    return replace(built, record=record)


def build_plain(render: Callable[[Sequence[str]], Rendered], title: str, before: Before) -> Built:
    """A page from its body alone. `render` is given the sections that people keep as they are."""
    fresh = render(())
    cut = f"The page would be too long: it is without {fresh.cut}." if fresh.cut else ""
    if before.text is None:
        text = frontmatter.render({_TITLE: title}, fresh.text)
        record = Record(body=fresh.text)
        return Built(action="created", text=text, body=fresh.text, record=record, warning=cut)
    try:
        page = frontmatter.parse(before.text)
    except FrontMatterError as error:
        return Built(action="unchanged", text=before.text, warning=error.detail)
    base = before.record.body if before.record else adopted(page.body, fresh.text)
    result = merged(base, page.body, fresh.text)
    old = standing(before.record.kept, page.body, fresh.text) if before.record else ()
    if kept := tuple(dict.fromkeys([*old, *result.kept])):
        fresh = render(kept)
        result = merged(base, page.body, fresh.text)
    renamed = before.title and page.meta.get(_TITLE) == before.title
    text = frontmatter.update(
        before.text,
        {_TITLE: title} if renamed else {},
        body=result.text if result.text != page.body else None,
    )
    return Built(
        action="unchanged" if text == before.text else "updated",
        text=text,
        body=result.text,
        record=Record(body=fresh.text, kept=kept),
        warning=cut,
    )


def build_removed(path: str, origin: Origin, before: Before) -> Built:
    """What becomes of the page of a source that is gone: nothing, unless a person wrote on it."""
    if before.text is None:
        return Built(action="removed", text=None)
    try:
        body = frontmatter.parse(before.text).body
    except FrontMatterError as error:
        return Built(action="unchanged", text=before.text, warning=error.detail)
    if before.record is not None and untouched(before.record.body, body):
        return Built(action="removed", text=None, warning="It is gone, and its page with it.")
    notice = removed_page(path, origin.shown)
    base = before.record.body if before.record else ""
    result = merged(base, body, notice if before.record else f"{notice}\n{body}")
    text = frontmatter.update(before.text, {}, body=result.text)
    why = "It is gone; its page stays for what people wrote on it."
    return Built(action="updated", text=text, body=result.text, warning=why)


def current_summaries(
    file: SourceFile, record: Record | None, fresh: Mapping[str, str]
) -> dict[str, tuple[str, str]]:
    """The sentences for undocumented symbols whose lines are those that they were made of.

    `fresh`: what the model has just written.
    """
    kept = record.summaries if record else {}
    found: dict[str, tuple[str, str]] = {}
    for section in file.sections:
        if section.documented or not (section.key in kept or section.key in fresh):
            continue
        lines = body_digest(section, file.lines)
        if section.key in fresh:
            found[section.key] = (lines, fresh[section.key])
        elif kept[section.key][0] == lines:
            found[section.key] = kept[section.key]
    return found


def _around(
    draft: Draft, record: Record | None
) -> tuple[dict[str, Around], dict[str, tuple[str, tuple[str, ...]]]]:
    """What is said around the sections, and what to remember of them.

    A section that is what it was keeps its links: they name a commit in which it is so.
    """
    file, before = draft.file, record.known if record else {}
    path, language = file.module.path, file.module.language
    digests = {OVERVIEW: overview_digest(file.module)}
    spans: dict[str, Iterable[tuple[int | None, int | None]]] = {OVERVIEW: [(None, None)]}
    for section in file.sections:
        said = draft.summaries.get(section.key, ("", ""))[1]
        digests[section.key] = digest(section, said, file.lines, language)
        spans[section.key] = [(each.span.first, each.span.last) for each in section.symbols]
    known = {}
    for key, current in digests.items():
        was, links = before.get(key, ("", ()))
        if was != current or not links:
            fresh = (draft.origin.lines(path, *span) for span in spans[key])
            links = tuple(fresh) if draft.origin.commit else ()
        known[key] = (current, links)
    around = {
        key: Around(
            sources=links,
            users=tuple(draft.users.get(key, ())),
            summary=draft.summaries.get(key, ("", ""))[1],
        )
        for key, (_, links) in known.items()
    }
    return around, known


def _note(key: str, signatures: Mapping[str, str]) -> tuple[str, str]:
    if key in signatures:
        return key, f"your text was kept; the code now says {code_span(signatures[key])}"
    if key in (OVERVIEW, "Symbols", "Example"):
        return key or "Overview", "your text was kept; the code says something newer"
    return key, "your text was kept; it is no longer in the code"
