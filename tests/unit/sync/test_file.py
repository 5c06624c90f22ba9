"""A page as a file: what is read, what is refused, what stays as it is."""

import pytest

from shared.ports.repository import Blob
from shared.sync.file import (
    MAX_FILE_BYTES,
    body_of,
    changed_text,
    meta_of,
    page_id_of,
    read_file,
    title_of,
)
from shared.sync.model import FileSide

ID = "0000000a-0000-4000-8000-00000000000a"


def read(content: bytes, path: str = "notion/docs/plan.md") -> FileSide:
    return read_file(path, Blob.of(content), content)


def test_a_file_is_its_front_matter_and_its_body() -> None:
    file = read(b"---\ntitle: Plan\nTags: [a, b]\n---\n\n# One\n")
    assert file.meta == {"title": "Plan", "Tags": ["a", "b"]}
    assert (file.body, file.fault) == ("# One\n", "")


def test_a_file_without_front_matter_is_all_body() -> None:
    file = read(b"# One\n\n---\n\nTwo\n")
    assert (file.meta, file.body) == ({}, "# One\n\n---\n\nTwo\n")


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"\xff\xfe", "It is not UTF-8 text."),
        (b"x" * (MAX_FILE_BYTES + 1), "It is larger than 400 KiB."),
        (b"---\ntitle: [a\n---\n", "front matter"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(content: bytes, fault: str) -> None:
    file = read(content)
    assert fault in file.fault
    assert (file.meta, file.body, file.text) == ({}, "", "")


def test_a_file_of_the_greatest_size_is_read() -> None:
    assert read(b"x" * MAX_FILE_BYTES).fault == ""


@pytest.mark.parametrize("given", [ID, ID.upper(), ID.replace("-", "")])
def test_a_page_id_is_known_in_all_its_spellings(given: str) -> None:
    assert page_id_of({"id": given}) == ID


@pytest.mark.parametrize("given", ["", None, "hello", ID + "0", 12, ["x"]])
def test_what_is_no_page_id_names_no_page(given: object) -> None:
    assert page_id_of({"id": given}) is None


def test_a_title_is_the_key_else_the_files_name() -> None:
    assert title_of(read(b"---\ntitle: Plan B\n---\n")) == "Plan B"
    assert title_of(read(b"---\ntitle: 2026\n---\n")) == "2026"
    assert title_of(read(b"---\ntitle:\n---\n# Heading\n")) == "plan"


def test_changing_keys_leaves_the_rest_of_the_file_as_it_is() -> None:
    text = "---\n# mine\nb: 2 # two\na: 1\n---\n\n* one\n"
    assert changed_text(text, {"a": 3}) == text.replace("a: 1", "a: 3")
    assert changed_text(text, {}) == text


def test_an_emptied_key_keeps_its_line_and_an_empty_one_is_not_added() -> None:
    text = "---\na: 1\n---\n\nOne.\n"
    changed = changed_text(text, {"a": None, "b": None, "c": []})
    assert meta_of(changed) == {"a": None}


def test_changing_the_body_leaves_the_front_matter_as_it_is() -> None:
    text = "---\na: 1 # one\n---\n\nOne.\n"
    assert changed_text(text, {}, "Two.\n") == "---\na: 1 # one\n---\n\nTwo.\n"


@pytest.mark.parametrize("text", ["---\na: [\n---\n\nOne.\n"])
def test_of_a_broken_text_nothing_is_known(text: str) -> None:
    assert (body_of(text), meta_of(text)) == ("", {})
