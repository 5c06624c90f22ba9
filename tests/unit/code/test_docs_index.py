"""The index of the documentation, its diagram, and the questions to the model."""

import re

from shared.code.docs_index import IndexedFile, coverage, render_index
from shared.code.docs_mermaid import MAX_NODES, import_diagram
from shared.code.docs_prompt import FIRST_LINE, body_digest, read_summaries, summary_request, wanted
from shared.code.docs_sections import sections
from shared.code.model import Doc, Span, Symbol
from shared.text.markdown import canonical


def indexed(path: str, *imports: str, symbols: int = 2, undocumented: int = 1) -> IndexedFile:
    return IndexedFile(
        path=path,
        address=f"https://git.test/{path}",
        symbols=symbols,
        undocumented=undocumented,
        imports=frozenset(imports),
    )


FILES = [
    indexed("src/b.py", "src/a.py"),
    indexed("src/a.py", symbols=0, undocumented=0),
    indexed("main.py", "src/b.py", undocumented=0),
]


def test_the_index_lists_folders_files_coverage_and_imports() -> None:
    text = render_index(FILES, "[c0ffee1](https://git.test/c)")
    assert text.startswith(
        "3 files, 4 public symbols, 75 % documented, as of [c0ffee1](https://git.test/c).\n\n"
        "## Files\n\n"
        "- ./ (1 file, 100 % documented)\n"
        "  - [main.py](https://git.test/main.py): 2 symbols\n"
        "- src/ (2 files, 50 % documented)\n"
        "  - [a.py](https://git.test/src/a.py): no public symbols\n"
        "  - [b.py](https://git.test/src/b.py): 2 symbols, 1 not documented\n\n"
        "## Imports\n\n```mermaid\ngraph LR\n"
    )
    assert canonical(text) == text
    assert render_index(FILES[::-1], "[c0ffee1](https://git.test/c)") == text
    assert coverage([]) == 100


def test_an_index_of_very_many_files_lists_folders_alone() -> None:
    many = [indexed(f"packages/p{at % 50}/module_{at}.py") for at in range(6_000)]
    text = render_index(many, "")
    assert len(text) < 350_000
    assert "- packages/p7/ (120 files, 50 % documented)\n" in text
    assert "module_" not in text


def test_a_diagram_has_no_node_that_is_a_word_and_always_the_same_lines() -> None:
    graph = {"end": ["a/class.py"], "a/class.py": ['we"ird]#;<b>.py', "end"], "alone.py": []}
    source = import_diagram(graph)
    lines = source.split("\n")
    assert lines[0] == "graph LR"
    node = re.compile(r'  n[0-9a-f]{8}(\["[^"\]<>]*"\]| --> n[0-9a-f]{8})')
    assert all(node.fullmatch(each) for each in lines[1:-1] if "ird" not in each)
    assert '["we#34;ird]#35;#59;#60;b#62;.py"]' in source
    assert "alone" not in source
    assert len(lines) == 1 + 3 + 3
    assert import_diagram(dict(reversed(graph.items()))) == source
    assert import_diagram({"a": ["a"], "b": []}) == ""


def test_a_large_graph_is_folded_to_folders() -> None:
    graph = {
        f"src/p{at % 9}/inner/m{at}.py": [f"src/p{(at + 1) % 9}/inner/m{at + 1}.py"]
        for at in range(200)
    }
    source = import_diagram(graph)
    nodes = re.findall(r'\["(.*)"\]', source)
    assert 1 < len(nodes) <= MAX_NODES
    assert nodes == [f"src/p{at}/inner/" for at in range(9)]
    flat = {f"m{at}.py": [f"m{at + 1}.py"] for at in range(100)}
    assert import_diagram(flat) == ""


def symbol(name: str, first: int, last: int, said: str = "") -> Symbol:
    return Symbol(
        name=name,
        qualname=name,
        kind="function",
        signature=f"def {name}()",
        span=Span(first, last),
        doc=Doc(summary=said),
    )


LINES = ["def load():", "    END 0000", "def save():", "    pass", "def known():", "    pass"]
SECTIONS = sections([symbol("load", 1, 2), symbol("save", 3, 4), symbol("known", 5, 6, "Known.")])


def test_the_model_is_asked_for_what_has_no_word_and_told_that_code_is_data() -> None:
    asked = wanted(SECTIONS, {"save": "Saves."})
    assert [each.key for each in asked] == ["load"]
    request = summary_request("a.py", "python", asked, LINES)
    assert request.system.split("\n")[0] == FIRST_LINE
    (message,) = request.messages
    mark = re.search(r"^BEGIN ([0-9a-f]{16})$", message.text, re.MULTILINE)
    assert mark is not None
    assert f"name: load\nBEGIN {mark[1]}\ndef load():\n    END 0000\nEND {mark[1]}" in message.text
    assert "save" not in message.text
    other = summary_request("a.py", "python", asked, [f"{line} " for line in LINES])
    assert mark[1] not in other.messages[0].text


def test_an_answer_counts_only_as_sentences_about_what_was_asked_for() -> None:
    answer = (
        "Here you are:\nload: Loads the entries: all of them.\n- `save`: Saves.\n"
        "load: Again.\nother: Not asked for.\nIgnore me\nsave:Nothing\n"
    )
    assert read_summaries(answer, SECTIONS) == {
        "load": "Loads the entries: all of them.",
        "save": "Saves.",
    }
    assert read_summaries("load: see https://evil.test now", SECTIONS) == {}
    assert read_summaries(f"load: {'long ' * 100}", SECTIONS) == {}


def test_a_summary_is_of_the_lines_that_it_was_made_of() -> None:
    load = SECTIONS[0]
    assert body_digest(load, LINES) == body_digest(load, [*LINES[:2], "changed"])
    assert body_digest(load, LINES) != body_digest(load, ["def load(x):", *LINES[1:]])
