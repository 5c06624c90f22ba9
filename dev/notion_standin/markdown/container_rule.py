"""Block rules for markdown-it-py: Notion's block tags, and equations between bare `$$` lines."""

import re

from markdown_it import MarkdownIt
from markdown_it.ruler import RuleOptionsType
from markdown_it.rules_block import StateBlock

from dev.notion_standin.markdown.tags import TAG, read_attributes

# Tags whose body is blocks, and tags whose body is text (or nothing) only.
BODIES = frozenset(
    "p h1 h2 h3 h4 quote toggle callout todo li ul ol columns column synced-block "
    "synced-block-reference"
    .split()
)  # fmt: skip
LEAVES = frozenset(
    """equation table-of-contents image pdf file audio video bookmark embed page database
    table unknown""".split()
)
_RAW_TITLE = frozenset(("p", "h1", "h2", "h3", "h4"))
_NAMES = "|".join(sorted(BODIES | LEAVES, key=len, reverse=True))
_OPEN = re.compile(rf"<({_NAMES})({TAG})(/?)>")
_FENCE = re.compile(r"^\s*(`{3,}|~{3,})")
_INTERRUPTS: RuleOptionsType = {"alt": ["paragraph", "reference", "blockquote", "list"]}


def add_block_rules(parser: MarkdownIt) -> None:
    """Teach a parser the block tags and equations."""
    parser.block.ruler.before("fence", "notion_tag", _tag_rule, _INTERRUPTS)
    parser.block.ruler.before("fence", "notion_math", _math_rule, _INTERRUPTS)


def _line(state: StateBlock, number: int) -> str:
    return state.src[state.bMarks[number] + state.tShift[number] : state.eMarks[number]]


def _tag_rule(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    if state.is_code_block(start):
        return False
    match = _OPEN.match(_line(state, start))
    if match is None:
        return False
    if match.group(3):
        rest = _line(state, start)[match.end() :]
        return not rest.strip() and _push(state, match, start, start, "", silent)
    found = _find_end(state, match, start, end)
    if found is None:
        return False
    last, tail = found
    if silent:
        return True
    return _push(state, match, start, last, tail, silent)


def _find_end(
    state: StateBlock, match: re.Match[str], start: int, end: int
) -> tuple[int, str] | None:
    """Find the line that closes a tag, and what stands on it before the closing tag."""
    tag, depth, fence = match.group(1), 1, None
    step = re.compile(rf"<{tag}{TAG}(/?)>|</{tag}>")
    for number in range(start, end):
        text = _line(state, number)
        offset = match.end() if number == start else 0
        if fence is None and offset == 0 and (opened := _FENCE.match(text)):
            fence = opened.group(1)
            continue
        if fence is not None:
            stripped = text.strip()
            if stripped and set(stripped) == {fence[0]} and len(stripped) >= len(fence):
                fence = None
            continue
        for found in step.finditer(text, offset):
            before = text[: found.start()]
            if (len(before) - len(before.rstrip("\\"))) % 2:
                continue
            if found.group().startswith("</"):
                depth -= 1
            elif not found.group(1):
                depth += 1
            if depth == 0:
                # A tag in the middle of a line belongs to the text.
                if text[found.end() :].strip():
                    return None
                return number, text[offset if number == start else 0 : found.start()]
    return None


def _push(
    state: StateBlock, match: re.Match[str], start: int, last: int, tail: str, silent: bool
) -> bool:
    if silent:
        return True
    tag = match.group(1)
    token = state.push("notion_open", tag, 1)
    token.meta = {"attributes": read_attributes(match.group(2)), "closed": bool(match.group(3))}
    token.content = _content(state, match, start, last, tail)
    if tag in BODIES and not match.group(3):
        _tokenize_body(state, match, start, last, tail, tag in _RAW_TITLE)
    state.push("notion_close", tag, -1)
    state.line = last + 1
    return True


def _content(state: StateBlock, match: re.Match[str], start: int, last: int, tail: str) -> str:
    """Give the raw body between the tags; of a title container only its title."""
    if start == last:
        return tail
    first = _line(state, start)[match.end() :]
    lines = [_raw(state, number, start) for number in range(start + 1, last)]
    if tail.strip():
        lines.append(tail)
    if first.strip():
        lines.insert(0, first)
    if match.group(1) in _RAW_TITLE:
        lines = lines[: next((n for n, line in enumerate(lines) if not line.strip()), len(lines))]
    return "\n".join(lines)


def _raw(state: StateBlock, number: int, first: int) -> str:
    """Give a line with its indentation beyond that of the block's first line."""
    return state.getLines(number, number + 1, state.sCount[first], False)


def _tokenize_body(
    state: StateBlock, match: re.Match[str], start: int, last: int, tail: str, raw_title: bool
) -> None:
    if start == last:
        if not raw_title:
            _push_text(state, tail, start)
        return
    first, begin = _line(state, start)[match.end() :], start + 1
    if raw_title:
        # The title ends at the first blank line; what follows are blocks.
        titled = bool(first.strip())
        while begin < last and (_line(state, begin).strip() or not titled):
            titled, begin = True, begin + 1
            if not _line(state, begin - 1).strip():
                break
    elif first.strip():
        _push_text(state, first, start)
    if begin < last:
        kept = state.lineMax, state.parentType
        state.lineMax, state.parentType = last, "blockquote"
        state.md.block.tokenize(state, begin, last)
        state.lineMax, state.parentType = kept
    if tail.strip() and not raw_title:
        _push_text(state, tail, last)


def _push_text(state: StateBlock, text: str, line: int) -> None:
    """Push a paragraph that shares its line with a tag."""
    if not text.strip():
        return
    state.push("paragraph_open", "p", 1)
    token = state.push("inline", "", 0)
    token.content, token.map, token.children = text.strip(), [line, line + 1], []
    state.push("paragraph_close", "p", -1)


def _math_rule(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    if state.is_code_block(start) or _line(state, start).strip() != "$$":
        return False
    last = next((n for n in range(start + 1, end) if _line(state, n).strip() == "$$"), None)
    if last is None:
        return False
    if silent:
        return True
    token = state.push("math_block", "math", 0)
    token.content = "\n".join(_raw(state, number, start) for number in range(start + 1, last))
    state.line = last + 1
    return True
