"""Random pages, random edits of them, and other spellings: what the text tests have in common."""

import random
import re
from pathlib import Path
from typing import Any

import yaml
from hypothesis import strategies as st

DATA = Path(__file__).parents[2] / "data" / "text"
WORDS = "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho".split()
KINDS = "paragraph lines bullets tasks numbers table fence quote marked box".split()
CODE = ("x = 1", "", "    y()", "# no heading", "- no item", "| no | row |")


def cases(name: str) -> list[dict[str, Any]]:
    """The named cases of a data file."""
    loaded: list[dict[str, Any]] = yaml.safe_load((DATA / name).read_text(encoding="utf8"))
    return loaded


def _sentence(chance: random.Random, least: int = 1, most: int = 9) -> str:
    return " ".join(chance.choice(WORDS) for _ in range(chance.randint(least, most)))


def _block(chance: random.Random, depth: int = 0) -> str:
    kind = chance.choice(
        "paragraph lines bullets tasks numbers table fence quote marked box".split()
    )
    count = range(chance.randint(1, 4))
    if kind == "lines":
        return "\n".join(_sentence(chance, 3) for _ in count)
    if kind == "bullets":
        return "\n".join(f"- {_sentence(chance)}\n  - {_sentence(chance)}" for _ in count)
    if kind == "tasks":
        return "\n".join(f"- [{chance.choice(' x')}] {_sentence(chance)}" for _ in count)
    if kind == "numbers":
        return "\n".join(f"{at + 1}. {_sentence(chance)}" for at in count)
    if kind == "table":
        rows = (f"| {_sentence(chance, 1, 1)} | {_sentence(chance)} |" for _ in count)
        return "\n".join(["| k | v |", "| --- | --- |", *rows])
    if kind == "fence":
        return "\n".join(["```python", *(chance.choice(CODE) for _ in count), "```"])
    if kind == "quote":
        return f"> {_sentence(chance)}"
    if kind == "marked":
        return f"**{_sentence(chance)}** _{_sentence(chance, 1, 1)}_ `{_sentence(chance)}` end"
    if kind == "box" and not depth:
        inner = "\n\n".join(_block(chance, 1) for _ in count)
        return f'<callout icon="x">\n\n{inner}\n\n</callout>'
    return _sentence(chance, 4)


def _written(blocks: list[str]) -> str:
    return "\n\n".join(blocks) + "\n" if blocks else ""


def _page(chance: random.Random) -> list[str]:
    kinds = (chance.random() < 0.4 for _ in range(chance.randint(1, 7)))
    return [
        f"{'#' * chance.randint(1, 3)} {_sentence(chance, 1, 2)}" if heading else _block(chance)
        for heading in kinds
    ]


def _edited(chance: random.Random, blocks: list[str], name: str) -> list[str]:
    """Blocks with one to three of: added, dropped, moved, a section added, a word replaced."""
    blocks = list(blocks)
    for at in range(chance.randint(1, 3)):
        edit = chance.choice("add section drop move word word word".split())
        place = chance.randint(0, len(blocks))
        if edit == "add":
            blocks.insert(place, f"{_sentence(chance)} {name}{at}")
        elif edit == "section":
            blocks[place:place] = [f"## {name}{at}", f"{_sentence(chance)} {name}{at}"]
        elif blocks and edit == "drop":
            blocks.pop(chance.randrange(len(blocks)))
        elif blocks and edit == "move":
            blocks.insert(chance.randrange(len(blocks)), blocks.pop(chance.randrange(len(blocks))))
        elif blocks:
            which = chance.randrange(len(blocks))
            found = list(re.finditer(rf"\b({'|'.join(WORDS)})\b", blocks[which]))
            if found:
                word = chance.choice(found)
                text = blocks[which]
                blocks[which] = f"{text[: word.start()]}{name}{at}{text[word.end() :]}"
    return blocks


@st.composite
def edits(draw: st.DrawFn) -> tuple[str, str, str]:
    """A page and two independent edits of it."""
    chance = draw(st.randoms(use_true_random=True))
    base = _page(chance)
    a, b = (_written(_edited(chance, base, name)) for name in ("one", "two"))
    return _written(base), a, b


@st.composite
def respelled(draw: st.DrawFn) -> tuple[str, str, str]:
    """A page, another spelling of it, and an edit of it."""
    chance = draw(st.randoms(use_true_random=True))
    base = _page(chance)
    return (
        _written(base),
        _written([_respelled(chance, block) for block in base]),
        _written(_edited(chance, base, "new")),
    )


def _respelled(chance: random.Random, block: str) -> str:
    if block.startswith("```"):
        return block.replace("```python", "```py").replace("```", chance.choice(("```", "~~~")))
    if "```" in block:
        return block
    for pattern, other in (
        (r"(?m)^( *)- ", r"\1* "),
        (r"(?<!\w)_(\w+)_(?!\w)", r"*\1*"),
        (r"(?m)(?<=\w)$", " "),
        (r"(?m)^(#+ .*\w) ?$", r"\1 #"),
        (r"(?<=\w) \| (?=\w)", "  |  "),
    ):
        if chance.random() < 0.6:
            block = re.sub(pattern, other, block)
    return block + "\n" * chance.randint(0, 2)
