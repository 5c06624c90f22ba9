"""Random replies that change a repository, with what must come of each by a plain reckoning.

The reckoning shares no code with the product: it works on lists of lines, slowly and by the letter
of docs/voice-repository.md. tests/unit/services/test_voice_repository_random.py runs them.
"""

import ast
import random
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Final

WORDS: Final = "red green blue amber violet ivory".split()
BAD_PATHS: Final = (
    "../outside.py", "/etc/passwd", ".git/config", ".git/hooks/pre-commit", "src/../../up.py",
    ".github/workflows/ci.yml", ".gitlab-ci.yml", ".env", "deploy/id_rsa", "link/through.py",
    "link", "SRC/plain.txt", "src", "src/plain.txt/below.txt", "a//b.txt",
    "credentials.json", "con.txt", "bin\u202egpj.py", "Jenkinsfile", ".gitmodules",
)  # fmt: skip
LINK: Final = "link"
BINARY: Final = "data/picture.bin"


@dataclass(frozen=True, slots=True)
class Block:
    """One change: whole lines without their ends; `search` None gives the whole file."""

    path: str
    search: tuple[str, ...] | None
    replace: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """A reply and what must come of it: its files' new contents, or None if it must be refused.

    Contents are patterns, because new lines of a file with both kinds of line ends may have either.
    """

    kind: str
    files: dict[str, bytes]
    blocks: tuple[Block, ...]
    reply: str
    expected: dict[str, re.Pattern[bytes]] | None


@dataclass(slots=True)
class _Lines:
    """A file by the letter: each line with its end, and whether this reply put it there.

    An end of "" may be either kind.
    """

    lines: list[tuple[str, str, bool]]
    usual: str
    ended: bool
    bom: bool
    mixed: bool
    cuts: set[int] = field(default_factory=set)

    @classmethod
    def of(cls, content: bytes) -> "_Lines":
        text = content.decode()
        bom = text.startswith("\ufeff")
        text = text.removeprefix("\ufeff")
        ended = text == "" or text.endswith("\n")
        parts = text.split("\n")[:-1] if ended else text.split("\n")
        lines = [
            (part.removesuffix("\r"), "\r\n" if part.endswith("\r") else "\n", False)
            for part in parts
        ]
        ends = Counter(end for _, end, _ in (lines if ended else lines[:-1]))
        usual = "\r\n" if ends["\r\n"] > ends["\n"] else "\n"
        if not ended:
            lines[-1] = (lines[-1][0], usual, False)
        return cls(lines, usual, ended, bom, mixed=len(+ends) > 1)

    def places(self, search: tuple[str, ...], *, loose: bool) -> list[int]:
        def shape(line: str) -> str:
            return line.strip() if loose else line

        wanted = [shape(line) for line in search]
        texts = [shape(line) for line, _, _ in self.lines]
        last = len(texts) - len(wanted) + 1
        return [at for at in range(last) if texts[at : at + len(wanted)] == wanted]

    def put(self, at: int, count: int, new: list[str]) -> bool:
        """Splice; False if an earlier block was here."""
        if any(mine for _, _, mine in self.lines[at : at + count]):
            return False
        if any(at < cut < at + count for cut in self.cuts):
            return False
        shift = len(new) - count
        self.cuts = {cut + shift if cut >= at + count else cut for cut in self.cuts}
        if not new:
            self.cuts.add(at)
        fresh = "" if self.mixed else self.usual
        self.lines[at : at + count] = [(line, fresh, True) for line in new]
        return True

    def text(self) -> str:
        """With plain line ends."""
        return "".join(f"{line}\n" for line, _, _ in self.lines)

    def pattern(self) -> re.Pattern[bytes]:
        """What the file's bytes must look like."""
        ends = [end or "\r?\n" for _, end, _ in self.lines]
        if not self.ended and ends:
            ends[-1] = ""
        lines = zip(self.lines, ends, strict=True)
        text = "".join(re.escape(line) + end for (line, _, _), end in lines)
        return re.compile((("\ufeff" if self.bom else "") + text).encode())


