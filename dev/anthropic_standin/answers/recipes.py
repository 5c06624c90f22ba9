"""Which recipe of the library a sentence asks for: patterns over normalised speech, in order."""

import re

_LIST = r"(?:list|array|numbers|items|values|elements)"
_TABLE = (
    (r"\bfactorial", "factorial"),
    (r"\bfibonacci", "fibonacci"),
    (r"\b(greatest common (divisor|factor)|gcd)\b", "greatest_common_divisor"),
    (r"\b(least|lowest|smallest) common multiple|\blcm\b", "least_common_multiple"),
    (r"\bprime factors?|factori[sz]e|factori[sz]ation", "prime_factors"),
    (
        r"\bprimes\b|\bprime numbers (up|below|under|until|less|to|between|in)\b|"
        r"\ball (the )?prime|\b(list|lists|find|finds|print|prints|generate|generates|first) "
        r"(\w+ )?prime numbers",
        "primes_up_to",
    ),
    (r"\bprime\b", "is_prime"),
    (r"\bleap year", "is_leap_year"),
    (r"\barmstrong", "is_armstrong_number"),
    (r"\bperfect number", "is_perfect_number"),
    (r"\broman numeral", "to_roman"),
    (r"\b(sum|add|adds) (of |up )?(the |all |its )*digits|\bdigit sum", "sum_digits"),
    (r"\bfizzbuzz\b", "fizzbuzz"),
    (r"\bclamp", "clamp"),
    (r"\bto binary\b|\bbinary (digits|form|representation)", "to_binary"),
    (r"\bbinary search", "binary_search"),
    (r"\b(linear|sequential) search", "linear_search"),
    (r"\bbubble sort", "bubble_sort"),
    (r"\bquick ?sort", "quick_sort"),
    (r"\bmerge ?sort", "merge_sort"),
    (r"\binsertion sort", "insertion_sort"),
    (r"\bbreadth first|\bbfs\b", "breadth_first_search"),
    (r"\bpalindrome", "is_palindrome"),
    (r"\banagrams?\b", "are_anagrams"),
    (r"\bvowels?\b", "count_vowels"),
    (r"\bslug", "slugify"),
    (r"\btruncat", "truncate"),
    (r"\b(remove|strip|delete)s? (all )?(the )?(white ?)?spaces?\b", "remove_spaces"),
    (r"\bcaesar|\bcipher", "caesar_cipher"),
    (r"\breverses? (the |a )?(order of )?(the )?words", "reverse_words"),
    (
        r"\brevers\w* (a |the |an |any )?(string|text|word|sentence|input)|\bstring revers",
        "reverse_string",
    ),
    (
        r"\b(how often|frequency|frequencies|occurrences?|counts? each).*\bwords?\b|"
        r"\bword (frequenc|count(s|er)\b)",
        "word_frequencies",
    ),
    (
        r"\b(how often|frequency|frequencies|occurrences?|counts? each).*\b(characters?|letters?)",
        "character_frequencies",
    ),
    (
        r"\b(count|counts|counting|number of|how many) (the |all )?(number of )?(the )?words",
        "count_words",
    ),
    (r"\blongest word", "longest_word"),
    (r"\bcapitali[sz]e|\btitle case", "capitalize_words"),
    (r"\bcamel case", "to_camel_case"),
    (r"\bgreet|\bsays? hello|\bhello world", "greet"),
    (r"\bflatten", "flatten"),
    (r"\bchunk|\bbatches\b|\bsplits? (a |the )?list into", "chunk_list"),
    (
        rf"\b(merge|merges|combine|combines|concatenate|concatenates|joins?) "
        rf"(two|the two|both) {_LIST}|\bmerge (two )?lists",
        "merge_lists",
    ),
    (r"\bsecond (largest|biggest|highest)", "second_largest"),
    (r"\b(common|shared) (items|elements|values|numbers)|\bintersect", "common_items"),
    (r"\bfinds? (the |all )?duplicat|\breturns? (the |all )?duplicat", "find_duplicates"),
    (r"\bgroups? .*\bby\b|\bgroup by\b", "group_by"),
    (r"\bmedian", "median"),
    (
        r"\b(write|writes|save|saves|saving|store|stores|export)\b.*\bjson\b(?!.*\burl\b)",
        "write_json",
    ),
    (r"\b(post|posts|send|sends)\b.*\b(json|data|request)\b", "post_json"),
    (
        r"\b(fetch|fetches|get|gets|request|requests|call|calls)\b.*\bjson\b|"
        r"\bjson\b.*\b(url|api|web|internet)\b|\bcalls? (an|the) api\b",
        "fetch_json",
    ),
    (r"\bjson\b", "read_json"),
    (
        r"\b(write|writes|save|saves|export|exports)\b (?!a function|a script|a program|a class|me)"
        r".*\bcsv\b",
        "write_csv",
    ),
    (r"\bcsv\b", "read_csv"),
    (r"\bdownload", "download_file"),
    (
        r"\b(fetch|fetches|fetching|http get|get request|web page|website|webpage|url|"
        r"http request)\b(?!.*\bvalid)",
        "fetch_url",
    ),
    (
        r"\b(rest|crud)\b|\b(http|request|api) (request )?handler|\brest (like )?(api|handler)",
        "ItemHandler",
    ),
    (r"\b(http|web) server|\bserver\b|\bendpoint|\bhealth check", "start_server"),
    (r"\bcounts? (the )?(number of )?(the )?lines|\bnumber of lines", "count_lines"),
    (r"\blists? (all )?(the )?files|\bfiles (in|of) (a|the) (folder|directory)", "list_files"),
    (
        r"\bwrites? (a |the |some )?(text|string|content|data|it|lines)? ?(in)?to (a |the )?"
        r"(text )?file|\bsaves? .*\bfile",
        "write_text",
    ),
    (r"\breads? .*\bfile|\bopens? .*\bfile|\bcontents? of (a|the) (text )?file", "read_text"),
    (
        r"\be ?mails?\b.*\bvalid|\bvalid\w* .*\be ?mail|\be ?mail valid|\bis .*\be ?mail|"
        r"\bchecks? .*\be ?mail",
        "is_valid_email",
    ),
    (r"\bvalid\w*.*\burl|\burl valid|\bchecks? .*\burl", "is_valid_url"),
    (r"\bvalid\w*.*\bphone|\bphone number", "is_valid_phone"),
    (
        r"\b(strong|valid\w*|check\w*|strength)\b.*\bpassword|\bpassword (valid|strength|check)",
        "is_strong_password",
    ),
    (r"\bpassword", "generate_password"),
    (r"\bis (a )?(valid )?number\b|\bis numeric", "is_number"),
    (r"\brequired fields?|\bmissing fields?", "validate_required"),
    (r"\bbracket|\bparenthes[ie]s", "are_brackets_balanced"),
    (r"\bcount ?down|\bcounts down", "countdown"),
    (r"\bcurrent (time|date)|\btime ?stamp|\btime (it )?is\b|\btoday", "current_time"),
    (r"\b(format\w*|convert\w*) .*\b(seconds|duration)|\bduration", "format_duration"),
    (r"\bdays between|\bdifference between two dates|\bnumber of days", "days_between"),
    (r"\bcalculat\w* .*\bage\b|\bcomput\w* .*\bage\b|\bage (of|from)\b", "calculate_age"),
    (r"\bdice|\bdie\b", "roll_dice"),
    (r"\brandom (whole )?(number|integer)", "random_number"),
    (r"\b(settings|configuration|config|environment variables?)\b", "load_settings"),
    (r"\bretr(y|ies)\b", "retry"),
    (r"\b(memoi[sz]|remembers? (its|the) results?|caches? (its|the) results?)", "memoize"),
    (r"\bdecorator\b|\bmeasures? (the )?time|\bhow long\b", "timed"),
)
_CLASSES = (
    (r"\bstack\b", "Stack"),
    (r"\bqueue\b", "Queue"),
    (r"\blinked list", "LinkedList"),
    (r"\b(lru|cache)\b", "LruCache"),
    (r"\bcounter\b", "Counter"),
    (r"\b(bank account|account with (a )?(balance|deposit)|bank)\b", "BankAccount"),
    (r"\b(stop ?watch|timer)\b", "Stopwatch"),
    (r"\bshopping (cart|basket)|\bcart\b", "ShoppingCart"),
    (r"\b(to ?do|two do|task) list|\bto dos?\b", "TodoList"),
    (r"\bcalculator\b", "Calculator"),
)
_FUNCTIONS = tuple((re.compile(pattern), name) for pattern, name in _TABLE)
_THINGS = tuple((re.compile(pattern), name) for pattern, name in _CLASSES)


def find_function(line: str) -> str | None:
    """Name the recipe of the library that a normalised sentence asks for, if any."""
    return _first(_FUNCTIONS, line)


def find_class(line: str) -> str | None:
    """Name the ready class that a normalised sentence asks for, if any."""
    return _first(_THINGS, line)


def all_names() -> list[str]:
    """List every recipe that a sentence can reach."""
    return [name for _, name in (*_TABLE, *_CLASSES)]


def _first(table: tuple[tuple[re.Pattern[str], str], ...], line: str) -> str | None:
    return next((name for pattern, name in table if pattern.search(line)), None)
