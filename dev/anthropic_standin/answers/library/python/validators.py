# mypy: ignore-errors
"""Checks of what people type."""

import re
from urllib.parse import urlparse


def is_valid_email(email):
    """Tell whether a text looks like an email address."""
    return re.fullmatch(r"[\w.+-]+@[\w-]+(\.[\w-]+)+", email) is not None


def is_valid_url(url):
    """Tell whether a text is an http or https URL with a host."""
    parts = urlparse(url)
    return parts.scheme in ("http", "https") and bool(parts.netloc)


def is_valid_phone(number):
    """Tell whether a text is a phone number of 7 to 15 digits."""
    digits = re.sub(r"[\s().-]", "", number)
    return re.fullmatch(r"\+?\d{7,15}", digits) is not None


def is_strong_password(password):
    """Tell whether a password has 8 characters, both cases and a digit."""
    return (
        len(password) >= 8
        and any(character.islower() for character in password)
        and any(character.isupper() for character in password)
        and any(character.isdigit() for character in password)
    )


def is_number(text):
    """Tell whether a text can be read as a number."""
    return re.fullmatch(r"\s*[+-]?(\d+\.?\d*|\.\d+)\s*", text) is not None


def validate_required(data, fields):
    """Return the names of the fields that are missing or empty in a dictionary."""
    return [field for field in fields if data.get(field) in (None, "")]


def are_brackets_balanced(text):
    """Tell whether every bracket of a text is closed in the right order."""
    pairs = {")": "(", "]": "[", "}": "{"}
    opened = []
    for character in text:
        if character in pairs.values():
            opened.append(character)
        elif character in pairs and (not opened or opened.pop() != pairs[character]):
            return False
    return not opened
