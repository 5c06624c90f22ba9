"""Spoken names and whole commands against the symbol table of a small repository."""

import json
import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.code.model import Module, Span, Symbol
from shared.code.python import read_python
from shared.code.symbol_mentions import CLOSE
from shared.code.symbols import Mentions, SymbolTable

SAMPLE = Path(__file__).parents[3] / "dev/git_server/sample"
MORE = {
    "src/pocketbook/limits.py": "def rate_limit(): ...\nclass RustClient: ...\n"
    "def write_file(): ...\n",
    "src/pocketbook/file_utils.py": "def load_http_json(): ...\nBASE64_TABLE = 1\n",
    "src/pocketbook/parser.py": "class Ledger:\n    def total(self): ...\n"
    "    def close(self): ...\n",
    "src/web/views.py": "def index(): ...\ndef render(): ...\ndef middleware(): ...\nCENTS = 1\n",
    "src/web/admin/views.py": "def index(): ...\ndef slugify(): ...\n",
    "src/web/text.py": "def slugify(): ...\ndef _slugify(): ...\n",
}


@pytest.fixture(scope="module")
def table() -> SymbolTable:
    sources = {
        path.relative_to(SAMPLE).as_posix().removesuffix(".txt"): path.read_text(encoding="utf8")
        for path in SAMPLE.rglob("*.py.txt")
    }
    return SymbolTable.of(read_python(path, text) for path, text in (sources | MORE).items())


def best(table: SymbolTable, spoken: str) -> str:
    found = table.find(spoken)
    return f"{Path(found[0].path).name}:{found[0].symbol or ''}" if found else ""


@pytest.mark.parametrize(
    ("spoken", "expected"),
    [
        ("parse amount", "money.py:parse_amount"),
        ("parse_amount", "money.py:parse_amount"),
        ("Parse Amount.", "money.py:parse_amount"),
        ("pars amounts", "money.py:parse_amount"),
        ("the book class", "book.py:Book"),
        ("class book", "book.py:Book"),
        ("the file book", "book.py:"),
        ("add method of book", "book.py:Book.add"),
        ("the add method in the book class", "book.py:Book.add"),
        ("book dot add", "book.py:Book.add"),
        ("Book.add", "book.py:Book.add"),
        ("total of ledger", "parser.py:Ledger.total"),
        ("total in book", "book.py:Book.total"),
        ("total in parser dot py", "parser.py:Ledger.total"),
        ("money dot py", "money.py:"),
        ("money dot p y", "money.py:"),
        ("money dot python", "money.py:"),
        ("muny.py", "money.py:"),
        ("file utils dot py", "file_utils.py:"),
        ("src/pocketbook/money.py", "money.py:"),
        ("src slash web slash text dot py", "text.py:"),
        ("reporter", "report.py:"),
        ("REST client", "limits.py:RustClient"),
        ("ray limit", "limits.py:rate_limit"),
        ("right file", "limits.py:write_file"),
        ("load h t t p json", "file_utils.py:load_http_json"),
        ("base sixty four table", "file_utils.py:BASE64_TABLE"),
        ("month lee report", "report.py:monthly_report"),
        ("the pocketbook package", "__init__.py:"),
        ("something else entirely", ""),
        ("", ""),
        ("...", ""),
    ],
)
def test_a_spoken_name_finds_its_definition(table: SymbolTable, spoken: str, expected: str) -> None:
    assert best(table, spoken) == expected


def test_exact_names_score_one_and_the_rest_in_order(table: SymbolTable) -> None:
    scores = [each.score for each in table.find("entries")]
    assert scores[0] == 1.0
    assert scores == sorted(scores, reverse=True)
    assert len(scores) <= 10


def said(mentions: Mentions) -> list[str]:
    return [
        f"{each.words} = {each.candidate.symbol or each.candidate.path.rpartition('/')[2]}"
        for each in mentions.settled
    ]


