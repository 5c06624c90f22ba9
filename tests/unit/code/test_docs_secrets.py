"""Outlines of many languages without the secrets that their source holds."""

import pytest

from shared.code.docs_secrets import without_secrets
from shared.code.outline import read_module

SOURCES = {
    "a.ts": 'export const API_KEY = "abcd1234efgh"\nexport function f(token = "abcd1234efgh") {}\n',
    "a.go": 'package a\n\nconst (\n\tAPIKey = "abcd1234efgh"\n)\n',
    "A.java": 'public class A {\n  public static final String API_KEY = "abcd1234efgh";\n}\n',
    "a.rs": 'pub static PASSWORD: &\'static str = "abcd1234efgh";\n',
    "a.rb": 'API_KEY = "abcd1234efgh"\n\ndef f(password: "abcd1234efgh")\nend\n',
    "a.php": '<?php\nconst API_KEY = "abcd1234efgh";\n',
    "a.kt": 'val apiKey: String = "abcd1234efgh"\n',
    "a.swift": 'public let apiKey: String = "abcd1234efgh"\n',
    "a.cs": 'public class A { public const string ApiKey = "abcd1234efgh"; }\n',
    "a.h": '#define API_KEY "abcd1234efgh"\n',
    "a.hpp": 'const std::string password{"abcd1234efgh"};\n',
    "a.py": 'class A:\n    def f(self, *, api_key: str | None = "abcd1234efgh") -> None: ...\n',
}


@pytest.mark.parametrize("path", SOURCES)
def test_a_secret_is_blank_wherever_the_outline_has_it(path: str) -> None:
    module = read_module(path, SOURCES[path])
    assert module is not None
    assert "abcd1234efgh" in repr(module)
    blank = repr(without_secrets(module))
    assert "abcd1234efgh" not in blank
    assert '"…"' in blank


@pytest.mark.parametrize("path", SOURCES)
def test_an_outline_without_secrets_is_the_same(path: str) -> None:
    module = read_module(path, SOURCES[path].replace("abcd1234efgh", "password"))
    assert module is not None
    assert without_secrets(module) is module
