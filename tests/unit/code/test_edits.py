"""Edits are applied exactly as meant, or refused with what the model has to mend."""

from collections.abc import Mapping

import pytest

from shared.code.edits import (
    MAX_FILE_BYTES,
    EditRejected,
    FileEdit,
    Replacement,
    Source,
    WholeFile,
    apply_edits,
)

MONEY = '''"""Money."""


def parse(text):
    value = int(text)
    return value


def show(cents):
    if cents:
        return str(cents)
    return ""
'''


def edited(content: str | bytes, *edits: FileEdit, path: str = "a.py") -> bytes | None:
    """What one file becomes."""
    raw = content.encode() if isinstance(content, str) else content
    return apply_edits({path: Source(content=raw)}, edits).files.get(path, raw)


def change(search: str, replace: str, path: str = "a.py") -> Replacement:
    return Replacement(path=path, search=search, replace=replace)


def fault(content: str | bytes, *edits: FileEdit, path: str = "a.py") -> str:
    """What the model is told."""
    with pytest.raises(EditRejected) as caught:
        edited(content, *edits, path=path)
    return caught.value.detail


def test_the_only_place_is_replaced_and_the_rest_stays() -> None:
    edit = change("    value = int(text)\n", "    value = int(text.strip())\n")
    assert edited(MONEY, edit) == MONEY.replace("int(text)", "int(text.strip())").encode()


def test_a_text_that_stands_twice_is_refused_with_its_lines() -> None:
    said = fault("x = 1\ny = 2\nx = 1\n", change("x = 1\n", "x = 3\n"))
    assert "2 times (lines 1, 3)" in said


def test_copies_that_share_a_line_count_each() -> None:
    said = fault("a\nb\na\nb\na\n", change("a\nb\na\n", "c\n", "a.txt"), path="a.txt")
    assert "2 times (lines 1, 3)" in said


def test_the_end_of_a_longer_line_is_no_match() -> None:
    assert "does not stand" in fault("total = x\n", change("x\n", "y\n"))


def test_a_block_without_its_indentation_gets_that_of_the_file() -> None:
    edit = change(
        "if cents:\n    return str(cents)\n",
        "if cents < 0:\n    return '-'\nif cents:\n    return str(cents)\n",
    )
    done = edited(MONEY, edit)
    assert done is not None
    assert b"\n    if cents < 0:\n        return '-'\n    if cents:\n        return str" in done


def test_a_block_with_too_much_indentation_loses_it() -> None:
    edit = change("        value = int(text)\n", "        value = int(text)\n        value += 1\n")
    done = edited(MONEY, edit)
    assert done is not None
    assert b"    value = int(text)\n    value += 1\n    return value" in done


def test_spaces_in_a_block_become_the_tabs_of_the_file() -> None:
    content = "def f(a):\n\tif a:\n\t\treturn 1\n\treturn 2\n"
    edit = change("    if a:\n        return 1\n", "    if not a:\n        return 3\n")
    assert edited(content, edit) == b"def f(a):\n\tif not a:\n\t\treturn 3\n\treturn 2\n"


def test_indentation_that_cannot_be_carried_over_is_refused() -> None:
    content = "def f(a):\n\tif a:\n\t\treturn 1\n"
    edit = change("    if a:\n        return 1\n", "    if a:\n            return 3\n")
    assert "indentation" in fault(content, edit)


def test_blanks_at_line_ends_do_not_matter() -> None:
    content = "def f():\n    x = 1   \n    return x\n"
    edit = change("    x = 1\n    return x\n", "    return 1\n")
    assert edited(content, edit) == b"def f():\n    return 1\n"


def test_what_differs_only_in_indentation_in_two_places_is_refused() -> None:
    content = "class A:\n    def f(self):\n        x = 1\n    def g(self):\n      x = 1\n"
    assert "2 times (lines 3, 5)" in fault(content, change("x = 1\n", "x = 2\n"))


def test_the_nearest_lines_are_told() -> None:
    said = fault(MONEY, change("    value = float(text)\n    return value\n", "    return 1\n"))
    assert "Did you mean these lines (from line 5)?\n    value = int(text)\n    return" in said


def test_nothing_alike_is_told_too() -> None:
    said = fault(MONEY, change("import numpy as np\n", "\n"))
    assert "copy lines of the file" in said


def test_a_change_that_is_there_already_is_told() -> None:
    assert "there already" in fault(MONEY, change("    value = 7\n", "    return value\n"))


def test_blocks_work_on_what_the_ones_before_left() -> None:
    done = edited("a = 1\nb = 1\n", change("a = 1\n", "a = 2\nc = 3\n"), change("b = 1\n", ""))
    assert done == b"a = 2\nc = 3\n"