@pytest.mark.parametrize(
    ("transcript", "expected"),
    [
        (
            "add error handling to parse amount in money dot py",
            ["parse amount = parse_amount", "money dot py = money.py"],
        ),
        ("Add a docstring to the total method of book.", ["total = Book.total", "book = Book"]),
        ("rename parse amount to read amount", ["parse amount = parse_amount"]),
        (
            "fix format amount and parse amount",
            ["format amount = format_amount"] * 1 + ["parse amount = parse_amount"],
        ),
        (
            "in file utils dot py add a retry to load http json",
            ["file utils dot py = file_utils.py", "load http json = load_http_json"],
        ),
        ("fix the ray limit", ["ray limit = rate_limit"]),
        ("make the REST client retry", ["REST client = RustClient"]),
        ("add a test for share", ["share = share"]),
        ("explain the book class", ["book = Book"]),
        ("what does Book.add do", ["Book.add = Book.add"]),
        ("Parse amount fails on negative numbers", ["Parse amount = parse_amount"]),
        ("change format_amount so that it rounds", ["format_amount = format_amount"]),
        ("in the money module add a function to convert currencies", ["money = money.py"]),
        ("put it in money", ["money = money.py"]),
        (
            "add a close method to the ledger in the parser module",
            ["ledger = Ledger", "parser = parser.py"],
        ),
        ("remove the note field from entry", ["note = Entry.note"]),
    ],
)
def test_a_command_names_files_and_symbols(
    table: SymbolTable, transcript: str, expected: list[str]
) -> None:
    mentions = table.mentions(transcript)
    assert said(mentions) == expected
    assert mentions.ambiguous == ()
    for each in mentions.settled:
        assert transcript[each.start : each.end] == each.words


@pytest.mark.parametrize(
    "transcript",
    [
        "create a function to add numbers",
        "write a function that parses amounts",
        "create a new function to parse amount strings",
        "please parse amount strings from the input",
        "print the total",
        "add a new method to it",
        "show me money",
        "convert cents to euros",
        "write a file",
        "make it async and add error handling",
        "undo that",
        "add an index",
        "parse, amount and so on",
        "what is the rate. Limit it",
        "",
        "?!",
    ],
)
def test_ordinary_words_name_nothing(table: SymbolTable, transcript: str) -> None:
    assert table.mentions(transcript) == Mentions()


def test_two_definitions_that_fit_as_well_are_a_question(table: SymbolTable) -> None:
    mentions = table.mentions("make slugify faster")
    assert mentions.settled == ()
    assert [each.words for each in mentions.ambiguous] == ["slugify"]
    found = mentions.ambiguous[0].candidates
    assert {each.path for each in found} == {"src/web/text.py", "src/web/admin/views.py"}
    assert max(each.score for each in found) - min(each.score for each in found) < CLOSE
    assert said(table.mentions("fix the total method")) == []
    assert len(table.mentions("fix the total method").ambiguous) == 1


def test_what_else_is_named_answers_the_question(table: SymbolTable) -> None:
    assert said(table.mentions("make slugify in text dot py faster")) == [
        "slugify = slugify",
        "text dot py = text.py",
    ]
    assert said(table.mentions("the slugify function in views dot py")) == [
        "slugify = slugify",
        "views dot py = views.py",
    ]
    views = table.mentions("explain views dot py")
    assert [each.words for each in views.ambiguous] == ["views dot py"]
    assert table.mentions("open src/web/admin/views.py").files == ("src/web/admin/views.py",)


def test_names_that_sound_the_same_are_a_question() -> None:
    files = {"a.py": "def write_file(): ...", "b.py": "def right_file(): ..."}
    table = SymbolTable.of(read_python(path, text) for path, text in files.items())
    spoken = table.mentions("fix the right file function").ambiguous
    assert [{each.name for each in group.candidates} for group in spoken] == [
        {"write_file", "right_file"}
    ]
    assert said(table.mentions("fix right_file")) == ["right_file = right_file"]


def test_files_are_named_before_those_of_symbols(table: SymbolTable) -> None:
    mentions = table.mentions("use parse amount in report dot py")
    assert mentions.files == ("src/pocketbook/report.py", "src/pocketbook/money.py")
    assert [each.symbol for each in mentions.symbols] == ["parse_amount"]


