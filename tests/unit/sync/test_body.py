"""Bodies: Notion's spelling is no edit, a change is carried as a change, nothing is overwritten."""

import pytest

from dev.fakes.notion import FakeNotion
from shared.ports.notion import Body, Replacement
from shared.sync.body import Bodies, accounted, join, with_bullets_of
from shared.sync.packing import unpack
from tests.unit.sync.stage import Stage

SPELLED = "* one\n* two\n\n_three_\n"


@pytest.fixture
def stage() -> Stage:
    return Stage()


def test_notions_spelling_of_a_new_file_changes_nothing_in_git(stage: Stage) -> None:
    stage.write("notion/docs/plan.md", SPELLED)
    stage.settle()
    assert stage.body(stage.pages()["plan"]) == "- one\n- two\n\n*three*"
    assert stage.text("notion/docs/plan.md").endswith(SPELLED)


def test_notions_spelling_of_an_edit_changes_nothing_in_git(stage: Stage) -> None:
    _, path = stage.linked("Plan", "One.")
    stage.edit(path, "One.\n", SPELLED)
    stage.settle()
    assert stage.text(path).endswith(SPELLED)


def test_an_edit_in_notion_leaves_the_other_lines_as_a_person_spelled_them(stage: Stage) -> None:
    stage.write("notion/docs/plan.md", SPELLED)
    stage.settle()
    stage.person.edit_text(stage.pages()["plan"], "two", "zwei")
    stage.sync()
    text = stage.text("notion/docs/plan.md")
    assert "* one\n" in text
    assert text.endswith("zwei\n\n_three_\n")


def test_a_page_that_notion_respells_later_is_no_edit(stage: Stage) -> None:
    page, path = stage.linked("Plan", "*three* words")
    stage.notion.tables.pages[page].markdown = "_three_ words\n"
    stage.notion.tables.touch(stage.person.id, stage.notion.tables.pages[page])
    with stage.counted() as made:
        stage.settle()
    assert made["git.push"] == 0
    assert stage.text(path).endswith("\n*three* words\n")


def test_only_the_changed_part_of_a_page_is_written(stage: Stage) -> None:
    page, path = stage.linked("Plan", "One.\n\nTwo.\n\nThree.")
    stage.edit(path, "Two.", "Zwei.")
    stage.sync()
    (edit,) = [call for call in stage.notion.calls if call.method == "edit_body"]
    assert "Three" not in str(edit.arguments[1])
    assert stage.body(page) == "One.\n\nZwei.\n\nThree."


def test_an_empty_page_is_filled_as_a_whole(stage: Stage) -> None:
    page, path = stage.linked("Plan")
    stage.write(path, stage.text(path) + "\nNow there is text.\n")
    stage.sync()
    assert stage.body(page) == "Now there is text."


def test_a_text_that_is_replaced_as_a_whole_leaves_its_pre_image_for_30_days(stage: Stage) -> None:
    before = "\n\n".join(f"Line {number}." for number in range(240))
    page, path = stage.linked("Plan", before)
    text = stage.text(path)
    for number in range(0, 240, 2):  # more parts than are written one by one
        text = text.replace(f"Line {number}.", f"Zeile {number}.")
    stage.write(path, text)
    stage.sync()
    assert stage.body(page).count("Zeile") == 120
    (kept,) = stage.preimages()
    assert unpack(kept["body"]) == before
    assert (kept["expires_at"] - kept["at"]).days == 30


class Hasty(FakeNotion):
    """A person changes the page right before the connection writes to it."""

    hurry: tuple[str, str, str] | None = None

    def edit_body(self, page_id: str, replacements: tuple[Replacement, ...]) -> Body:  # type: ignore[override]
        if self.hurry is not None:
            page, old, new = self.hurry
            self.hurry = None
            self.as_person().edit_text(page, old, new)
        return super().edit_body(page_id, replacements)


def hasty(stage: Stage) -> Hasty:
    """The stage's Notion with a person who is quicker."""
    stage.notion.__class__ = Hasty
    assert isinstance(stage.notion, Hasty)
    return stage.notion


