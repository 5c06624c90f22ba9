# mypy: ignore-errors
"""Searching and sorting."""

from collections import deque


def binary_search(items, target):
    """Return the index of target in a sorted list, -1 if it is not there."""
    low, high = 0, len(items) - 1
    while low <= high:
        middle = (low + high) // 2
        if items[middle] == target:
            return middle
        if items[middle] < target:
            low = middle + 1
        else:
            high = middle - 1
    return -1


def linear_search(items, target):
    """Return the index of the first item that equals target, -1 if there is none."""
    for index, item in enumerate(items):
        if item == target:
            return index
    return -1


def bubble_sort(items):
    """Return the items in ascending order, sorted by swapping neighbours."""
    result = list(items)
    for end in range(len(result) - 1, 0, -1):
        for index in range(end):
            if result[index] > result[index + 1]:
                result[index], result[index + 1] = result[index + 1], result[index]
    return result


def quick_sort(items):
    """Return the items in ascending order, sorted around a pivot."""
    if len(items) <= 1:
        return list(items)
    pivot, rest = items[0], items[1:]
    smaller = [item for item in rest if item < pivot]
    larger = [item for item in rest if item >= pivot]
    return [*quick_sort(smaller), pivot, *quick_sort(larger)]


def merge_sort(items):
    """Return the items in ascending order, sorted by merging halves."""
    if len(items) <= 1:
        return list(items)
    middle = len(items) // 2
    left, right = merge_sort(items[:middle]), merge_sort(items[middle:])
    merged = []
    while left and right:
        merged.append(left.pop(0) if left[0] <= right[0] else right.pop(0))
    return merged + left + right


def insertion_sort(items):
    """Return the items in ascending order, each inserted at its place."""
    result = []
    for item in items:
        place = len(result)
        while place > 0 and result[place - 1] > item:
            place -= 1
        result.insert(place, item)
    return result


def breadth_first_search(graph, start):
    """Return the nodes of a graph reachable from start, nearest first."""
    seen, queue, order = {start}, deque([start]), []
    while queue:
        node = queue.popleft()
        order.append(node)
        for neighbour in graph.get(node, []):
            if neighbour not in seen:
                seen.add(neighbour)
                queue.append(neighbour)
    return order