def test_names_come_most_used_first(table: SymbolTable) -> None:
    names = table.names()
    assert len(names) == len(set(names))
    assert {"parse_amount", "Book", "money.py", "BASE64_TABLE"} <= set(names)
    assert names.index("Book") < names.index("parse_amount") < names.index("RustClient")
    assert names.index("slugify") < names.index("test_money.py")
    assert "__init__" not in names
    assert all(3 <= len(name) <= 50 for name in names)


def test_a_stored_table_answers_the_same(table: SymbolTable) -> None:
    stored = json.loads(json.dumps(table.to_map()))
    again = SymbolTable.from_map(stored)
    assert again.to_map() == table.to_map()
    assert again.names() == table.names()
    for spoken in ("the book class", "total", "ray limit"):
        assert again.find(spoken) == table.find(spoken)
        assert again.mentions(f"fix {spoken} now") == table.mentions(f"fix {spoken} now")


def test_a_table_of_another_format_is_empty() -> None:
    assert SymbolTable.from_map({"format": 0, "files": {"a.py": []}}).names() == ()
    assert SymbolTable.from_map({}).find("book") == ()


def test_the_order_of_the_files_does_not_matter() -> None:
    modules = [read_python(path, text) for path, text in MORE.items()]
    one, other = SymbolTable.of(modules), SymbolTable.of(reversed(modules))
    assert one.to_map() == other.to_map()
    assert one.find("index") == other.find("index")


_WORD = st.text(string.ascii_lowercase, min_size=2, max_size=8)
_WORDS = st.lists(_WORD, min_size=1, max_size=5)
_SPELLINGS = st.sampled_from(
    [
        "_".join,
        "-".join,
        lambda words: "_".join(words).upper(),
        lambda words: "".join(word.capitalize() for word in words),
        lambda words: words[0] + "".join(word.capitalize() for word in words[1:]),
        lambda words: "_" + "_".join(words),
        lambda words: words[0].upper() + "".join(word.capitalize() for word in words[1:]),
    ]
)


def of_names(names: list[str]) -> SymbolTable:
    symbols = tuple(
        Symbol(name=name, qualname=name, kind="function", signature=name, span=Span(1, 1))
        for name in names
    )
    return SymbolTable.of([Module(path="a.py", language="python", symbols=symbols)])


@given(_WORDS, _SPELLINGS, st.lists(_WORDS.map("_".join), max_size=5))
def test_the_words_of_any_identifier_find_it(
    words: list[str], spelling: object, others: list[str]
) -> None:
    assert callable(spelling)
    name = str(spelling(words))
    found = of_names([*others, name]).find(" ".join(words))
    exact = [each for each in found if each.score == 1.0]
    assert name in {each.name for each in exact}


@given(st.text(max_size=60), st.lists(st.text(min_size=1, max_size=12), max_size=4))
def test_any_text_is_answered(transcript: str, names: list[str]) -> None:
    table = of_names(names)
    for each in table.find(transcript):
        assert 0 < each.score <= 1
    for mention in table.mentions(transcript).settled:
        assert transcript[mention.start : mention.end] == mention.words


def test_a_sentence_looks_at_few_of_many_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty thousand names: a scan would align each of them with each phrase."""
    from shared.code import name_index

    aligned = 0
    align = name_index._aligned

    def counting(likes: list[dict[str, float]], form: tuple[str, ...]) -> float:
        nonlocal aligned
        aligned += 1
        return align(likes, form)

    monkeypatch.setattr(name_index, "_aligned", counting)
    verbs = "get set load save parse format open close read write".split()
    nouns = [
        f"{a}{b}" for a in "alpha beta gamma delta omega".split() for b in "er ix on um".split()
    ]
    names = [f"{v}_{n}_{m}_{x}" for v in verbs for n in nouns for m in nouns for x in verbs[:5]]
    assert len(names) == 20_000
    table = of_names(names)
    found = table.mentions("add caching to load alphaer betaum and to the gammaon parser please")
    assert found == Mentions()
    found = table.mentions("add caching to load alphaer betaum cookie in the reader")
    assert [each.candidate.name for each in found.settled] == []
    found = table.mentions("add caching to load alphaer betaum get in the reader")
    assert [each.candidate.name for each in found.settled] == ["load_alphaer_betaum_get"]
    assert aligned < 2_000
