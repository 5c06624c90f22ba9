/** Tell whether a text looks like an email address. */
function isValidEmail(email) {
  return /^[\w.+-]+@[\w-]+(\.[\w-]+)+$/.test(email);
}

/** Tell whether a text is an http or https URL with a host. */
function isValidUrl(url) {
  try {
    return ["http:", "https:"].includes(new URL(url).protocol);
  } catch {
    return false;
  }
}

/** Tell whether a text is a phone number of 7 to 15 digits. */
function isValidPhone(number) {
  return /^\+?\d{7,15}$/.test(number.replace(/[\s().-]/g, ""));
}

/** Tell whether a password has 8 characters, both cases and a digit. */
function isStrongPassword(password) {
  return password.length >= 8 && [/[a-z]/, /[A-Z]/, /\d/].every((rule) => rule.test(password));
}

/** Tell whether a text can be read as a number. */
function isNumber(text) {
  return text.trim() !== "" && Number.isFinite(Number(text));
}

/** Return the names of the fields that are missing or empty in an object. */
function validateRequired(data, fields) {
  return fields.filter((field) => data[field] === undefined || data[field] === "");
}

/** Tell whether every bracket of a text is closed in the right order. */
function areBracketsBalanced(text) {
  const pairs = { ")": "(", "]": "[", "}": "{" };
  const opened = [];
  for (const character of text) {
    if ("([{".includes(character)) {
      opened.push(character);
    } else if (character in pairs && opened.pop() !== pairs[character]) {
      return false;
    }
  }
  return opened.length === 0;
}

/** Print the remaining seconds, one line per second, and resolve when none is left. */
async function countdown(seconds) {
  for (let remaining = seconds; remaining > 0; remaining -= 1) {
    console.log(remaining);
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
  console.log("Done");
}

/** Return the current time as text in ISO form. */
function currentTime() {
  return new Date().toISOString();
}

/** Return a number of seconds as hours, minutes and seconds. */
function formatDuration(seconds) {
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return parts.map((part) => String(Math.floor(part)).padStart(2, "0")).join(":");
}

/** Return the number of days between two dates written as YYYY-MM-DD. */
function daysBetween(start, end) {
  return Math.abs(Math.round((Date.parse(end) - Date.parse(start)) / 86400000));
}

/** Return the age in years on a day, both written as YYYY-MM-DD. */
function calculateAge(birthDate, today) {
  const years = Number(today.slice(0, 4)) - Number(birthDate.slice(0, 4));
  return today.slice(5) < birthDate.slice(5) ? years - 1 : years;
}

/** Return a random password of letters and digits. */
function generatePassword(length) {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  const random = crypto.getRandomValues(new Uint32Array(length));
  return Array.from(random, (value) => letters[value % letters.length]).join("");
}

/** Return a random number from 1 to the number of sides. */
function rollDice(sides) {
  return 1 + Math.floor(Math.random() * sides);
}

/** Return a random whole number from low to high, both included. */
function randomNumber(low, high) {
  return low + Math.floor(Math.random() * (high - low + 1));
}