@pytest.mark.parametrize("old", ["Three", "One", "Two"])
def test_an_edit_between_our_reading_and_our_writing_is_not_lost(stage: Stage, old: str) -> None:
    page, path = stage.linked("Plan", "One.\n\nTwo words in one line.\n\nThree.")
    stage.edit(path, "line", "changed line")
    hasty(stage).hurry = (page, old, "Hasty")
    stage.settle()
    for text in (stage.body(page), stage.text(path)):
        assert "changed" in text
        assert "Hasty" in text


def test_an_edit_of_the_very_words_that_we_write_is_a_conflict(stage: Stage) -> None:
    page, path = stage.linked("Plan", "One.\n\nTwo.")
    stage.edit(path, "Two.", "Zwei.")
    hasty(stage).hurry = (page, "Two.", "Deux.")
    stage.settle()
    (conflict,) = stage.conflicts()
    texts = [text.strip() for text in (conflict.base, conflict.notion, conflict.git)]
    assert texts == ["One.\n\nTwo.", "One.\n\nDeux.", "One.\n\nZwei."]


def test_a_property_set_between_our_reading_and_our_writing_is_not_lost(stage: Stage) -> None:
    page, path = stage.linked("Plan", "One.", Points=1)
    stage.edit(path, "Points: 1", "Points: 2")
    before, stage.notion.before_call = stage.notion.calls, None

    def hurry() -> None:
        if before[-1].method == "body":
            stage.notion.before_call = None
            stage.person.set_value(page, "Points", 3)

    stage.notion.before_call = hurry
    stage.settle()
    (conflict,) = stage.conflicts()
    assert (conflict.notion, conflict.git) == ("3", "2")
    assert stage.value(page, "Points") == 3


@pytest.mark.parametrize(
    ("before", "wanted", "answer", "expected"),
    [
        pytest.param("a\nb\nc\n", "a\nB\nc\n", "a\nB\nc\n", "a\nB\nc\n", id="only our write"),
        pytest.param("a\nb\nc\n", "a\nB\nc\n", "a\n*B*\nc\n", "a\n*B*\nc\n", id="respelled"),
        pytest.param(
            "a\n\nb\n\nc\n", "a\n\nB\n\nc\n", "A\n\nB\n\nc\n", "a\n\nB\n\nc\n", id="above"
        ),
        pytest.param(
            "a\n\nb\n\nc\n", "a\n\nB\n\nc\n", "a\n\nB\n\nC\n", "a\n\nB\n\nc\n", id="below"
        ),
        pytest.param("a\n\nb\n", "a\n\nb\n\nc\n", "a\n\nb\n\nc\n", "a\n\nb\n\nc\n", id="added"),
        pytest.param("a\n\nb\n", "a\n", "a\n", "a\n", id="removed"),
        pytest.param("a\n", "a\n", "b\n", "a\n", id="nothing written"),
        pytest.param("a\n", "b\n", "b c\n", "b\n", id="words behind"),
        pytest.param("a\n", "b\n", "c b\n", "b\n", id="words before"),
        pytest.param("a\n", "b\n", "b\n\nc\n", "b\n", id="a block behind"),
        pytest.param("a\n", "b\n", "b\n<empty-block/>\n", "b\n<empty-block/>\n", id="a tag behind"),
        pytest.param("a\n\nb\n", "a\n\nB\n", "B\n", "a\n\nB\n", id="a block beside is gone"),
        pytest.param("a\n", "b <!-- c -->\n", "b\n", "b\n", id="a comment that is dropped"),
        pytest.param("a\n", "```\nb\n```\n", "```text\nb\n```\n", "```text\nb\n```\n", id="fence"),
    ],
)
def test_what_is_remembered_of_a_write_is_ours_alone(
    before: str, wanted: str, answer: str, expected: str
) -> None:
    assert accounted(before, wanted, answer) == expected


BASE = Bodies(base_git="* a\n* b\n", base_notion="- a\n- b", git="* a\n* b\n", notion="- a\n- b")


def test_joining_what_nobody_changed_changes_no_side() -> None:
    joined = join(BASE, None)
    assert (joined.git, joined.notion, joined.clashed) == (BASE.git, BASE.notion, False)


