/** Return the factorial of the whole number n. */
function factorial(n) {
  let result = 1;
  for (let factor = 2; factor <= n; factor += 1) {
    result *= factor;
  }
  return result;
}

/** Return the first count Fibonacci numbers as an array. */
function fibonacci(count) {
  const numbers = [];
  let current = 0;
  let following = 1;
  for (let index = 0; index < count; index += 1) {
    numbers.push(current);
    [current, following] = [following, current + following];
  }
  return numbers;
}

/** Return the greatest common divisor of a and b. */
function greatestCommonDivisor(a, b) {
  while (b !== 0) {
    [a, b] = [b, a % b];
  }
  return Math.abs(a);
}

/** Return the least common multiple of a and b, 0 if one of them is 0. */
function leastCommonMultiple(a, b) {
  if (a === 0 || b === 0) {
    return 0;
  }
  let [x, y] = [Math.abs(a), Math.abs(b)];
  while (y !== 0) {
    [x, y] = [y, x % y];
  }
  return Math.abs(a * b) / x;
}

/** Return the sum of the digits of a whole number. */
function sumDigits(number) {
  return [...String(Math.abs(number))].reduce((sum, digit) => sum + Number(digit), 0);
}

/** Return the FizzBuzz words for the numbers from 1 to limit. */
function fizzbuzz(limit) {
  const lines = [];
  for (let number = 1; number <= limit; number += 1) {
    const word = (number % 3 === 0 ? "Fizz" : "") + (number % 5 === 0 ? "Buzz" : "");
    lines.push(word || String(number));
  }
  return lines;
}

/** Return value, moved into the range from low to high. */
function clamp(value, low, high) {
  return Math.max(low, Math.min(value, high));
}

/** Return the binary digits of a whole number as text. */
function toBinary(number) {
  return number.toString(2);
}

/** Tell whether a whole number is prime. */
function isPrime(number) {
  if (number < 2) {
    return false;
  }
  for (let divisor = 2; divisor * divisor <= number; divisor += 1) {
    if (number % divisor === 0) {
      return false;
    }
  }
  return true;
}

/** Return all primes up to and including limit. */
function primesUpTo(limit) {
  const primes = [];
  for (let number = 2; number <= limit; number += 1) {
    if (primes.every((prime) => number % prime !== 0)) {
      primes.push(number);
    }
  }
  return primes;
}

/** Return the prime factors of a whole number, smallest first. */
function primeFactors(number) {
  const factors = [];
  let divisor = 2;
  while (number > 1) {
    if (number % divisor === 0) {
      factors.push(divisor);
      number /= divisor;
    } else {
      divisor += 1;
    }
  }
  return factors;
}

/** Tell whether a year of the Gregorian calendar is a leap year. */
function isLeapYear(year) {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

/** Tell whether a number equals the sum of its digits raised to their count. */
function isArmstrongNumber(number) {
  const digits = [...String(number)];
  return number === digits.reduce((sum, digit) => sum + Number(digit) ** digits.length, 0);
}

/** Tell whether a number equals the sum of its proper divisors. */
function isPerfectNumber(number) {
  let sum = 0;
  for (let divisor = 1; divisor < number; divisor += 1) {
    if (number % divisor === 0) {
      sum += divisor;
    }
  }
  return number > 1 && sum === number;
}

/** Return a number from 1 to 3999 in Roman numerals. */
function toRoman(number) {
  const numerals = [
    [1000, "M"], [900, "CM"], [500, "D"], [400, "CD"], [100, "C"], [90, "XC"], [50, "L"],
    [40, "XL"], [10, "X"], [9, "IX"], [5, "V"], [4, "IV"], [1, "I"],
  ];
  let text = "";
  for (const [value, numeral] of numerals) {
    text += numeral.repeat(Math.floor(number / value));
    number %= value;
  }
  return text;
}