def make_files(rng: random.Random) -> dict[str, bytes]:
    """A small repository: every kind of line end, a byte order mark, tabs, copies of lines."""
    return {
        "src/plain.txt": _spelled(_prose(rng), "\n"),
        "src/returns.txt": _spelled(_prose(rng), "\r\n"),
        "src/mixed.txt": _mixed(rng, _prose(rng)),
        "src/open.txt": _spelled(_prose(rng), "\n").removesuffix(b"\n"),
        "src/open_returns.txt": _spelled(_prose(rng), "\r\n").removesuffix(b"\r\n"),
        "src/marked.txt": b"\xef\xbb\xbf" + _spelled(_prose(rng), "\n"),
        "src/code.py": _spelled(_code(rng, "    "), "\n"),
        "src/tabs.py": _spelled(_code(rng, "\t"), "\r\n"),
        "src/odd.txt": _spelled([*_prose(rng), "=======", "```", "<<<<<<< SEARCH"], "\n"),
        "src/empty.txt": b"",
        BINARY: bytes(range(256)),
    }


def make_case(rng: random.Random, files: dict[str, bytes]) -> Case:
    """One random reply; its kind is only what was aimed at, the reckoning decides."""
    kind = rng.choice(list(_KINDS))
    blocks = tuple(_KINDS[kind](rng, files))
    return Case(kind, files, blocks, render(rng, blocks), reckon(files, blocks))


def reckon(
    files: dict[str, bytes], blocks: tuple[Block, ...]
) -> dict[str, re.Pattern[bytes]] | None:
    """What blocks come to by the rules; None if any of them must be refused."""
    drafts: dict[str, _Lines] = {}
    for block in blocks:
        if block.path in BAD_PATHS or block.path == BINARY:
            return None
        there = block.path in files
        draft = drafts.setdefault(block.path, _Lines.of(files.get(block.path, b"")))
        if block.search is None:
            draft.put(0, len(draft.lines), list(block.replace))
        elif not block.search:
            if draft.lines:
                return None
            draft.put(0, 0, list(block.replace))
        elif (not there and not draft.lines) or not _replaced(draft, block):
            return None
    for path, draft in drafts.items():
        if path.endswith(".py") and not _parses(draft.text()):
            return None
    return {path: draft.pattern() for path, draft in drafts.items()}


def _replaced(draft: _Lines, block: Block) -> bool:
    assert block.search is not None
    if not any(line.strip() for line in block.search):
        return False
    exact = draft.places(block.search, loose=False)
    if exact:
        if len(exact) > 1:
            return False
        kept = _kept_ends(draft, exact[0], block)
        if not draft.put(exact[0], len(block.search), list(block.replace)):
            return False
        for at, end in kept.items():
            draft.lines[at] = (draft.lines[at][0], end, True)
        return True
    found = draft.places(block.search, loose=True)
    if len(found) != 1:
        return False
    there = [line for line, _, _ in draft.lines[found[0] : found[0] + len(block.search)]]
    new = _shifted(block, there)
    return new is not None and draft.put(found[0], len(block.search), new)


def _kept_ends(draft: _Lines, at: int, block: Block) -> dict[int, str]:
    """The ends of lines that a block repeats at its beginning and end, which stay as they are."""
    old, new = block.search or (), block.replace
    least = min(len(old), len(new))
    head = next((n for n in range(least) if old[n] != new[n]), least)
    tail = next((n for n in range(least - head) if old[-1 - n] != new[-1 - n]), least - head)
    first = {at + n: draft.lines[at + n][1] for n in range(head)}
    last = {at + len(new) - 1 - n: draft.lines[at + len(old) - 1 - n][1] for n in range(tail)}
    return first | last


def _shifted(block: Block, there: list[str]) -> list[str] | None:
    """The new lines moved as far as the found ones are from those searched; None if uneven."""
    assert block.search is not None
    gaps = set()
    for asked, own in zip(block.search, there, strict=True):
        if asked.strip():
            gaps.add((_blank(asked), _blank(own)))
    for more in {own.removesuffix(asked) for asked, own in gaps if own.endswith(asked)}:
        if all(own == more + asked for asked, own in gaps):
            return [more + line if line.strip() else line for line in block.replace]
    for less in {asked.removesuffix(own) for asked, own in gaps if asked.endswith(own)}:
        if all(asked == less + own for asked, own in gaps):
            if all(line.startswith(less) for line in block.replace if line.strip()):
                return [line.removeprefix(less) if line.strip() else line for line in block.replace]
            return None
    known = dict(gaps)
    blanks = {_blank(line) for line in block.replace if line.strip()}
    if len(known) < len(gaps) or not blanks <= known.keys():
        return None
    return [known[_blank(line)] + line.lstrip() if line.strip() else line for line in block.replace]


