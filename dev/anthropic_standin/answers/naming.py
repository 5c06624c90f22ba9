"""Names in spoken sentences: what a thing is called, its file, its language, its parameters."""

import keyword
import re

_STOP = [
    "that",
    "which",
    "who",
    "with",
    "in",
    "and",
    "to",
    "for",
    "from",
    "taking",
    "using",
    "by",
    "of",
    "on",
    "so",
    "when",
    "if",
    "it",
    "should",
    "where",
    "instead",
    "as",
    "returning",
    "returns",
    "please",
    "inside",
    "into",
    "the",
    "a",
    "an",
    "at",
    "has",
    "having",
    "function",
    "class",
    "method",
]
_NAME_END = rf"(?=$| (?:{'|'.join(_STOP)})\b)"
_CALLED = re.compile(rf"\b(?:called|named|name it|call it|titled) (\w+(?: \w+){{0,3}}?){_NAME_END}")
_FILE = re.compile(r"\b([\w/]+\.(?:py|js|mjs|ts))\b")
_FILE_WORDS = re.compile(
    rf"\b(?:in|into|to) (?:a|the) (?:new )?file (?:called |named )?"
    rf"((?:\w+ ?){{1,3}}?){_NAME_END}"
)
_PARAMETERS = (
    re.compile(
        r"\b(?:takes?|taking|accepts?|accepting|receives?|given|with parameters?|"
        r"with arguments?|with inputs?|parameters|arguments) (.+?)"
        r"(?= and (?:returns?|prints?|adds?|multipl|calculat|computes?|gives?)| that | which "
        r"| in (?:file|python|java)| called | named |$)"
    ),
    re.compile(
        r"\bfrom (?:the |a |an )?(.+?)(?= that | which | in (?:file|python|java)"
        r"| called | named | and (?:return|print)|$)"
    ),
)
_ATTRIBUTES = re.compile(
    r"\b(?:with|has|having|holding|storing|stores|containing)"
    r"(?: the)?(?: (?:attributes?|fields?|properties|property|members?))? (.+?)"
    r"(?= and (?:a |an |two |some )?(?:methods?|functions?)| that | which | in (?:file|python|java)"
    r"| called | named | with (?:a )?methods?|$)"
)
_METHODS = re.compile(
    r"\b(?:methods?|functions?|operations?)(?: (?:called|named|to|that|for))? (.+?)"
    r"(?= in (?:file|python|java)| with | called | named |$)"
)
_CAN = re.compile(r"\b(?:that|which|it) can (.+?)(?= in (?:file|python|java)|$)")
_ARTICLES = frozenset(
    [
        "a",
        "an",
        "the",
        "its",
        "his",
        "her",
        "their",
        "some",
        "two",
        "three",
        "four",
        "five",
        "of",
        "my",
        "each",
        "every",
    ]
)
_NOISE = frozenset(
    [
        "parameters",
        "parameter",
        "arguments",
        "argument",
        "attributes",
        "attribute",
        "inputs",
        "input",
        "methods",
        "method",
        "values",
        "value",
        "fields",
        "properties",
        "numbers",
        "strings",
        "number",
        "string",
    ]
)
_LANGUAGES = {
    "javascript": "javascript",
    "js": "javascript",
    "node": "javascript",
    "python": "python",
}
NUMBER_WORDS = {
    "zero": 0,
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
    "eleven": 11,
    "twelve": 12,
    "fifteen": 15,
    "twenty": 20,
    "thirty": 30,
    "fifty": 50,
    "hundred": 100,
    "thousand": 1000,
}


def to_snake(words: str) -> str:
    """Join spoken words or a camel-case name in snake case; never a keyword, never empty."""
    parts = re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+", words)
    name = "_".join(part.lower() for part in parts) or "thing"
    name = f"n{name}" if name[0].isdigit() else name
    return f"{name}_value" if keyword.iskeyword(name) or name in _JS_WORDS else name


def to_camel(words: str) -> str:
    """Join spoken words or a snake-case name in camel case."""
    first, *rest = to_snake(words).split("_")
    return first + "".join(part.capitalize() for part in rest)


def to_pascal(words: str) -> str:
    """Join spoken words or a snake-case name with capital initials."""
    return "".join(part.capitalize() for part in to_snake(words).split("_"))


def in_style(words: str, language: str, *, is_class: bool = False) -> str:
    """Give a name the style of the language: classes Pascal, else snake or camel."""
    if is_class:
        return to_pascal(words)
    return to_camel(words) if language == "javascript" else to_snake(words)


def spoken_name(line: str) -> str | None:
    """Find "called X" or "named X" (1-4 words) in a normalised sentence."""
    found = _CALLED.search(_FILE.sub("", line))
    return found[1].strip() if found and found[1].strip() else None


def spoken_filename(line: str, language: str) -> str | None:
    """Find the file that a normalised sentence names, with the language's suffix if unsaid."""
    found = _FILE.search(line)
    if found:
        return found[1]
    found = _FILE_WORDS.search(line)
    if not found or found[1].strip() in _LANGUAGES:
        return None
    suffix = ".js" if language == "javascript" else ".py"
    return in_style(found[1].strip(), language) + suffix


def spoken_language(line: str) -> str | None:
    """Find the language that a normalised sentence asks for; a file's suffix counts too."""
    for word, language in _LANGUAGES.items():
        if re.search(rf"\b{word}\b", line):
            return language
    found = _FILE.search(line)
    if not found:
        return None
    return "python" if found[1].endswith(".py") else "javascript"


def spoken_parameters(line: str) -> list[str]:
    """List the names that a sentence gives for parameters, in spoken order; often empty."""
    for pattern in _PARAMETERS:
        found = pattern.search(line)
        names = split_names(found[1]) if found else []
        if names:
            return names
    return []


def spoken_attributes(line: str) -> list[str]:
    """List the attribute names of a class sentence ("with name and age")."""
    found = _ATTRIBUTES.search(line)
    if not found or re.match(r"(?:a |an |two |some )?(?:methods?|functions?)\b", found[1]):
        return []
    return split_names(found[1])


def spoken_methods(line: str) -> list[str]:
    """List the method names of a class sentence ("with methods push and pop")."""
    found = _METHODS.search(line) or _CAN.search(line)
    return split_names(found[1]) if found else []


def spoken_numbers(line: str) -> list[int | float]:
    """List the numbers of a sentence, digits or words, in order."""
    found: list[int | float] = []
    for word in line.split():
        if word in NUMBER_WORDS:
            found.append(NUMBER_WORDS[word])
        elif re.fullmatch(r"\d+", word):
            found.append(int(word))
        elif re.fullmatch(r"\d+\.\d+", word):
            found.append(float(word))
    return found


def split_names(phrase: str) -> list[str]:
    """Split "a name and an email address" into ["name", "email_address"] (at most six names)."""
    names = []
    for part in re.split(r",|\band\b|\bor\b", phrase):
        kept = [word for word in part.split() if word not in _ARTICLES]
        if 1 <= len(kept) <= 3 and not set(kept) <= _NOISE:
            names.append(to_snake(" ".join(word for word in kept if word not in _NOISE)))
    return list(dict.fromkeys(names))[:6]


_JS_WORDS = frozenset(
    [
        "case",
        "catch",
        "const",
        "debugger",
        "default",
        "delete",
        "do",
        "export",
        "extends",
        "function",
        "instanceof",
        "new",
        "super",
        "switch",
        "this",
        "throw",
        "typeof",
        "var",
        "void",
        "let",
        "static",
        "enum",
        "null",
        "true",
        "false",
        "self",
    ]
)
