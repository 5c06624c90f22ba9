"""Any text in any language: never an error, always the same, nothing takes long."""

import pytest

from shared.code.grammar import error_count, read_with_grammar

LANGUAGES = (
    "python javascript typescript tsx go java rust c cpp csharp ruby php kotlin swift".split()
)
ODD = {
    "empty": "",
    "spaces": " \n\t\n",
    "nul": "a\0b\0",
    "lone surrogate": "x = '\ud800'",
    "byte order mark": "\ufeffclass A {}",
    "open comment": "/** never closed",
    "open string": '"never closed',
    "brackets": "([{" * 2000,
    "closers": ")]}" * 2000,
    "nested blocks": "class A {" * 1500,
    "nested calls": "f(" * 3000 + ")" * 3000,
    "carriage returns": "class A {\r\n}\r\n",
    "signs": "".join(chr(33 + number * 7919 % 94) for number in range(3000)),
    "prose": "Once upon a time, there was no code at all.\n" * 20,
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_an_error_and_each_reads_the_same_twice(language: str) -> None:
    for text in ODD.values():
        first = read_with_grammar("a", language, text)
        assert first == read_with_grammar("a", language, text)
        assert error_count(language, text) >= 0


@pytest.mark.parametrize("language", LANGUAGES)
def test_lines_of_windows_give_the_same_outline(language: str) -> None:
    text = "// a\nclass A {\n  void b() {}\n}\ndef c\nend\n"
    assert read_with_grammar("a", language, text) == read_with_grammar(
        "a", language, text.replace("\n", "\r\n")
    )


def test_minified_files_are_not_read() -> None:
    text = "function a(){return 1};" * 20_000
    module = read_with_grammar("a.js", "javascript", text)
    assert (module.problem, module.symbols) == ("generated or minified", ())
    assert error_count("javascript", text) == 0


def test_faults_are_counted_and_placed() -> None:
    text = "function a() {}\n\nfunction (\n"
    assert error_count("javascript", "function a() {}\n") == 0
    assert error_count("javascript", text) == 1
    module = read_with_grammar("a.js", "javascript", text)
    assert module.problem == "1 place could not be parsed, at line 3"
    assert [one.name for one in module.symbols] == ["a"]


def test_an_unknown_language_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(KeyError):
        read_with_grammar("a.txt", "prose", "")