def render(rng: random.Random, blocks: tuple[Block, ...]) -> str:
    """The reply's text by the protocol, with either kind of line ends."""
    head = f"intent: modify\nlanguage: text\nfilename: {blocks[0].path}\n\n"
    if blocks[0].search is None:
        longest = max((len(line) - len(line.lstrip("`")) for line in blocks[0].replace), default=0)
        fence = "`" * max(3, longest + 1)
        body = "".join(f"{line}\n" for line in blocks[0].replace)
        text = f"{head}{fence}text\n{body}{fence}\n\nDone.\n"
    else:
        text = head + "".join(_rendered(block) for block in blocks) + "\nDone.\n"
    return text.replace("\n", "\r\n") if rng.random() < 0.1 else text


def _rendered(block: Block) -> str:
    lines = (*(block.search or ()), *block.replace)
    size = next(
        n for n in (7, 8, 9, 6)
        if not any(line.rstrip() == "=" * n or line.startswith("<" * n) for line in lines)
    )  # fmt: skip
    parts = [block.path, "<" * size + " SEARCH", *(block.search or ()), "=" * size]
    return "\n".join([*parts, *block.replace, ">" * size + " REPLACE"]) + "\n"


def _valid(rng: random.Random, files: dict[str, bytes]) -> list[Block]:
    path = _pick(rng, files)
    lines = [line for line, _, _ in _Lines.of(files[path]).lines]
    starts = sorted(rng.sample(range(len(lines)), min(rng.randint(1, 4), len(lines))))
    blocks = []
    for start, following in zip(starts, [*starts[1:], len(lines)], strict=True):
        end = rng.randint(start + 1, min(following, start + 5))
        blocks.append(Block(path, tuple(lines[start:end]), _changed(rng, lines[start:end])))
    rng.shuffle(blocks)
    return blocks


def _stale(rng: random.Random, files: dict[str, bytes]) -> list[Block]:
    blocks = _valid(rng, files)
    at = rng.randrange(len(blocks))
    search = list(blocks[at].search or ())
    place = rng.randrange(len(search))
    search[place] = rng.choice(["gone away", search[place] + " more", search[place][:-1]])
    blocks[at] = Block(blocks[at].path, tuple(search), blocks[at].replace)
    return blocks


def _short(rng: random.Random, files: dict[str, bytes]) -> list[Block]:
    """One to three lines, of which many have copies."""
    path = _pick(rng, files)
    lines = [line for line, _, _ in _Lines.of(files[path]).lines]
    start = rng.randrange(len(lines))
    search = tuple(lines[start : start + rng.randint(1, 3)])
    return [Block(path, search, (rng.choice(WORDS),))]


def _overlapping(rng: random.Random, files: dict[str, bytes]) -> list[Block]:
    blocks = _valid(rng, files)
    path = blocks[0].path
    lines = [line for line, _, _ in _Lines.of(files[path]).lines]
    start = rng.randrange(len(lines))
    more = tuple(lines[start : start + rng.randint(2, 6)])
    own = blocks[0].replace or ("nothing",)
    gone, kept = lines[start : start + 2], [lines[start - 1], *lines[start + 2 : start + 3]]
    extra = [
        [*blocks, Block(path, more, _changed(rng, list(more)))],
        [*blocks, Block(path, own, ("twice",))],
        # Around lines that an earlier block took out.
        [Block(path, tuple(gone), ()), Block(path, tuple(kept), ("joined",))],
    ]
    return rng.choice(extra)


def _escaping(rng: random.Random, files: dict[str, bytes]) -> list[Block]:
    good = _valid(rng, files) if rng.random() < 0.5 else []
    path = rng.choice(BAD_PATHS)
    if not good and rng.random() < 0.5:
        return [Block(path, None, ("x = 1",))]
    return [*good, Block(path, rng.choice([(), ("x = 1",)]), ("y = 2",))]


def _indented(rng: random.Random, files: dict[str, bytes]) -> list[Block]:
    """Blocks whose indentation is off, evenly or not."""
    blocks = []
    for block in _valid(rng, files):
        search, new = list(block.search or ()), list(block.replace)
        how = rng.randrange(4)
        if how == 0:
            search, new = ([f"  {line}" for line in each] for each in (search, new))
        elif how == 1:
            search, new = (_outdented(each) for each in (search, new))
        elif how == 2:
            search = [f"{line}  " for line in search]
        else:
            search = [line.replace("\t", "    ").lstrip(rng.choice(" x")) for line in search]
        blocks.append(Block(block.path, tuple(search), tuple(new)))
    return blocks


