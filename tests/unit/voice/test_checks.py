"""What generated code must pass."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.voice.checks import Check, check_code


def outcome(
    name: str, code: str = "", language: str | None = None, filename: str | None = None
) -> Check:
    """One check by its name."""
    return next(c for c in check_code(code, language, filename) if c.name == name)


@pytest.mark.parametrize(
    ("code", "language", "filename"),
    [
        ("x = 1\n", "python", "a.py"),
        ("async def f() -> None: ...\n", "python", None),
        ("match x:\n    case 1: pass\n", None, "a.py"),
        ('"\\d"\n', "python", "a.py"),
        ("", "python", "__init__.py"),
        ('{"a": [1, 2.5, null]}', "json", "a.json"),
        ("{}", None, "package.json"),
        ("x: int\n", "python 3", "script"),
    ],
)
def test_code_that_parses_passes(code: str, language: str | None, filename: str | None) -> None:
    assert outcome("parse", code, language, filename).ok


@pytest.mark.parametrize(
    ("code", "language", "filename", "detail"),
    [
        ("def f(:\n", "python", None, "line 1: "),
        ("x = 1\ny = (\n", None, "a.py", "line 2: '(' was never closed"),
        ("print 'a'\n", "python3", "a.py", "line 1: "),
        ("x = 1\0\n", "python", "a.py", ""),
        ("x\ny\n… (cut)", "python", "a.py", "line 3: invalid character"),
        ("x" + ".a" * 100_000, "python", "a.py", "not readable: "),
        ("not " * 100_000 + "1", "python", "a.py", "not readable: "),
        ("(" * 100_000, "python", "a.py", "line 1: too many nested"),
        ("{'a': 1}", "json", "a.json", "Expecting property name"),
        ("", "json", "a.json", "Expecting value"),
        ("[" * 100_000, None, "a.json", ""),
    ],
)
def test_code_that_does_not_parse_is_told_where(
    code: str, language: str | None, filename: str | None, detail: str
) -> None:
    found = outcome("parse", code, language, filename)
    assert not found.ok
    assert detail in found.detail


@pytest.mark.parametrize(
    ("code", "language", "filename"),
    [
        ("fn (", "rust", "a.rs"),
        ("fn (", "javascript", None),
        ('{"a": 1}\n{"a": 2}\n', "json", "rows.jsonl"),
        ("// with comments\n{}", "json", "tsconfig.jsonc"),
    ],
)
def test_what_is_not_parsed_here_is_not_called_parsed(
    code: str, language: str, filename: str | None
) -> None:
    assert [c.name for c in check_code(code, language, filename)] == ["paths", "secrets"]


@pytest.mark.parametrize(
    "path",
    [
        *("a.py", "src/a.py", "__init__.py", ".github/workflows/ci.yml", ".gitignore", "a b.py"),
        *("größe/日本.py", "a..b.py", "...", "Makefile", "x" * 200),
    ],
)
def test_paths_inside_the_tree_pass(path: str) -> None:
    assert outcome("paths", filename=path).ok


@pytest.mark.parametrize(
    "path",
    [
        *("/etc/passwd", "../a.py", "a/../../b", "a/..", "..", ".", "./a.py", "a/./b", "a//b"),
        *("src/", "", ".git", ".git/config", "a/.GIT/hooks/x", ".git./x", ".git /x", "GIT~1/x"),
        *("a\\b", "C:/x", "a\nb", "a\0b", "a\x7fb", "a*b", "a?b", 'a"b', "a|b", "a<b", "~/\u202ea"),
        *("a\u200bb", "\ufeffa", " a", "a ", "a /b", "x" * 201),
    ],
)
def test_paths_that_leave_the_tree_or_hide_something_do_not(path: str) -> None:
    found = outcome("paths", filename=path)
    assert not found.ok
    assert found.detail


def test_no_path_is_no_fault() -> None:
    assert outcome("paths").ok


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("-----BEGIN " + "PRIVATE KEY-----", "a private key"),
        ("-----BEGIN RSA " + "PRIVATE KEY-----", "a private key"),
        ("key = 'AKIA" + "ABCDEFGHIJKLMNOP'", "an AWS access key"),
        ("AIza" + "b" * 35, "a Google API key"),
        ("ghp_" + "a" * 36, "a GitHub token"),
        ("github_pat_" + "a" * 60, "a GitHub token"),
        ("sk-ant-" + "api03-" + "x" * 30, "an Anthropic key"),
        ("xoxb-" + "1" * 12, "a Slack token"),
    ],
)
def test_secrets_are_found_and_not_repeated(text: str, kind: str) -> None:
    found = outcome("secrets", f"x = {text!r}\n")
    assert not found.ok
    assert found.detail == kind


@pytest.mark.parametrize(
    "text", ["", "api_key = os.environ['KEY']", "AKIA", "sk-ant-short", "PUBLIC KEY", "ghp_short"]
)
def test_what_only_looks_like_a_secret_passes(text: str) -> None:
    assert outcome("secrets", text).ok


@given(code=st.text(), language=st.none() | st.text(), filename=st.none() | st.text())
def test_any_code_can_be_checked(code: str, language: str | None, filename: str | None) -> None:
    checks = check_code(code, language, filename)
    assert [c.name for c in checks if c.name != "parse"] == ["paths", "secrets"]
    assert all(set(c.to_map()) == {"name", "ok", "detail"} for c in checks)
