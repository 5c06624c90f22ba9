# mypy: ignore-errors
"""Functions around functions."""

import functools
import os
import time


def retry(attempts=3, delay=0.1):
    """Return a decorator that calls a function again when it fails."""

    def decorate(function):
        @functools.wraps(function)
        def wrapper(*args, **kwargs):
            for attempt in range(1, attempts + 1):
                try:
                    return function(*args, **kwargs)
                except Exception:
                    if attempt == attempts:
                        raise
                    time.sleep(delay)
            return None

        return wrapper

    return decorate


def timed(function):
    """Return the function wrapped so that it prints how long each call takes."""

    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        started = time.perf_counter()
        try:
            return function(*args, **kwargs)
        finally:
            print(f"{function.__name__} took {time.perf_counter() - started:.3f} s")

    return wrapper


def memoize(function):
    """Return the function wrapped so that it remembers its results."""
    results = {}

    @functools.wraps(function)
    def wrapper(*args):
        if args not in results:
            results[args] = function(*args)
        return results[args]

    return wrapper


def load_settings(prefix):
    """Return the environment variables that begin with a prefix, without it, in lower case."""
    return {
        name[len(prefix) :].lower(): value
        for name, value in os.environ.items()
        if name.startswith(prefix)
    }
