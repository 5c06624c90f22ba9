"""File names from titles."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.text.slug import SLUG_MAX, file_path, slug

PAGE = "1f2e3d4c-5b6a-4980-8776-655443322110"


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Fix the login", "fix-the-login"),
        ("  Ünïcödé & Straße — Łódź!  ", "unicode-strasse-lodz"),
        ("Ærø's plan", "aeros-plan"),
        ("２０２６ ①", "2026-1"),
        ("", "untitled"),
        ("日本語 😀", "untitled"),
        ("../../etc/passwd", "etc-passwd"),
        ("CON", "con-page"),
        ("lpt1", "lpt1-page"),
        ("console", "console"),
        ("word " * 20, "-".join(["word"] * 12)),
        ("x" * 90, "x" * 60),
    ],
)
def test_a_title_becomes_a_short_plain_name(title: str, name: str) -> None:
    assert slug(title) == name


@given(st.text(max_size=90))
def test_a_slug_is_always_a_safe_name_and_its_own_slug(title: str) -> None:
    name = slug(title)
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name)
    assert len(name) <= SLUG_MAX
    assert slug(name) == name


def test_a_taken_path_is_told_apart_by_more_and_more_of_the_id() -> None:
    taken: list[str] = []
    for name in ("a", "a-1f2e3d4c", "a-1f2e3d4c5b6a"):
        path = file_path("notion/tasks/", "A", PAGE, [other.upper() for other in taken])
        assert path == f"notion/tasks/{name}.md"
        taken.append(path)


def test_a_path_is_free_if_only_another_folder_has_it() -> None:
    assert file_path("b", "A", PAGE, ["a/a.md"]) == "b/a.md"
    assert file_path("", "A", PAGE, []) == "a.md"


def test_a_page_that_has_every_path_already_is_an_error() -> None:
    digits = PAGE.replace("-", "")
    taken = ["a.md", *(f"a-{digits[:size]}.md" for size in range(8, 33, 4))]
    with pytest.raises(ValueError, match="taken"):
        file_path("", "A", PAGE, taken)
