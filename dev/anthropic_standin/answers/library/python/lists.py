# mypy: ignore-errors
"""Lists."""


def flatten(items):
    """Return the items of nested lists as one flat list."""
    flat = []
    for item in items:
        if isinstance(item, list):
            flat.extend(flatten(item))
        else:
            flat.append(item)
    return flat


def chunk_list(items, size):
    """Return the items cut into lists of the given size."""
    return [items[start : start + size] for start in range(0, len(items), size)]


def merge_lists(first, second):
    """Return one list with the items of both lists in turn order."""
    return [*first, *second]


def second_largest(numbers):
    """Return the second largest different number of a list, None if there is none."""
    distinct = sorted(set(numbers), reverse=True)
    return distinct[1] if len(distinct) > 1 else None


def common_items(first, second):
    """Return the items that occur in both lists, in the order of the first."""
    wanted = set(second)
    return [item for item in first if item in wanted]


def find_duplicates(items):
    """Return the items that occur more than once, each one time."""
    seen, duplicates = set(), []
    for item in items:
        if item in seen and item not in duplicates:
            duplicates.append(item)
        seen.add(item)
    return duplicates


def group_by(items, key):
    """Return the records grouped by the value that they hold under key."""
    groups = {}
    for item in items:
        groups.setdefault(item[key], []).append(item)
    return groups


def median(numbers):
    """Return the middle value of a list of numbers, 0 for an empty list."""
    ordered = sorted(numbers)
    middle = len(ordered) // 2
    if not ordered:
        return 0
    if len(ordered) % 2:
        return ordered[middle]
    return (ordered[middle - 1] + ordered[middle]) / 2
