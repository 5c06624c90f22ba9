"""What the name of a file says."""

import pytest

from shared.code.languages import is_test, is_vendored, language_of


@pytest.mark.parametrize(
    ("path", "language"),
    [
        ("a/b.py", "python"),
        ("a.pyi", "python"),
        ("a.mjs", "javascript"),
        ("a.jsx", "javascript"),
        ("a.d.ts", "typescript"),
        ("a.tsx", "tsx"),
        ("a.h", "c"),
        ("a.HPP", "cpp"),
        ("A.cs", "csharp"),
        ("Rakefile", "ruby"),
        ("build.gradle.kts", "kotlin"),
        ("README.md", None),
        ("Makefile", None),
        (".py", None),
        ("py", None),
        ("", None),
    ],
)
def test_languages(path: str, language: str | None) -> None:
    assert language_of(path) == language


@pytest.mark.parametrize(
    "path",
    [
        "tests/a.py",
        "src/__tests__/a.js",
        "a_test.go",
        "test_a.py",
        "a.test.tsx",
        "app/BookTest.java",
        "spec/a_spec.rb",
        "src/tests.rs",
    ],
)
def test_tests(path: str) -> None:
    assert is_test(path)


@pytest.mark.parametrize("path", ["src/latest.py", "contest/a.go", "src/Attest.java", "a/b.js"])
def test_what_only_sounds_like_a_test(path: str) -> None:
    assert not is_test(path)


@pytest.mark.parametrize(
    "path",
    ["node_modules/a/b.js", "vendor/a.go", "dist/a.js", "a.min.js", "a_pb2.py", "a.pb.go"],
)
def test_vendored(path: str) -> None:
    assert is_vendored(path)


@pytest.mark.parametrize("path", ["src/a.js", "src/vendor.py", "distance/a.go", "src/minjs.js"])
def test_own(path: str) -> None:
    assert not is_vendored(path)
