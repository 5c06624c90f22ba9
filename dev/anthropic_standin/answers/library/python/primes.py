# mypy: ignore-errors
"""Primes and other kinds of numbers."""

import math


def is_prime(number):
    """Tell whether a whole number is prime."""
    if number < 2:
        return False
    return all(number % divisor for divisor in range(2, math.isqrt(number) + 1))


def primes_up_to(limit):
    """Return all primes up to and including limit, found with a sieve."""
    candidates = [True] * (limit + 1)
    primes = []
    for number in range(2, limit + 1):
        if candidates[number]:
            primes.append(number)
            for multiple in range(number * number, limit + 1, number):
                candidates[multiple] = False
    return primes


def prime_factors(number):
    """Return the prime factors of a whole number, smallest first."""
    factors = []
    divisor = 2
    while divisor * divisor <= number:
        while number % divisor == 0:
            factors.append(divisor)
            number //= divisor
        divisor += 1
    if number > 1:
        factors.append(number)
    return factors


def is_leap_year(year):
    """Tell whether a year of the Gregorian calendar is a leap year."""
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def is_armstrong_number(number):
    """Tell whether a number equals the sum of its digits raised to their count."""
    digits = str(number)
    return number == sum(int(digit) ** len(digits) for digit in digits)


def is_perfect_number(number):
    """Tell whether a number equals the sum of its proper divisors."""
    return number > 1 and sum(d for d in range(1, number) if number % d == 0) == number


def to_roman(number):
    """Return a number from 1 to 3999 in Roman numerals."""
    numerals = [
        (1000, "M"),
        (900, "CM"),
        (500, "D"),
        (400, "CD"),
        (100, "C"),
        (90, "XC"),
        (50, "L"),
        (40, "XL"),
        (10, "X"),
        (9, "IX"),
        (5, "V"),
        (4, "IV"),
        (1, "I"),
    ]
    text = ""
    for value, numeral in numerals:
        text += numeral * (number // value)
        number %= value
    return text
