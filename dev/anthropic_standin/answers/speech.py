"""Spoken sentences as words: contractions, homophones, file names, and how alike two words sound.

A recogniser writes what it heard ("right a function that and two numbers"); the repairs here are
for confusions of English coding words in general, not for any particular sentence.
"""

import re
from functools import cache

import jellyfish

_CONTRACTIONS = (
    (r"\bwon't\b", "will not"),
    (r"\bcan't\b", "can not"),
    (r"n't\b", " not"),
    (r"\b(it|that|what|there|how|he|she)'s\b", r"\1 is"),
    (r"'(re|ve|ll|d|m|s)\b", ""),
    (r"\b(dont|doesnt|didnt|isnt)\b", lambda m: m.group()[:-2] + " not"),
    (r"\bwhats\b", "what is"),
    (r"\b(do|does|did|is|can|will) not (it|this|that|they)\b", r"\1 \2 not"),
)
_SPELLED = (
    (r"\bjava[ -]script\b", "javascript"),
    (r"\bpie ?thon\b", "python"),
    (r"\bnode ?js\b", "node"),
    (r"\b(jason|j son|jay son)\b", "json"),
    (r"\bc s v\b", "csv"),
    (r"\bh t t p\b", "http"),
    (r"\bu r l\b", "url"),
    (r"\ba p i\b", "api"),
    (r"\b(a sink|a sync|a sing|ace ink|async?hronous(ly)?)\b", "async"),
    (r"\bdoc(k)? strings?\b", "docstring"),
    (r"\b(type|tight) (hence|hinds|hens|hints?|annotations?)\b", "type hints"),
    (r"\b(air|era|arrow|errol|error) (handling|handing|candling)\b", "error handling"),
    (r"\bfi[bv]o ?na[ck]+(c?i|hi|y)\b", "fibonacci"),
    (r"\bfact ?or(i|e)al\b", "factorial"),
    (r"\bpalin ?dr[ou]mes?\b", "palindrome"),
    (r"\bfizz bu[sz]+\b", "fizzbuzz"),
    (r"\bre (name|factor|move|write|place)\b", r"re\1"),
    (r"\b(de|d) bug\b", "debug"),
    (r"\b(un|on|and) do\b(?! not)", "undo"),
    (r"\broll ?back\b", "roll back"),
    (r"\bnever ?mind\b", "never mind"),
)
_NOUN = r"(?:a|an|another|some|the|this|that|it|me|my|unit|test|tests|new|python|javascript)"
_ADDED = (
    r"(?:a|an|another|some|more|the|error|logging|type|docstring|comments?|support|validation|"
    r"caching|new|unit|tests?|input|default|retries|documentation|async|parameter|method|checks?)"
)
_HOMOPHONES = (
    (rf"^(?:right|rite|wright|ride|rights|rides) (?={_NOUN}\b)", "write "),
    (r"\b(?:right|rite) (?=(?:a|an|unit|test|tests|me)\b)", "write "),
    (r"^(?:great|crate|greet|created|grade|creed) (?=(?:a|an|the|another|new|me)\b)", "create "),
    (r"^(?:built|bill|bild) (?=(?:a|an|the|me)\b)", "build "),
    (r"^(?:the bug|debugged|debugs) (?=\w)", "debug "),
    (r"^(?:fixed|fixes|fakes|picks|mix) (?=(?:the|this|that|my|it)\b)", "fix "),
    (
        r"^(?:plain|explained|explains|complain|explaining) "
        r"(?=(?:the|this|how|what|it|why|that)\b)",
        "explain ",
    ),
    (r"^(?:notify|modified|modifies|mortify) ", "modify "),
    (rf"^(?:and|ad|at|had|at a|adds|added) (?={_ADDED}\b)", "add "),
    (r"^(?:may|mate|makes|made|mike) (?=(?:it|this|that|the|them)\b)", "make "),
    (
        r"\b(that|which|to|and) (?:and|ad|had|at|add) (?=(?:two|to|too|three|numbers|the)\b)",
        r"\1 adds ",
    ),
    (
        r"\b(?:to|too) (?=(?:numbers|integers|values|strings|lists|words|arguments|parameters)\b)",
        "two ",
    ),
    (r"\b(?:for|four) numbers\b", "four numbers"),
    (r"\bsome of (?=(?:a|an|the|all|two|numbers|squares|its|digits)\b)", "sum of "),
    (r"\b(a|the|in) least\b(?= (?:of|and|in|by|is|with)\b|$)", r"\1 list"),
    (r"\b(?:unit|you need|unique|union|units) (?:tests?|texts?|desks?|tasks?)\b", "unit tests"),
    (r"\b(?:text|tests|chest) cases?\b", "test cases"),
    (r"^(?:write|create|add|generate) (?:text|texts|chests) for\b", "write tests for"),
    (r"^(?:text|taste|tasty|tests|tested) (?=(?:it|this|that|the)\b)", "test "),
    (r"\b(returns?|returned|returning|is) (?:nun|known|non|no one|nan)\b", r"\1 none"),
    (r"\bglass (?=(?:called|named|with|for|that)\b)", "class "),
    (r"\b(a|the|this|that) (?:junction|functional|functions)\b", r"\1 function"),
    (r"^(?:undue|undo|undone|on due|and due)\b", "undo"),
    (
        r"^(?:council|counsel|cancer|can sell|canceled|cancels|console)"
        r"(?= (?:that|it|this|the)\b|$)",
        "cancel",
    ),
    (r"^(?:reverted|reverse) (?=(?:that|it|the last|the change|my last)\b)", "revert "),
    (r"\bnegative (?:members|number)\b", "negative numbers"),
)
_SUFFIXES = {"p y": "py", "j s": "js", "python": "py", "javascript": "js"}
_DOTTED = re.compile(r"\b(\w+) dot (py|js|p y|j s|python|javascript|json|csv|txt|ts)\b")
_WORD = re.compile(r"[a-z_][\w]*(?:\.(?:py|js|mjs|json|csv|txt|ts))?|\d+(?:\.\d+)?")
_MIN_FUZZY = 5
_MAX_FUZZY = 30  # no cue is longer, and comparing takes time that grows with the square
_ALIKE = 0.92


