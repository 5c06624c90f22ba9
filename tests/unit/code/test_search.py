"""Finding code for a task: by words of identifiers, by contents, by imports; and nothing secret."""

from collections.abc import Mapping, Sequence

import pytest

from shared.code.search import MAX_READ, Found, relevant
from shared.code.search_files import project_files, readable
from shared.code.search_words import scores, words
from shared.errors import TooLarge
from shared.ports.repository import Blob
from shared.text.secrets_scan import LEFT_OUT

LINK, SUBMODULE = 0o120000, 0o160000


class Desk:
    """A tree whose contents are counted as they are read. `limit`: bytes of one reading."""

    def __init__(self, contents: Mapping[str, str | bytes], limit: int = 1 << 30) -> None:
        raw = {p: c.encode() if isinstance(c, str) else c for p, c in contents.items()}
        self.files = {path: Blob.of(content) for path, content in raw.items()}
        self.read_paths: set[str] = set()
        self.reads: list[int] = []
        self._by_id = {self.files[path].id: (path, content) for path, content in raw.items()}
        self._limit = limit

    def read(self, ids: Sequence[str]) -> Mapping[str, bytes]:
        """As `Repository.read`."""
        self.reads.append(len(ids))
        if sum(len(self._by_id[each][1]) for each in ids) > self._limit:
            raise TooLarge("too much")
        self.read_paths |= {self._by_id[each][0] for each in ids}
        return {each: self._by_id[each][1] for each in ids}

    def search(self, title: str, text: str = "", without: Sequence[str] = ()) -> Found:
        return relevant(self.files, self.read, title, text, without)


def order(found: Found) -> list[str]:
    """The paths of the excerpts, each once."""
    return list(dict.fromkeys(each.path for each in found.excerpts))


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("parse_amount parseAmount ParseAmount", {"pars": 3, "amount": 3}),
        ("HTTPServer2Error", {"http": 1, "server": 1, "error": 1}),
        ("the entries, an entry and entering", {"entry": 2, "enter": 1}),
        ("class Größe: pass", {"größe": 1}),
        ("x = 1", {}),
    ],
)
def test_identifiers_and_prose_come_to_the_same_words(text: str, parts: dict[str, int]) -> None:
    assert words(text) == parts


def test_a_rare_word_weighs_more_than_a_common_one_and_a_long_text_less() -> None:
    texts = {
        "rare": words("ledger book"),
        "common": words("book book"),
        "long": words("ledger book " + "other " * 50),
        "none": words("other"),
    }
    found = scores({"ledger": 1.0, "book": 1.0}, texts)
    assert sorted(found, key=lambda key: -found[key]) == ["rare", "long", "common"]
    assert scores({"ledger": 1.0}, {}) == {}


def test_only_source_that_people_wrote_may_be_read() -> None:
    names = """src/a.py web/b.ts Makefile .github/workflows/ci.yml credentials.py .env .env.local
    deploy/prod.key id_rsa secrets.yaml service-account.json package-lock.json yarn.lock uv.lock
    poetry.lock node_modules/x/i.js vendor/x.go static/app.min.js pic.png data.bin notion/tasks/t.md
    notion/tasks/x.py api_pb2.py""".split()
    files = {name: Blob(id="1" * 40) for name in names}
    files |= {"link.py": Blob(id="2" * 40, mode=LINK), "sub.py": Blob(id="3" * 40, mode=SUBMODULE)}
    assert readable(files, ["notion/tasks"]) == [
        ".github/workflows/ci.yml",
        "Makefile",
        "credentials.py",
        "src/a.py",
        "web/b.ts",
    ]
    assert project_files(files) == ["Makefile"]


def test_the_file_that_the_task_is_about_comes_first() -> None:
    others = {
        f"src/part{n}.py": f"def other_{n}(value):\n    return value\n" * 20 for n in range(40)
    }
    desk = Desk(
        {
            **others,
            "src/money.py": "def parse_amount(text):\n    return int(text)\n",
            "tests/test_money.py": "from money import parse_amount\n",
            "README.md": "Run `make test`.",
        }
    )
    found = desk.search("Read amounts with a separator", "`parse_amount` refuses them.")
    assert order(found)[:3] == ["README.md", "src/money.py", "tests/test_money.py"]
    assert found.excerpts[1].lines[0] == "def parse_amount(text):"
    assert (found.excerpts[1].first, found.excerpts[1].last, found.excerpts[1].total) == (1, 2, 2)


