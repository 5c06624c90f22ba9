"""What people write: bodies and files made of words that exist only once, so none can be lost
unseen.

The functions that edit take a random generator, a source of words and a text, and return a text.
"""

import re
from collections.abc import Callable, Mapping
from random import Random
from typing import Final

_WORD: Final = re.compile(r"(?<![^\W_])w\d{4,}(?![^\W_])")
_PATH: Final = re.compile(r"notion/\S+\.md")
_FRONT: Final = re.compile(r"\A---\n(.*?)^---\n", re.DOTALL | re.MULTILINE)


class Words:
    """Gives words nobody wrote before: `w0000`, `w0001`, …"""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> str:
        self.count += 1
        return f"w{self.count:04d}"


def words_in(text: str) -> frozenset[str]:
    """The words of `Words` in a text; those in paths of files, which titles gave, do not count."""
    return frozenset(_WORD.findall(without_paths(text)))


def without_paths(text: str) -> str:
    """A text without the paths of files in it."""
    return _PATH.sub("", text)


Edit = Callable[[Random, Words, str], str]


def new_body(rng: Random, words: Words) -> str:
    """A body of up to five blocks; now and then an empty one."""
    return "".join(f"{_block(rng, words)}\n\n" for _ in range(rng.choice((0, 1, 2, 3, 3, 5))))


def _block(rng: Random, words: Words) -> str:
    shape = rng.choice(_SHAPES)
    return _WORD_PLACE.sub(lambda _: words(), shape)


_WORD_PLACE: Final = re.compile("W")
_SHAPES: Final = (
    "W W W",
    "W W W",
    "W W.\nW W",
    "# W",
    "## W W",
    "- W\n- W W\n- W",
    "- [ ] W\n- [x] W",
    "1. W\n2. W",
    "> W W",
    "**W** W *W*",
    "```python\nW = W\n```",
    "- W\n  - W\n- W",
    "[W](https://example.com/W) W",
)


def change_word(rng: Random, words: Words, text: str) -> str:
    """Another word in the place of one."""
    found = list(_WORD.finditer(text))
    if not found:
        return append(rng, words, text)
    match = rng.choice(found)
    return text[: match.start()] + words() + text[match.end() :]


def add_word(rng: Random, words: Words, text: str) -> str:
    """One more word behind one."""
    found = list(_WORD.finditer(text))
    if not found:
        return append(rng, words, text)
    at = rng.choice(found).end()
    return f"{text[:at]} {words()}{text[at:]}"


def append(rng: Random, words: Words, text: str) -> str:
    """A block at the end."""
    return _joined([*_blocks(text), _block(rng, words)])


def insert(rng: Random, words: Words, text: str) -> str:
    """A block somewhere."""
    blocks = _blocks(text)
    blocks.insert(rng.randint(0, len(blocks)), _block(rng, words))
    return _joined(blocks)


def delete_block(rng: Random, words: Words, text: str) -> str:
    """One block less."""
    blocks = _blocks(text)
    if len(blocks) < 2:
        return append(rng, words, text)
    blocks.pop(rng.randrange(len(blocks)))
    return _joined(blocks)


def delete_line(rng: Random, words: Words, text: str) -> str:
    """One line of a list less."""
    lines = text.split("\n")
    items = [n for n, line in enumerate(lines) if line.startswith("- ")]
    if not items:
        return delete_block(rng, words, text)
    lines.pop(rng.choice(items))
    return "\n".join(lines)


def swap_blocks(rng: Random, words: Words, text: str) -> str:
    """Two neighbouring blocks in the other order."""
    blocks = _blocks(text)
    if len(blocks) < 2:
        return append(rng, words, text)
    at = rng.randrange(len(blocks) - 1)
    blocks[at : at + 2] = reversed(blocks[at : at + 2])
    return _joined(blocks)


def replace_all(rng: Random, words: Words, _text: str) -> str:
    """Everything written anew."""
    return _joined([_block(rng, words) for _ in range(2)])


def respell(rng: Random, _words: Words, text: str) -> str:
    """The same in another spelling that Markdown allows."""
    old, new = rng.choice((("- ", "* "), ("\n\n", "\n\n\n"), ("**", "__"), ("*w", "_w"), ("", "")))
    if old == "*w":
        return re.sub(r"(?<!\*)\*(w\d+)\*(?!\*)", r"_\1_", text)
    if old == "- ":
        return re.sub(r"^- ", "* ", text, flags=re.MULTILINE)
    return text.replace(old, new) if old else text.rstrip("\n")


BODY_EDITS: Final[tuple[Edit, ...]] = (
    change_word,
    change_word,
    add_word,
    add_word,
    append,
    append,
    insert,
    delete_block,
    delete_line,
    swap_blocks,
    replace_all,
)


def _blocks(text: str) -> list[str]:
    return [block for block in re.split(r"\n{2,}", text.strip("\n")) if block]


def _joined(blocks: list[str]) -> str:
    return "".join(f"{block}\n\n" for block in blocks).removesuffix("\n")


def split_file(text: str) -> tuple[dict[str, str], str]:
    """A file's front matter as lines by key (a list's items belong to its line), and its body.

    A file without one, or with one that does not end, has no keys.
    """
    match = _FRONT.match(text)
    if match is None:
        return {}, text
    keys: dict[str, str] = {}
    last = ""
    for line in match[1].splitlines():
        if line[:1] not in ("", " ", "-", "#") and ":" in line:
            last = line.split(":", 1)[0].strip("\"'")
            keys[last] = line
        elif last:
            keys[last] += "\n" + line
    return keys, text[match.end() :]


def join_file(keys: Mapping[str, str], body: str) -> str:
    """The file of `split_file`'s parts."""
    if not keys:
        return body
    return "---\n" + "".join(f"{line}\n" for line in keys.values()) + "---\n" + body


def page_id_in(text: str) -> str:
    """The page id in a file's front matter; "" if there is none."""
    line = split_file(text)[0].get("id", "")
    return line.removeprefix("id:").strip().strip("\"'")


def same_but_id(text: str, other: str) -> bool:
    """Whether two files differ in nothing but the page id in their front matter."""
    (keys, body), (others, other_body) = split_file(text), split_file(other)
    return body == other_body and keys | {"id": ""} == others | {"id": ""}
