# mypy: ignore-errors
"""Words of a text."""

from collections import Counter


def count_words(text):
    """Return how many words the text holds."""
    return len(text.split())


def word_frequencies(text):
    """Return how often each word occurs in the text, ignoring case."""
    return dict(Counter(text.lower().split()))


def character_frequencies(text):
    """Return how often each character occurs in the text."""
    return dict(Counter(text))


def longest_word(text):
    """Return the longest word of the text, empty text if there is none."""
    return max(text.split(), key=len, default="")


def capitalize_words(text):
    """Return the text with the first letter of each word in upper case."""
    return " ".join(word[:1].upper() + word[1:] for word in text.split(" "))


def reverse_words(text):
    """Return the text with its words in reverse order."""
    return " ".join(reversed(text.split()))


def to_camel_case(text):
    """Return the words of the text joined in camel case."""
    parts = text.replace("_", " ").replace("-", " ").lower().split()
    return parts[0] + "".join(part.capitalize() for part in parts[1:]) if parts else ""


def greet(name):
    """Return a friendly greeting for a name."""
    return f"Hello, {name}!"
