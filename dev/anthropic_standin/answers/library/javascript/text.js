/** Return the text with its characters in reverse order. */
function reverseString(text) {
  return [...text].reverse().join("");
}

/** Tell whether a text reads the same backwards, ignoring case, spaces and punctuation. */
function isPalindrome(text) {
  const letters = text.toLowerCase().replace(/[^a-z0-9]/g, "");
  return letters === [...letters].reverse().join("");
}

/** Return how many vowels the text holds. */
function countVowels(text) {
  return (text.match(/[aeiou]/gi) ?? []).length;
}

/** Tell whether two texts are made of the same letters. */
function areAnagrams(first, second) {
  const letters = (text) => [...text.toLowerCase().replaceAll(" ", "")].sort().join("");
  return letters(first) === letters(second);
}

/** Return the text as a lower-case slug with hyphens between words. */
function slugify(text) {
  return text.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "");
}

/** Return the text cut to the given length, with an ellipsis where it was cut. */
function truncate(text, length) {
  if (text.length <= length) {
    return text;
  }
  return `${text.slice(0, Math.max(0, length - 3))}...`;
}

/** Return the text without any white space. */
function removeSpaces(text) {
  return text.replace(/\s+/g, "");
}

/** Return the text with each letter moved on by shift places of the alphabet. */
function caesarCipher(text, shift) {
  return text.replace(/[a-z]/gi, (letter) => {
    const start = letter <= "Z" ? 65 : 97;
    const place = (letter.charCodeAt(0) - start + shift) % 26;
    return String.fromCharCode(((place + 26) % 26) + start);
  });
}

/** Return how many words the text holds. */
function countWords(text) {
  return text.split(/\s+/).filter(Boolean).length;
}

/** Return how often each word occurs in the text, ignoring case. */
function wordFrequencies(text) {
  const counts = {};
  for (const word of text.toLowerCase().split(/\s+/).filter(Boolean)) {
    counts[word] = (counts[word] ?? 0) + 1;
  }
  return counts;
}

/** Return how often each character occurs in the text. */
function characterFrequencies(text) {
  const counts = {};
  for (const character of text) {
    counts[character] = (counts[character] ?? 0) + 1;
  }
  return counts;
}

/** Return the longest word of the text, empty text if there is none. */
function longestWord(text) {
  return text.split(/\s+/).reduce((best, word) => (word.length > best.length ? word : best), "");
}

/** Return the text with the first letter of each word in upper case. */
function capitalizeWords(text) {
  return text.split(" ").map((word) => word.slice(0, 1).toUpperCase() + word.slice(1)).join(" ");
}

/** Return the text with its words in reverse order. */
function reverseWords(text) {
  return text.split(/\s+/).filter(Boolean).reverse().join(" ");
}

/** Return the words of the text joined in camel case. */
function toCamelCase(text) {
  const parts = text.toLowerCase().split(/[\s_-]+/).filter(Boolean);
  return parts
    .map((part, index) => (index === 0 ? part : part[0].toUpperCase() + part.slice(1)))
    .join("");
}

/** Return a friendly greeting for a name. */
function greet(name) {
  return `Hello, ${name}!`;
}
