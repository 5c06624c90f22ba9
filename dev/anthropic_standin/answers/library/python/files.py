# mypy: ignore-errors
"""Files and folders."""

import csv
import json
from pathlib import Path


def read_json(path):
    """Return the value stored in a JSON file."""
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def write_json(path, data):
    """Write a value to a JSON file, indented by two spaces."""
    with open(path, "w", encoding="utf-8") as file:
        json.dump(data, file, indent=2)


def read_csv(path):
    """Return the rows of a CSV file as dictionaries keyed by the header."""
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def write_csv(path, rows):
    """Write dictionaries to a CSV file; the first row's keys become the header."""
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]) if rows else [])
        writer.writeheader()
        writer.writerows(rows)


def read_text(path):
    """Return the whole text of a file."""
    return Path(path).read_text(encoding="utf-8")


def write_text(path, text):
    """Write a text to a file, replacing what was there."""
    Path(path).write_text(text, encoding="utf-8")


def count_lines(path):
    """Return how many lines a text file has."""
    with open(path, encoding="utf-8") as file:
        return sum(1 for _ in file)


def list_files(folder):
    """Return the names of the files in a folder, sorted."""
    return sorted(entry.name for entry in Path(folder).iterdir() if entry.is_file())