def normalise(text: str) -> str:
    """Give the sentence in lower case, without punctuation, with common mishearings repaired."""
    line = text.lower().replace("’", "'")
    for pattern, repair in _CONTRACTIONS:
        line = re.sub(pattern, repair, line)
    line = re.sub(r"(?<=\w)[-/](?=\w)", " ", line)
    line = " ".join(_WORD.findall(line))
    line = _DOTTED.sub(lambda m: f"{m[1]}.{_SUFFIXES.get(m[2], m[2])}", line)
    for pattern, repair in (*_SPELLED, *_HOMOPHONES):
        line = re.sub(pattern, repair, line)
    return line


def words(text: str) -> list[str]:
    """Split a spoken sentence into normalised words."""
    return normalise(text).split()


def stem(word: str) -> str:
    """Cut the common endings of English verbs and plurals, so that "adds" meets "add"."""
    for ending, rest in (("ies", "y"), ("ing", ""), ("ed", ""), ("es", "e"), ("s", "")):
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith("ss"):
            cut = word[: -len(ending)] + rest
            return cut[:-1] if len(cut) > 3 and cut[-1] == cut[-2] != "s" else cut
    return word


@cache
def alike(heard: str, meant: str) -> float:
    """Tell how well a heard word stands for a cue word: 1.0 same, 0.0 another word.

    Same stem 0.95; for words of five to thirty letters, same sound 0.8 or nearly the same
    spelling 0.75. Shorter words must be the same: too many of them sound alike.
    """
    if heard == meant:
        return 1.0
    if stem(heard).rstrip("e") == stem(meant).rstrip("e"):
        return 0.95
    if min(len(heard), len(meant)) < _MIN_FUZZY or len(heard) > _MAX_FUZZY:
        return 0.0
    if jellyfish.metaphone(heard) == jellyfish.metaphone(meant):
        return 0.8
    return 0.75 if jellyfish.jaro_winkler_similarity(heard, meant) >= _ALIKE else 0.0
