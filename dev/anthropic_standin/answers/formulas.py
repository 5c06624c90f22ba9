"""One-line calculations: what they are called, their inputs, and the expression per language."""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Formula:
    """A function of one expression; `javascript` is None where it reads like Python."""

    name: str
    parameters: tuple[str, ...]
    python: str
    javascript: str | None
    summary: str


def _formula(
    name: str, parameters: str, python: str, summary: str, javascript: str | None = None
) -> Formula:
    return Formula(
        name=name,
        parameters=tuple(parameters.split()),
        python=python,
        javascript=javascript,
        summary=summary,
    )


_TABLE = (
    (
        r"\bcelsius\b.*\bfahrenheit\b",
        _formula(
            "celsius_to_fahrenheit",
            "celsius",
            "celsius * 9 / 5 + 32",
            "Return a temperature in degrees Fahrenheit for degrees Celsius.",
        ),
    ),
    (
        r"\bfahrenheit\b.*\bcelsius\b|\bfahrenheit\b",
        _formula(
            "fahrenheit_to_celsius",
            "fahrenheit",
            "(fahrenheit - 32) * 5 / 9",
            "Return a temperature in degrees Celsius for degrees Fahrenheit.",
        ),
    ),
    (
        r"\bcelsius\b|\btemperatures?\b",
        _formula(
            "celsius_to_fahrenheit",
            "celsius",
            "celsius * 9 / 5 + 32",
            "Return a temperature in degrees Fahrenheit for degrees Celsius.",
        ),
    ),
    (
        r"\bmiles\b.*\bkilomet",
        _formula(
            "miles_to_kilometers", "miles", "miles * 1.609344", "Return a distance in kilometers."
        ),
    ),
    (
        r"\bkilomet\w+\b.*\bmiles",
        _formula(
            "kilometers_to_miles",
            "kilometers",
            "kilometers / 1.609344",
            "Return a distance in miles.",
        ),
    ),
    (
        r"\barea of (a |the )?circle|\bcircle area|\bcircle\b.*\barea",
        _formula(
            "circle_area",
            "radius",
            "3.141592653589793 * radius * radius",
            "Return the area of a circle.",
            "Math.PI * radius * radius",
        ),
    ),
    (
        r"\bcircumference",
        _formula(
            "circle_circumference",
            "radius",
            "2 * 3.141592653589793 * radius",
            "Return the circumference of a circle.",
            "2 * Math.PI * radius",
        ),
    ),
    (
        r"\barea of (a |the )?triangle|\btriangle\b.*\barea",
        _formula(
            "triangle_area", "base height", "base * height / 2", "Return the area of a triangle."
        ),
    ),
    (
        r"\bperimeter",
        _formula(
            "rectangle_perimeter",
            "width height",
            "2 * (width + height)",
            "Return the perimeter of a rectangle.",
        ),
    ),
    (
        r"\barea\b",
        _formula(
            "rectangle_area", "width height", "width * height", "Return the area of a rectangle."
        ),
    ),
    (
        r"\bvolume\b.*\bsphere|\bsphere\b",
        _formula(
            "sphere_volume",
            "radius",
            "4 / 3 * 3.141592653589793 * radius**3",
            "Return the volume of a sphere.",
            "(4 / 3) * Math.PI * radius ** 3",
        ),
    ),
    (
        r"\bvolume\b",
        _formula(
            "box_volume",
            "width height depth",
            "width * height * depth",
            "Return the volume of a box.",
        ),
    ),
    (
        r"\bhypotenuse|\bpythagor",
        _formula(
            "hypotenuse",
            "a b",
            "(a * a + b * b) ** 0.5",
            "Return the longest side of a right triangle.",
            "Math.hypot(a, b)",
        ),
    ),
    (
        r"\bdistance between (two )?points",
        _formula(
            "point_distance",
            "x1 y1 x2 y2",
            "((x2 - x1) ** 2 + (y2 - y1) ** 2) ** 0.5",
            "Return the distance between two points.",
            "Math.hypot(x2 - x1, y2 - y1)",
        ),
    ),
    (
        r"\bbody mass|\bbmi\b|\bb m i\b",
        _formula(
            "body_mass_index",
            "weight_kg height_m",
            "weight_kg / height_m**2",
            "Return the body mass index.",
            "weight_kg / height_m ** 2",
        ),
    ),
    (
        r"\bcompound interest",
        _formula(
            "compound_interest",
            "principal rate years",
            "principal * (1 + rate) ** years - principal",
            "Return the compound interest of a sum after some years.",
        ),
    ),
    (
        r"\binterest\b",
        _formula(
            "simple_interest",
            "principal rate years",
            "principal * rate * years",
            "Return the simple interest of a sum after some years.",
        ),
    ),
    (
        r"\bdiscount",
        _formula(
            "discounted_price",
            "price percent",
            "price * (100 - percent) / 100",
            "Return a price after a discount in percent.",
        ),
    ),
    (
        r"\b(tax|vat)\b",
        _formula(
            "price_with_tax",
            "price percent",
            "price * (100 + percent) / 100",
            "Return a price with a tax in percent.",
        ),
    ),
    (
        r"\btip\b",
        _formula(
            "tip_amount",
            "bill percent",
            "bill * percent / 100",
            "Return the tip for a bill in percent.",
        ),
    ),
    (
        r"\bpercent",
        _formula(
            "percentage",
            "part whole",
            "part / whole * 100",
            "Return which percentage of the whole a part is.",
        ),
    ),
    (
        r"\b(speed|velocity)\b",
        _formula(
            "average_speed",
            "distance time",
            "distance / time",
            "Return the speed for a distance and a time.",
        ),
    ),
    (
        r"\b(whether|if|is|checks?|tells?)\b.*\beven\b(?!.*\b(list|array|numbers)\b)|\bis even\b",
        _formula(
            "is_even",
            "number",
            "number % 2 == 0",
            "Tell whether a number is even.",
            "number % 2 === 0",
        ),
    ),
    (
        r"\b(whether|if|is|checks?|tells?)\b.*\bodd\b(?!.*\b(list|array|numbers)\b)|\bis odd\b",
        _formula(
            "is_odd",
            "number",
            "number % 2 != 0",
            "Tell whether a number is odd.",
            "number % 2 !== 0",
        ),
    ),
    (
        r"\b(whether|if|is|checks?)\b.*\bpositive\b(?!.*\b(list|array|numbers)\b)",
        _formula("is_positive", "number", "number > 0", "Tell whether a number is positive."),
    ),
    (
        r"\b(whether|if|is|checks?)\b.*\bnegative\b(?!.*\b(list|array|numbers)\b)",
        _formula("is_negative", "number", "number < 0", "Tell whether a number is negative."),
    ),
    (
        r"\bsquare root",
        _formula(
            "square_root",
            "number",
            "number**0.5",
            "Return the square root of a number.",
            "Math.sqrt(number)",
        ),
    ),
    (
        r"\bsquares? (of )?(a|the|one) (given )?(number|value|integer)",
        _formula("square", "number", "number * number", "Return the square of a number."),
    ),
    (
        r"\b(cube|cubes|cubed) (of )?(a|the|one) (given )?(number|value|integer)",
        _formula("cube", "number", "number**3", "Return the cube of a number.", "number ** 3"),
    ),
    (
        r"\bdoubles? (a|the|one) (given )?(number|value|integer)",
        _formula("double_number", "number", "number * 2", "Return twice a number."),
    ),
    (
        r"\bhal(f|ves) (of )?(a|the|one) (given )?(number|value|integer)",
        _formula("half", "number", "number / 2", "Return half of a number."),
    ),
    (
        r"\babsolute",
        _formula(
            "absolute_value",
            "number",
            "abs(number)",
            "Return the absolute value of a number.",
            "Math.abs(number)",
        ),
    ),
    (
        r"\b(larger|bigger|greater|maximum|max|largest) of (the )?(two|both)",
        _formula(
            "larger_of_two",
            "a b",
            "a if a >= b else b",
            "Return the larger of two values.",
            "(a >= b ? a : b)",
        ),
    ),
    (
        r"\b(smaller|lesser|minimum|min|smallest) of (the )?(two|both)",
        _formula(
            "smaller_of_two",
            "a b",
            "a if a <= b else b",
            "Return the smaller of two values.",
            "(a <= b ? a : b)",
        ),
    ),
    (
        r"\bswap",
        _formula(
            "swap",
            "first second",
            "(second, first)",
            "Return two values in the other order.",
            "[second, first]",
        ),
    ),
    (
        r"\b(length|number of characters|how long)\b.*\b(string|text|word)",
        _formula(
            "text_length",
            "text",
            "len(text)",
            "Return the number of characters of a text.",
            "text.length",
        ),
    ),
    (
        r"\b(upper ?case|capital letters)\b(?!.*\b(list|array|words)\b)",
        _formula(
            "to_upper_case",
            "text",
            "text.upper()",
            "Return the text in upper case.",
            "text.toUpperCase()",
        ),
    ),
    (
        r"\b(lower ?case|small letters)\b(?!.*\b(list|array|words)\b)",
        _formula(
            "to_lower_case",
            "text",
            "text.lower()",
            "Return the text in lower case.",
            "text.toLowerCase()",
        ),
    ),
    (
        r"\b(concatenat\w*|join\w*|combine\w*) (two |both )?(strings|texts|words)",
        _formula("join_texts", "first second", "first + second", "Return two texts joined."),
    ),
    (
        r"\bstarts? with\b",
        _formula(
            "starts_with",
            "text prefix",
            "text.startswith(prefix)",
            "Tell whether a text starts with a prefix.",
            "text.startsWith(prefix)",
        ),
    ),
    (
        r"\b(hours|minutes)\b.*\b(to|into|in) seconds",
        _formula(
            "hours_to_seconds", "hours", "hours * 3600", "Return a number of hours in seconds."
        ),
    ),
)
_COMPILED = tuple((re.compile(pattern), formula) for pattern, formula in _TABLE)


def find_formula(line: str) -> Formula | None:
    """Find the formula that a normalised sentence asks for, if any."""
    return next((formula for pattern, formula in _COMPILED if pattern.search(line)), None)


def all_formulas() -> list[Formula]:
    """List all formulas, some of them under several patterns."""
    return [formula for _, formula in _TABLE]