def test_a_block_that_removes_a_copy_makes_the_other_one_the_only_one() -> None:
    edits = (change("b = 1\na = 1\n", "b = 1\n"), change("a = 1\n", "a = 5\n"))
    assert edited("a = 1\nb = 1\na = 1\n", *edits) == b"a = 5\nb = 1\n"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("b\n", "x\n"), ("a\nx\n", "y\n")),
        (("b\n", "x\ny\n"), ("x\n", "z\n")),
        (("b\n", ""), ("a\nc\n", "z\n")),
    ],
)
def test_blocks_that_overlap_are_refused(first: tuple[str, str], second: tuple[str, str]) -> None:
    edits = (change(*first, "a.txt"), change(*second, "a.txt"))
    assert "overlaps" in fault("a\nb\nc\n", *edits, path="a.txt")


def test_neighbouring_blocks_do_not_overlap() -> None:
    edits = (change("b\n", "x\n", "a.txt"), change("c\n", "y\n", "a.txt"))
    assert edited("a\nb\nc\n", *edits, path="a.txt") == b"a\nx\ny\n"


def test_one_bad_block_refuses_all_of_them() -> None:
    files = {"a.py": Source(content=b"a = 1\n"), "b.py": Source(content=b"b = 1\n")}
    edits = [change("a = 1\n", "a = 2\n"), change("c = 1\n", "c = 2\n", "b.py")]
    with pytest.raises(EditRejected, match=r"Edit 2 of 2 \(b\.py\)"):
        apply_edits(files, edits)


def test_an_empty_search_makes_a_file_and_fills_an_empty_one() -> None:
    assert apply_edits({}, [change("", "x = 1\n", "new.py")]).files == {"new.py": b"x = 1\n"}
    assert edited("", change("", "x = 1\n")) == b"x = 1\n"
    assert "SEARCH part is empty" in fault("y = 1\n", change("", "x = 1\n"))


def test_a_search_of_blank_lines_is_refused() -> None:
    assert "no text" in fault("a = 1\n\nb = 2\n", change("\n", "c = 3\n"))


def test_a_block_for_a_file_that_is_not_there_is_refused() -> None:
    with pytest.raises(EditRejected, match="no such file"):
        apply_edits({}, [change("a = 1\n", "a = 2\n")])


def test_a_whole_file_and_blocks_of_it_are_refused_together() -> None:
    whole = WholeFile(path="a.py", content="a = 3\n")
    assert "whole" in fault("a = 1\n", whole, change("a = 3\n", "a = 4\n"))
    assert "whole" in fault("a = 1\n", change("a = 1\n", "a = 4\n"), whole)
    assert "whole" in fault("a = 1\n", whole, whole)


def test_edits_that_change_nothing_leave_nothing() -> None:
    assert (
        apply_edits({"a.py": Source(content=b"a = 1")}, [change("a = 1\n", "a = 1\n")]).files == {}
    )


def test_the_ends_of_lines_stay_as_the_file_has_them() -> None:
    content = b"a = 1\r\nb = 2\r\nc = 3\r\n"
    edit = change("b = 2\n", "b = 4\nd = 5\n")
    assert edited(content, edit) == b"a = 1\r\nb = 4\r\nd = 5\r\nc = 3\r\n"


def test_in_a_file_with_both_ends_each_line_keeps_its_own_and_new_ones_get_the_usual() -> None:
    content = b"a = 1\r\nb = 2\nc = 3\r\nd = 4\r\n"
    edit = change("b = 2\nc = 3\n", "b = 2\ne = 5\nc = 3\n")
    assert edited(content, edit) == b"a = 1\r\nb = 2\ne = 5\r\nc = 3\r\nd = 4\r\n"


@pytest.mark.parametrize("content", [b"a = 1\nb = 2", b"a = 1\r\nb = 2"])
def test_a_last_line_without_an_end_stays_without_one(content: bytes) -> None:
    done = edited(content, change("b = 2\n", "b = 3\nc = 4\n"))
    assert done == content.replace(b"b = 2", b"b = 3" + content[5:-5] + b"c = 4")
    assert edited(content, WholeFile(path="a.py", content="z = 1\n")) == b"z = 1"


def test_a_byte_order_mark_stays() -> None:
    content = "\ufeffa = 1\n".encode()
    assert edited(content, change("a = 1\n", "a = 2\n")) == "\ufeffa = 2\n".encode()
    whole = WholeFile(path="a.py", content="\ufeffa = 3\n")
    assert edited(content, whole) == "\ufeffa = 3\n".encode()


def test_characters_that_only_look_like_line_ends_stay() -> None:
    content = "a = 'x\u2028y'\nb = '\x0c'\x85\n"
    edit = change("a = 'x\u2028y'\n", "a = 1\n", "a.txt")
    assert edited(content, edit, path="a.txt") == "a = 1\nb = '\x0c'\x85\n".encode()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"a\0b\n", "binary"),
        (b"\xe9t\xe9\n", "not UTF-8"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:1\n", "LFS"),
        (b"x" * (MAX_FILE_BYTES + 1), "larger than"),
    ],
)
def test_files_that_are_no_small_text_are_refused(content: bytes, why: str) -> None:
    assert why in fault(content, change("a\n", "b\n", "a.txt"), path="a.txt")
    assert why in fault(content, WholeFile(path="a.txt", content="b\n"), path="a.txt")


