# mypy: ignore-errors
"""Whole numbers."""

import math


def factorial(n):
    """Return the factorial of the whole number n."""
    result = 1
    for factor in range(2, n + 1):
        result *= factor
    return result


def fibonacci(count):
    """Return the first count Fibonacci numbers as a list."""
    numbers = []
    current, following = 0, 1
    for _ in range(count):
        numbers.append(current)
        current, following = following, current + following
    return numbers


def greatest_common_divisor(a, b):
    """Return the greatest common divisor of a and b."""
    while b:
        a, b = b, a % b
    return abs(a)


def least_common_multiple(a, b):
    """Return the least common multiple of a and b, 0 if one of them is 0."""
    if a == 0 or b == 0:
        return 0
    return abs(a * b) // math.gcd(a, b)


def sum_digits(number):
    """Return the sum of the digits of a whole number."""
    return sum(int(digit) for digit in str(abs(number)))


def fizzbuzz(limit):
    """Return the FizzBuzz words for the numbers from 1 to limit."""
    lines = []
    for number in range(1, limit + 1):
        word = ("Fizz" if number % 3 == 0 else "") + ("Buzz" if number % 5 == 0 else "")
        lines.append(word or str(number))
    return lines


def clamp(value, low, high):
    """Return value, moved into the range from low to high."""
    return max(low, min(value, high))


def to_binary(number):
    """Return the binary digits of a whole number as text."""
    return format(number, "b")
