# mypy: ignore-errors
"""Time and chance."""

import random
import string
import time
from datetime import date, datetime


def countdown(seconds):
    """Print the remaining seconds, one line per second, and return when none is left."""
    for remaining in range(seconds, 0, -1):
        print(remaining)
        time.sleep(1)
    print("Done")


def current_time():
    """Return the current local time as text in ISO form."""
    return datetime.now().isoformat(timespec="seconds")


def format_duration(seconds):
    """Return a number of seconds as hours, minutes and seconds."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{rest:02d}"


def days_between(start, end):
    """Return the number of days between two dates written as YYYY-MM-DD."""
    return abs((date.fromisoformat(end) - date.fromisoformat(start)).days)


def calculate_age(birth_date, today):
    """Return the age in years on a day, both written as YYYY-MM-DD."""
    born, day = date.fromisoformat(birth_date), date.fromisoformat(today)
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def generate_password(length):
    """Return a random password of letters and digits."""
    chooser = random.SystemRandom()
    return "".join(chooser.choice(string.ascii_letters + string.digits) for _ in range(length))


def roll_dice(sides):
    """Return a random number from 1 to the number of sides."""
    return random.randint(1, sides)


def random_number(low, high):
    """Return a random whole number from low to high, both included."""
    return random.randint(low, high)