@pytest.mark.parametrize(
    ("base", "left", "edited"),
    [
        pytest.param("> a b\n\n> c d\n", "> a b\n", "> a e\n\n> c d f\n", id="quotes"),
        pytest.param("a\n\n# b c\n", "a\n", "a\n\n# b c d\n", id="heading"),
        pytest.param("a\n\nb c d\n", "a\n", "a\n\ne c d\n", id="paragraph"),
    ],
)
def test_a_block_dropped_on_one_side_and_edited_on_the_other_is_a_clash(
    base: str, left: str, edited: str
) -> None:
    for notion, git in ((left, edited), (edited, left)):
        texts = Bodies(base_git=base, base_notion=base, git=git, notion=notion)
        assert join(texts, None).clashed


def test_a_merge_carried_out_on_one_side_only_is_carried_out_on_the_other() -> None:
    base, notion, both = "a b\n\nc d\n", "c d\n\ne f\n", "c g\n\ne f\n"
    joined = join(Bodies(base_git=base, base_notion=base, git=both, notion=notion), None)
    assert (joined.git, joined.notion.strip(), joined.clashed) == (both, both.strip(), False)


def test_joining_two_texts_without_a_base_is_a_clash() -> None:
    joined = join(Bodies(base_git="", base_notion="", git="git\n", notion="notion"), None)
    assert joined.clashed
    assert (joined.git.strip(), joined.notion.strip(), joined.base) == ("git", "notion", "")


def test_joining_with_a_winner_gives_both_sides_its_text() -> None:
    texts = Bodies(base_git="a\n", base_notion="a", git="git\n", notion="notion")
    assert join(texts, "git").notion.strip() == "git"
    assert join(texts, "notion").git.strip() == "notion"
    assert join(texts, "merged", "own\n").git == "own\n"


def test_a_signed_query_is_stripped_and_the_image_kept(stage: Stage) -> None:
    signed = "https://prod-files-secure.s3.us-west-2.amazonaws.com/a/b.png"
    query = "?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=abc"
    page, path = stage.linked("Plan", f"![x]({signed}{query})\n\nText.")
    assert f"![x]({signed})" in stage.text(path)
    stage.person.set_body(page, f"![x]({signed}{query.replace('abc', 'def')})\n\nText.")
    with stage.counted() as made:
        stage.settle()
    assert made["git.push"] == 0


@pytest.mark.parametrize(
    ("text", "like", "expected"),
    [
        ("* one\n- zwei\n", "* one\n* two\n", "* one\n* zwei\n"),
        ("- one\n  - deep\n", "+ one\n", "+ one\n  + deep\n"),
        ("- one\n", "* one\n\n- two\n", "- one\n"),
        ("* one\n\n- - -\n", "* one\n", "* one\n\n- - -\n"),
        ("* a\n```\n- b\n```\n- c\n", "* a\n", "* a\n```\n- b\n```\n* c\n"),
        ("- one\n", "no list\n", "- one\n"),
    ],
)
def test_an_item_that_notion_changed_stays_in_its_list(text: str, like: str, expected: str) -> None:
    assert with_bullets_of(text, like) == expected


def test_what_somebody_adds_to_a_page_that_was_just_made_is_theirs() -> None:
    assert "More" not in accounted("", "Text.\n", "Text.\n\n## More words\n")


def test_a_line_that_was_taken_out_does_not_come_back_with_its_moved_block() -> None:
    base, moved = "- a\n- b\n\n- c\n- d\n\nText.\n", "- a\n- b\n\nText.\n\n- c\n- d\n"
    without = base.replace("- c\n", "")
    for notion, git in ((moved, without), (without, moved)):
        joined = join(Bodies(base_git=base, base_notion=base, git=git, notion=notion), None)
        assert joined.clashed
        assert (joined.git, joined.notion) == (git, notion)


def test_numbers_that_count_anew_are_no_lines_that_come_back() -> None:
    base = "1. a\n2. b\n3. c\n"
    fewer, more = "1. b\n2. c\n", "1. z\n2. a\n3. b\n4. c\n"
    joined = join(Bodies(base_git=base, base_notion=base, git=fewer, notion=more), None)
    assert (joined.git, joined.clashed) == ("1. z\n2. b\n3. c\n", False)
