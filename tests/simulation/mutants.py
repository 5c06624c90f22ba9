"""Faults put into the engine on purpose, to see that the proof finds them."""

import inspect
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import reduce
from importlib import import_module
from types import FunctionType
from typing import Any, Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """A change of one function: in its source `old`, which is there once, becomes `new`.

    `function`: its name in `module`, for a method with its class.
    """

    name: str
    module: str
    function: str
    old: str
    new: str


@contextmanager
def mutated(mutant: Mutant) -> Iterator[None]:
    """Let the product run with the change; everything is as before afterwards.

    Only the code of the function is exchanged, so that every reference to it sees the change.

    Raises:
        ValueError: the source does not have `old` once: the list of mutants must be mended.
    """
    function = _function(mutant)
    source = textwrap.dedent(inspect.getsource(function))
    if source.count(mutant.old) != 1:
        raise ValueError(f"{mutant.name}: {mutant.function} has changed")
    made: dict[str, Any] = {}
    changed = compile(
        source.replace(mutant.old, mutant.new), mutant.module, "exec", dont_inherit=True
    )
    exec(changed, function.__globals__, made)
    before = function.__code__
    function.__code__ = made[function.__name__].__code__
    try:
        yield
    finally:
        function.__code__ = before


def _function(mutant: Mutant) -> FunctionType:
    module = import_module(mutant.module)
    found: Any = reduce(getattr, mutant.function.split("."), module)
    assert isinstance(found, FunctionType)
    return found


def _mutant(name: str, place: str, old: str, new: str) -> Mutant:
    module, function = place.split(":")
    return Mutant(name=name, module=f"shared.{module}", function=function, old=old, new=new)


MUTANTS: Final = (
    _mutant(
        "the lease is not checked",
        "sync.guard:Guard.check",
        "left_s = min((until - now).total_seconds(), self._until_s - now_s)",
        "left_s = 1000.0",
    ),
    _mutant(
        "the lease is taken whoever wrote meanwhile",
        "sync.guard:Guard.save",
        "if_version=self._version,",
        "if_version=None,",
    ),
    _mutant(
        "the base is not updated",
        "sync.apply:Applier._writes",
        "yield self._store.put_base(link.id, base, link.expires_at)",
        "yield from ()",
    ),
    _mutant(
        "the sides are swapped when a clash is decided",
        "sync.body:_winning",
        'winner == "git"',
        'winner != "git"',
    ),
    _mutant(
        "the other side's change is left out of the merge",
        "sync.body:_merge",
        "merged = merge(base, notion, git)",
        "merged = merge(base, base, git)",
    ),
    _mutant(
        "a pause that Notion asks for is ignored",
        "sync.apply:Applier._write_page",
        "applied.limited = error",
        "applied.left = applied.left",
    ),
    _mutant(
        "the tip moves on although files were left",
        "sync.cycle:Cycle.applied",
        "tip=self.state.tip if left_paths else applied.tip",
        "tip=applied.tip",
    ),
    _mutant(
        "a page is made without a mark before",
        "sync.pages:PageWriter._make",
        "self._begin(action, self._pending_create(action, page), versions)",
        "self._guard.check()",
    ),
    _mutant(
        "a page that may still appear is made again",
        "sync.pages:PageWriter._leave_if_made",
        "self._now() - pending.at < AGAIN_AFTER",
        "False",
    ),
    _mutant(
        "what cannot be read counts as deleted",
        "sync.page_reader:PageReader.read",
        'PageSide(state="unshared")',
        'PageSide(state="trashed")',
    ),
    _mutant(
        "a page in the archive counts as deleted",
        "sync.page_reader:PageReader._page",
        'PageSide(state="archived", row=row)',
        'PageSide(state="trashed", row=row)',
    ),
    _mutant(
        "a conflict is decided in silence",
        "sync.properties:decide_clash",
        'return clash, ""',
        'return replace(clash, winner="git", by="policy"), ""',
    ),
    _mutant(
        "plans are never held",
        "sync.safety:check",
        "if not reasons or not plan.counts():",
        "if True:",
    ),
    _mutant(
        "a clash's base moves on",
        "sync.merging:_base_file",
        "if not joined.held and held_body is None:",
        "if True:",
    ),
    _mutant(
        "the title is taken from the first heading",
        "sync.file:title_of",
        "given = file.meta.get(TITLE)",
        "given = file.body.lstrip('# ').split('\\n')[0] or file.meta.get(TITLE)",
    ),
    _mutant(
        "each try comments again",
        "sync.comments:Commenter.comment",
        "elif not self._is_said(conflict):",
        "else:",
    ),
    _mutant(
        "a delete beats an edit in git",
        "sync.decide:_with_trashed",
        "changed = _file_changed(item)",
        "changed = False",
    ),
    _mutant(
        "a delete beats an edit in Notion",
        "sync.decide:_with_page",
        "if _page_changed(item):",
        "if False:",
    ),
    _mutant(
        "a file at another path is another file",
        "sync.match:_Matcher._assign_files_to_links",
        "link = named or self._vanished_with(file, lost)",
        "link = self._vanished_with(file, lost)",
    ),
    _mutant(
        "what a person writes on a page just made counts as Notion's spelling",
        "sync.pages:PageWriter._read_back",
        "self._notion.row(made.id).edited_by == made.edited_by",
        "True",
    ),
    _mutant(
        "who edited a page is not asked after its body was read",
        "sync.page_reader:PageReader.look_who_edited",
        "self._notion.row(page_id).edited_by == self._bot_id",
        "True",
    ),
    _mutant(
        "a line that was taken out comes back with its moved block",
        "sync.body:_merge",
        "not _revives(merged, base, notion, git)",
        "True",
    ),
    _mutant(
        "a choice only counts if the next merge shows the very texts",
        "sync.merging:_join_body",
        "decide_clash(shown or found, rules, item)",
        "decide_clash(found, rules, item)",
    ),
    _mutant(
        "what a branch put back behind our commit lost is not looked for",
        "sync.cycle:Cycle._pushed",
        "return applied.tip if before in (None, glance.tip) else before",
        "return None",
    ),
    _mutant(
        "a relation that comes back in its page's minute is not seen",
        "sync.observe:_shows_what_it_did",
        "same(row.values[key], value)",
        "True",
    ),
    _mutant(
        "a page edited right before its trash stays there",
        "sync.pages:PageWriter._trash",
        "if trash and self._is_edited_since(page, row):",
        "if False:",
    ),
)