@pytest.mark.parametrize("mode", [0o120000, 0o160000])
def test_links_and_submodules_are_refused(mode: int) -> None:
    with pytest.raises(EditRejected, match="a link or a submodule"):
        apply_edits({}, [WholeFile(path="a", content="x\n")], tree={"a": mode})
    with pytest.raises(EditRejected, match="a link or a submodule"):
        apply_edits({}, [WholeFile(path="a/b", content="x\n")], tree={"a": mode})


def test_a_long_file_is_not_cut_in_half_unless_that_was_asked_for() -> None:
    long = "".join(f"x{number} = {number}\n" for number in range(200))
    files = {"a.py": Source(content=long.encode())}
    short = WholeFile(path="a.py", content=long[: len(long) // 3].rsplit("\n", 1)[0])
    with pytest.raises(EditRejected, match="less than half"):
        apply_edits(files, [short])
    assert apply_edits(files, [short], may_shrink=True).files


@pytest.mark.parametrize(
    "line",
    [
        "# ... rest of the code unchanged ...",
        "    # rest of the function remains the same",
        "# existing code here",
        "# … existing methods …",
        "# (the) rest of the file ...".replace("(the) ", ""),
        "# ... other functions ...",
        "# unchanged",
    ],
)
def test_comments_that_stand_for_code_are_refused(line: str) -> None:
    edit = change("    value = int(text)\n", f"    value = 1\n{line}\n")
    assert "left out" in fault(MONEY, edit)


@pytest.mark.parametrize(
    "line",
    ["# The rest of the amount is kept.", "# Existing entries win.", "# ... and so on", "x = ..."],
)
def test_ordinary_comments_are_not_taken_for_them(line: str) -> None:
    assert edited("a = 1\n", WholeFile(path="a.py", content=f"a = 1\n{line}\n")) is not None


def test_a_python_file_must_parse_unless_it_did_not_before() -> None:
    assert "line 1: " in fault("a = 1\n", change("a = 1\n", "a = = 1\n"))
    old = "print 'old'\nb = 1\n"
    files = {"a.py": Source(content=old.encode())}
    done = apply_edits(files, [change("b = 1\n", "b = 2\n")])
    assert [check.ok for check in done.checks] == [True, True, True]
    assert "did not parse before" in done.checks[0].detail


def test_a_json_file_must_parse() -> None:
    edit = Replacement(path="a.json", search='{"a": 1}\n', replace='{"a": }\n')
    assert "does not parse" in fault('{"a": 1}\n', edit, path="a.json")


@pytest.mark.parametrize(
    ("path", "old", "broken"),
    [
        ("a.js", "function f() {\n  return 1;\n}\n", "function f() {\n  return 1;\n"),
        ("a.go", "package a\n\nfunc F() int {\n\treturn 1\n}\n", "package a\n\nfunc F( int {\n}\n"),
        ("a.ts", "const a: number = 1;\n", "const a: number = ;\n"),
    ],
)
def test_other_languages_may_not_hold_more_errors_than_before(
    path: str, old: str, broken: str
) -> None:
    assert "does not parse" in fault(old, WholeFile(path=path, content=broken), path=path)
    assert edited(broken, WholeFile(path=path, content=old), path=path) == old.encode()
    more = WholeFile(path=path, content=f"{broken}\n")
    assert edited(broken, more, path=path) == f"{broken}\n".encode()


def test_a_new_secret_is_refused_and_an_old_one_does_not_count() -> None:
    key = "AKIA" + "ABCDEFGHIJKLMNOP"
    assert "AWS access key" in fault("a = 1\n", change("a = 1\n", f"a = '{key}'\n"))
    content = f"k = '{key}'\na = 1\n"
    assert edited(content, change("a = 1\n", "a = 2\n")) == content.replace("= 1", "= 2").encode()


def test_new_files_may_not_stand_in_each_others_way() -> None:
    def whole(path: str) -> WholeFile:
        return WholeFile(path=path, content="x\n")

    for other in ("a/b", "A"):
        with pytest.raises(EditRejected, match="cannot be used"):
            apply_edits({}, [whole("a"), whole(other)])


def test_code_that_is_no_text_is_refused() -> None:
    for bad in ("a\0", "\ud800"):
        with pytest.raises(EditRejected):
            apply_edits({}, [WholeFile(path="a.txt", content=bad)])


def test_too_many_files_are_refused() -> None:
    edits = [WholeFile(path=f"{number}.txt", content="x\n") for number in range(51)]
    with pytest.raises(EditRejected, match="at most 50"):
        apply_edits({}, edits)


def test_nothing_but_the_named_files_comes_back() -> None:
    files: Mapping[str, Source] = {
        "a.py": Source(content=b"a = 1\n"),
        "b.py": Source(content=b"b = 1\n"),
    }
    assert apply_edits(files, [change("a = 1\n", "a = 2\n")]).files == {"a.py": b"a = 2\n"}
