# mypy: ignore-errors
"""Collections as classes."""

from collections import OrderedDict, deque


class Stack:
    """A last-in, first-out collection."""

    def __init__(self):
        self.items = []

    def push(self, item):
        """Put an item on top."""
        self.items.append(item)

    def pop(self):
        """Take the top item off and return it."""
        if not self.items:
            raise IndexError("pop from an empty stack")
        return self.items.pop()

    def peek(self):
        """Return the top item without taking it off, None if there is none."""
        return self.items[-1] if self.items else None

    def is_empty(self):
        """Tell whether there is no item."""
        return not self.items


class Queue:
    """A first-in, first-out collection."""

    def __init__(self):
        self.items = deque()

    def enqueue(self, item):
        """Put an item at the end."""
        self.items.append(item)

    def dequeue(self):
        """Take the first item off and return it."""
        if not self.items:
            raise IndexError("dequeue from an empty queue")
        return self.items.popleft()

    def size(self):
        """Return the number of items."""
        return len(self.items)


class LinkedList:
    """A singly linked list."""

    def __init__(self):
        self.head = None

    def append(self, value):
        """Put a value at the end."""
        node = {"value": value, "next": None}
        if self.head is None:
            self.head = node
            return
        last = self.head
        while last["next"] is not None:
            last = last["next"]
        last["next"] = node

    def to_list(self):
        """Return all values in order."""
        values, node = [], self.head
        while node is not None:
            values.append(node["value"])
            node = node["next"]
        return values


class LruCache:
    """A cache that forgets the entry that was not used for the longest time."""

    def __init__(self, capacity=100):
        self.capacity = capacity
        self.entries = OrderedDict()

    def get(self, key, default=None):
        """Return the value of a key, or the default if it is not there."""
        if key not in self.entries:
            return default
        self.entries.move_to_end(key)
        return self.entries[key]

    def put(self, key, value):
        """Store a value, dropping the oldest entry if the cache is full."""
        self.entries[key] = value
        self.entries.move_to_end(key)
        if len(self.entries) > self.capacity:
            self.entries.popitem(last=False)
