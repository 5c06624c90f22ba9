"""The stand-in's summaries answer the product's own question."""

from dev.anthropic_standin.answers.engine import answer
from shared.code.docs_prompt import read_summaries, summary_request
from shared.code.docs_sections import sections
from shared.code.model import Span, Symbol

LINES = ["class NoteBook:", "    def add_entry(self):", "        pass", "def total():", "    pass"]


def symbol(name: str, first: int, last: int) -> Symbol:
    return Symbol(name=name, qualname=name, kind="function", signature=name, span=Span(first, last))


def test_every_name_gets_a_sentence_that_the_product_takes() -> None:
    asked = sections(
        [symbol("NoteBook", 1, 3), symbol("NoteBook.add_entry", 2, 3), symbol("total", 4, 5)]
    )
    request = summary_request("a.py", "python", asked, LINES)
    turns = [(message.role, message.text) for message in request.messages]
    said = answer(system=request.system, turns=turns).render()
    assert read_summaries(said, asked) == {
        "NoteBook": "Stands for a note book.",
        "NoteBook.add_entry": "Adds the entry.",
        "total": "Gives the total.",
    }