def test_what_the_best_file_imports_is_found_although_its_words_are_others() -> None:
    filler = {f"src/x{n}.py": f"name_{n} = 'ledger'\n" for n in range(20)}
    desk = Desk(
        {
            **filler,
            "src/ledger.py": "from src.digits import spell\n\n\ndef write_ledger():\n    spell()\n",
            "src/digits.py": "def spell():\n    return ''\n",
        }
    )
    assert "src/digits.py" in order(desk.search("Write the ledger", "`write_ledger` is slow"))


def test_a_large_tree_is_read_in_part_and_in_few_fetches() -> None:
    contents = {f"pkg{n % 50}/mod{n}.py": f"value_{n} = {n}\n" for n in range(3_000)}
    contents["pkg7/retry_policy.py"] = "def backoff():\n    pass\n"
    contents["pkg7/helper.py"] = "def sleep():\n    pass\n"
    desk = Desk(contents)
    found = desk.search("Change the retry policy")
    assert order(found)[0] == "pkg7/retry_policy.py"
    assert len(desk.read_paths) <= MAX_READ + 20
    assert "pkg7/helper.py" in desk.read_paths  # beside a path that fits
    assert found.fetches <= 4
    assert sum(each.size for each in found.excerpts) < 50_000


def test_reading_too_much_at_once_is_met_by_reading_less() -> None:
    desk = Desk({f"m{n}.py": "x" * 1_000 for n in range(50)} | {"big.py": "y" * 9_000}, 5_000)
    found = desk.search("Anything")
    assert len(found.texts) == 50
    assert "big.py" not in found.texts


def test_binaries_large_files_and_secrets_in_code_do_not_reach_the_model() -> None:
    token = "ghp_" + "a1B2" * 10
    desk = Desk(
        {
            "a.py": f"ledger = 1\nTOKEN = '{token}'\nafter = 2\npassword = 'hunter2hunter2'\n",
            "b.py": b"ledger\0",
            "c.py": "ledger " * 60_000,
            "d.py": b"\xff\xfe ledger",
            "e.py": "ledger\n-----BEGIN RSA PRIVATE KEY-----\nabc\n",
            ".env": "ledger=1",
        }
    )
    found = desk.search("The ledger")
    shown = {each.path: each.lines for each in found.excerpts}
    assert shown.keys() == {"a.py", "e.py"}
    assert shown["a.py"] == ("ledger = 1", LEFT_OUT, "after = 2", LEFT_OUT)
    assert shown["e.py"] == (LEFT_OUT,)
    assert token not in str(shown)
    assert "hunter2hunter2" not in str(shown)
    assert ".env" not in desk.read_paths


def test_a_long_file_is_cut_at_its_definitions() -> None:
    steps = "    value += 1\n" * 30
    body = "\n".join(f"def step_{n}(value):\n{steps}    return value\n\n" for n in range(60))
    desk = Desk(
        {"src/long.py": f"import os\n\n\n{body}\n\ndef spend_budget():\n    return 'budget'\n"}
    )
    found = desk.search("Spend the budget", "`spend_budget`")
    assert sum(each.size for each in found.excerpts) < 45_000
    lines = found.texts["src/long.py"].split("\n")
    for each in found.excerpts:
        assert each.lines == tuple(lines[each.first - 1 : each.last])
        assert each.total == len(found.texts["src/long.py"].rstrip("\n").split("\n"))
    assert any("def spend_budget():" in each.lines for each in found.excerpts)
    assert found.excerpts[0].first == 1


@pytest.mark.parametrize("contents", [{}, {"notes.txt": "x"}, {"a.py": ""}, {"a.py": "\n\n"}])
def test_a_tree_without_anything_to_find_is_no_error(contents: dict[str, str]) -> None:
    found = Desk(contents).search("書き出し", "???")
    assert [each.path for each in found.excerpts] == [path for path in contents if path == "a.py"]
