"""Which language a file is written in, and which files are not the project's own code."""

import re
from pathlib import PurePosixPath
from typing import Final

_BY_EXTENSION: Final = {
    **dict.fromkeys("py pyi pyw".split(), "python"),
    **dict.fromkeys("js mjs cjs jsx".split(), "javascript"),
    **dict.fromkeys("ts mts cts".split(), "typescript"),
    "tsx": "tsx",
    "go": "go",
    "java": "java",
    "rs": "rust",
    **dict.fromkeys("c h".split(), "c"),
    **dict.fromkeys("cc cpp cxx c++ hh hpp hxx h++ ipp tpp inl cppm ixx".split(), "cpp"),
    **dict.fromkeys("cs csx".split(), "csharp"),
    **dict.fromkeys("rb rake gemspec ru".split(), "ruby"),
    **dict.fromkeys("php phtml php5 php7".split(), "php"),
    **dict.fromkeys("kt kts".split(), "kotlin"),
    "swift": "swift",
}
_BY_NAME: Final = {
    "SConstruct": "python",
    "SConscript": "python",
    "wscript": "python",
    "Jakefile": "javascript",
    "Rakefile": "ruby",
    "Gemfile": "ruby",
    "Guardfile": "ruby",
    "Vagrantfile": "ruby",
    "Podfile": "ruby",
    "Fastfile": "ruby",
}
_VENDORED_FOLDERS: Final = frozenset(
    """
    node_modules bower_components jspm_packages vendor vendors vendored _vendor third_party
    third-party thirdparty 3rdparty external externals deps Pods Carthage Godeps dist build out
    target obj .venv venv site-packages __pycache__ .git .tox .nox .gradle .next .nuxt .yarn
    generated __generated__ gen autogen
    """.split()
)
_TEST_FOLDERS: Final = frozenset(
    """
    test tests testing __tests__ __mocks__ spec specs e2e testdata fixtures __fixtures__
    integration_tests test_data androidTest jvmTest commonTest unittests cypress
    """.split()
)
_VENDORED_NAME = re.compile(
    r"""
    [.-]min\.[cm]?js$ | [.-]bundle\.[cm]?js$ | \.chunk\.js$ | ^jquery([.-]\d.*)?\.js$
    | _pb2(_grpc)?\.pyi?$ | \.pb(\.gw)?\.(go|cc|h|swift)$ | _pb\.(js|rb|d\.ts)$ | \.grpc\.swift$
    | \.g\.(dart|cs)$ | \.g\.i\.cs$ | \.designer\.cs$ | \.generated\.\w+$ | [._]gen\.go$
    | ^zz_generated | ^bindata\.go$ | (Grpc|OuterClass)\.java$
    """,
    re.VERBOSE | re.IGNORECASE,
)
_TEST_NAME = re.compile(
    r"""
    ^test_.*\.py$ | _test\.(py|go|rb|cc|cpp|c|rs|exs|php)$ | _spec\.rb$ | ^conftest\.py$
    | ^tests?\.(py|rs|js|ts)$ | \.(test|spec|e2e|stories)\.[cm]?[jt]sx?$
    | (?-i:[a-z0-9](Tests?|TestCase|IT|Specs?)\.(java|kt|cs|php|swift|scala)$)
    | (?-i:^Test[A-Z].*\.(java|kt|cs|php)$)
    """,
    re.VERBOSE | re.IGNORECASE,
)


def language_of(path: str) -> str | None:
    """The language of a file by its name, None where it is no code that is read here.

    `.h` is "c": whether a header holds C++ is seen in its text by who reads it.
    """
    name = PurePosixPath(path).name
    extension = name.rpartition(".")[2].lower() if "." in name.lstrip(".") else ""
    return _BY_NAME.get(name) or _BY_EXTENSION.get(extension)


def is_test(path: str) -> bool:
    """Whether a path is a test or its data, by the customs of the languages."""
    parts = PurePosixPath(path).parts
    return bool(_TEST_FOLDERS.intersection(parts[:-1])) or bool(
        parts and _TEST_NAME.search(parts[-1])
    )


def is_vendored(path: str) -> bool:
    """Whether a path is somebody else's code, or made by a tool: packages, builds, minified."""
    parts = PurePosixPath(path).parts
    return bool(_VENDORED_FOLDERS.intersection(parts[:-1])) or bool(
        parts and _VENDORED_NAME.search(parts[-1])
    )
