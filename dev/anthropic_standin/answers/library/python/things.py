# mypy: ignore-errors
"""Classes of everyday programs."""

import time


class Counter:
    """A number that can be raised, lowered and reset."""

    def __init__(self, start=0):
        self.start = start
        self.value = start

    def increment(self, step=1):
        """Raise the value by step and return it."""
        self.value += step
        return self.value

    def decrement(self, step=1):
        """Lower the value by step and return it."""
        self.value -= step
        return self.value

    def reset(self):
        """Go back to the first value."""
        self.value = self.start


class BankAccount:
    """An account that money can be put into and taken from."""

    def __init__(self, owner="", balance=0):
        self.owner = owner
        self.balance = balance

    def deposit(self, amount):
        """Add an amount and return the new balance."""
        if amount <= 0:
            raise ValueError("The amount must be positive.")
        self.balance += amount
        return self.balance

    def withdraw(self, amount):
        """Take an amount off and return the new balance."""
        if amount <= 0:
            raise ValueError("The amount must be positive.")
        if amount > self.balance:
            raise ValueError("The balance is too low.")
        self.balance -= amount
        return self.balance


class Stopwatch:
    """Measures the seconds between start and stop."""

    def __init__(self):
        self.started_at = None
        self.elapsed = 0.0

    def start(self):
        """Begin to measure."""
        self.started_at = time.monotonic()

    def stop(self):
        """End the measurement and return the seconds in all."""
        if self.started_at is not None:
            self.elapsed += time.monotonic() - self.started_at
            self.started_at = None
        return self.elapsed


class ShoppingCart:
    """A cart that sums up what its products cost."""

    def __init__(self):
        self.items = {}

    def add(self, name, price, quantity=1):
        """Put a number of a product into the cart."""
        self.items[name] = {"price": price, "quantity": quantity}

    def remove(self, name):
        """Take a product out; nothing happens if it is not there."""
        self.items.pop(name, None)

    def total(self):
        """Return what everything costs."""
        return sum(item["price"] * item["quantity"] for item in self.items.values())


class TodoList:
    """A list of tasks that can be marked as done."""

    def __init__(self):
        self.tasks = []

    def add(self, title):
        """Add an open task."""
        self.tasks.append({"title": title, "done": False})

    def complete(self, title):
        """Mark all tasks of that title as done."""
        for task in self.tasks:
            if task["title"] == title:
                task["done"] = True

    def open_tasks(self):
        """Return the titles of the tasks that are not done."""
        return [task["title"] for task in self.tasks if not task["done"]]


class Calculator:
    """The four basic operations."""

    def add(self, a, b):
        """Return the sum of a and b."""
        return a + b

    def subtract(self, a, b):
        """Return a without b."""
        return a - b

    def multiply(self, a, b):
        """Return the product of a and b."""
        return a * b

    def divide(self, a, b):
        """Return a divided by b."""
        if b == 0:
            raise ValueError("Cannot divide by zero.")
        return a / b
