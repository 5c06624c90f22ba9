"""What people wrote on a page stays when the code says something new."""

import pytest

from shared.code.docs_merge import adopted, merged, split, standing, untouched

BASE = (
    "A book.\n\n## Symbols\n\n| Symbol | Summary |\n| --- | --- |\n| `Book` | Keeps. |\n\n"
    "## `Book`\n\n```python\nclass Book:\n```\n\nKeeps entries.\n\n"
    "### `Book.add`\n\n```python\ndef add(self, entry):\n```\n\nAdds one.\n\n"
    "## `free`\n\n```python\ndef free():\n```\n"
)
NEW = BASE.replace("def add(self, entry):", "def add(self, entry, at):")


def test_a_page_that_nobody_touched_becomes_what_is_generated() -> None:
    assert merged(BASE, BASE, NEW).text == NEW
    assert merged(BASE, BASE, NEW).kept == ()
    respelled = BASE.replace("| --- | --- |", "|---|---|")
    assert merged(BASE, respelled, NEW).text == NEW


def test_a_paragraph_of_a_person_stays_where_it_is() -> None:
    now = BASE.replace("Adds one.\n", "Adds one.\n\nMind the *order*.\n")
    result = merged(BASE, now, NEW)
    assert result.text == NEW.replace("Adds one.\n", "Adds one.\n\nMind the *order*.\n")
    assert result.kept == ()


def test_a_section_that_a_person_took_out_stays_out() -> None:
    gone = split(BASE)["Book.add"]
    now = BASE.replace(f"{gone}\n", "")
    result = merged(BASE, now, NEW)
    assert result.text == now
    assert result.kept == ()


def test_words_of_a_person_stand_against_newer_ones_and_that_is_told() -> None:
    now = BASE.replace("Adds one.", "Adds one entry, whoever asks.")
    new = NEW.replace("Adds one.", "Adds one, or raises.")
    result = merged(BASE, now, new)
    assert "Adds one entry, whoever asks." in result.text
    assert "def add(self, entry, at):" in result.text
    assert "or raises" not in result.text
    assert "<<<" not in result.text
    assert result.kept == ("Book.add",)


@pytest.mark.parametrize("touched", [False, True])
def test_what_left_the_code_leaves_the_page_unless_somebody_wrote_on_it(touched: bool) -> None:
    gone = split(BASE)["Book.add"]
    new = BASE.replace(f"{gone}\n", "")
    now = BASE.replace("Adds one.", "Adds one!") if touched else BASE
    result = merged(BASE, now, new)
    assert ("Adds one!" in result.text) is touched
    assert ("Book.add" in split(result.text)) is touched
    assert result.kept == (("Book.add",) if touched else ())


def test_a_new_symbol_comes_in_its_place_beside_a_persons_words() -> None:
    now = BASE.replace("Keeps entries.", "Keeps entries, says Ada.")
    new = BASE.replace("## `free`", "## `extra`\n\n```python\ndef extra():\n```\n\n## `free`")
    assert list(split(merged(BASE, now, new).text)) == [
        "", "Symbols", "Book", "Book.add", "extra", "free"
    ]  # fmt: skip


def test_what_stands_against_newer_text_is_told_until_it_does_not() -> None:
    now = BASE.replace("Adds one.", "Adds, says Ada.")
    assert standing(["Book.add", "gone"], now, NEW) == ("Book.add",)
    assert standing(["Book.add"], NEW, NEW) == ()


def test_a_page_whose_last_writing_is_forgotten_keeps_all_that_differs() -> None:
    now = BASE.replace("Adds one.", "Adds, says Ada.").replace("## `free`", "## Thanks")
    base = adopted(now, NEW)
    text = merged(base, now, NEW).text
    assert "Adds, says Ada." in text
    assert "## Thanks" in text
    assert "## `free`" in text


def test_a_page_counts_as_touched_by_what_it_says_alone() -> None:
    assert untouched(BASE, BASE.replace("| --- | --- |", "| -- | -- |"))
    assert not untouched(BASE, f"{BASE}\nMore.\n")


def test_sections_are_cut_at_headings_and_not_in_code() -> None:
    cut = split("a\n\n## `x`\n\n```sh\n# no heading\n```\n\n## `x`\n\nb\n")
    assert list(cut) == ["", "x", "x (2)"]
    assert "# no heading" in cut["x"]
