# mypy: ignore-errors
"""Letters and whole texts."""

import re


def reverse_string(text):
    """Return the text with its characters in reverse order."""
    return text[::-1]


def is_palindrome(text):
    """Tell whether a text reads the same backwards, ignoring case, spaces and punctuation."""
    letters = [character.lower() for character in text if character.isalnum()]
    return letters == letters[::-1]


def count_vowels(text):
    """Return how many vowels the text holds."""
    return sum(1 for character in text.lower() if character in "aeiou")


def are_anagrams(first, second):
    """Tell whether two texts are made of the same letters."""
    return sorted(first.replace(" ", "").lower()) == sorted(second.replace(" ", "").lower())


def slugify(text):
    """Return the text as a lower-case slug with hyphens between words."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def truncate(text, length):
    """Return the text cut to the given length, with an ellipsis where it was cut."""
    if len(text) <= length:
        return text
    return text[: max(0, length - 3)] + "..."


def remove_spaces(text):
    """Return the text without any white space."""
    return "".join(text.split())


def caesar_cipher(text, shift):
    """Return the text with each letter moved on by shift places of the alphabet."""
    moved = []
    for character in text:
        if character.isalpha() and character.isascii():
            start = ord("A") if character.isupper() else ord("a")
            character = chr((ord(character) - start + shift) % 26 + start)
        moved.append(character)
    return "".join(moved)