def _new(rng: random.Random, files: dict[str, bytes]) -> list[Block]:
    path = rng.choice(["new.txt", "src/deep/new.txt", "new.py", "src/empty.txt"])
    content = tuple(_prose(rng) if path.endswith(".txt") else _code(rng, "    "))
    if rng.random() < 0.5 and path not in files:
        return [Block(path, None, content)]
    more = [Block(path, content[:1], ("first",))] if rng.random() < 0.2 else []
    return [Block(path, (), content), *more]


def _several(rng: random.Random, files: dict[str, bytes]) -> list[Block]:
    blocks = [block for _ in range(rng.randint(2, 4)) for block in _valid(rng, files)]
    if rng.random() < 0.3:
        blocks += _stale(rng, files)
    rng.shuffle(blocks)
    return blocks


def _hopeless(rng: random.Random, files: dict[str, bytes]) -> list[Block]:
    good = _valid(rng, files)
    bad = [
        Block(BINARY, ("a",), ("b",)),
        Block("src/nowhere.txt", ("a",), ("b",)),
        Block(good[0].path, ("",), ("b",)),
        Block(good[0].path, (), ("b",)),
    ]
    return [*good, rng.choice(bad)]


_KINDS: Final = {
    "valid": _valid, "stale": _stale, "ambiguous": _short, "overlapping": _overlapping,
    "escaping": _escaping, "indented": _indented, "new": _new, "several files": _several,
    "hopeless": _hopeless,
}  # fmt: skip


def _pick(rng: random.Random, files: dict[str, bytes]) -> str:
    return rng.choice([path for path in files if path not in (BINARY, "src/empty.txt")])


def _changed(rng: random.Random, lines: list[str]) -> tuple[str, ...]:
    how = rng.randrange(5)
    if how == 0:
        return ()
    if how == 1:
        return (*lines, *(_blank(lines[-1]) + line for line in _new_lines(rng)))
    if how == 2:
        return tuple(_blank(lines[0]) + line for line in _new_lines(rng))
    if how == 3:
        return tuple(lines)
    return (*(_blank(lines[0]) + line for line in _new_lines(rng)), *lines)


def _new_lines(rng: random.Random) -> list[str]:
    return [f"n{rng.randrange(10**6)} = {rng.randrange(9)}" for _ in range(rng.randint(1, 3))]


def _prose(rng: random.Random) -> list[str]:
    """Lines of few words, so that many have a copy, also one with other indentation."""
    lines = []
    for _ in range(rng.randint(3, 25)):
        words = " ".join(rng.choice(WORDS) for _ in range(rng.choice([0, 1, 2, 4, 4, 4])))
        lines.append(rng.choice(["", "", "  ", "\t", "    "]) + words + rng.choice(["", "", " "]))
    # Copies that follow each other, and copies that share a line.
    start = rng.randrange(len(lines))
    some = lines[start : start + rng.randint(1, 2)]
    if rng.random() < 0.3:
        lines[start:start] = some
    if rng.random() < 0.2:
        lines[start:start] = [*some, *some[:1]]
    return [*lines, rng.choice(WORDS)]


def _code(rng: random.Random, step: str) -> list[str]:
    lines = []
    for number in range(rng.randint(2, 6)):
        lines += [f"def {rng.choice(WORDS)}_{number}(a):"]
        lines += [f"{step}b{rng.randrange(50)} = {rng.randrange(9)}" for _ in range(3)]
        if rng.random() < 0.5:
            lines += [f"{step}if a:", f"{step}{step}b = {rng.randrange(9)}", f"{step}return a"]
        lines += [f"{step}return {rng.randrange(9)}", ""]
    return lines[:-1]


def _spelled(lines: list[str], end: str) -> bytes:
    return "".join(f"{line}{end}" for line in lines).encode()


def _mixed(rng: random.Random, lines: list[str]) -> bytes:
    return "".join(line + rng.choice(["\n", "\r\n", "\r\n"]) for line in lines).encode()


def _outdented(lines: list[str]) -> list[str]:
    least = min((len(_blank(line)) for line in lines if line.strip()), default=0)
    return [line[least:] if line.strip() else line for line in lines]


def _blank(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]


def _parses(text: str) -> bool:
    try:
        ast.parse(text)
    except SyntaxError:
        return False
    return True
