/** Call an asynchronous function again when it fails, up to a number of attempts. */
async function retry(callback, attempts = 3, delayMs = 100) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await callback();
    } catch (error) {
      if (attempt >= attempts) {
        throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, delayMs));
    }
  }
}

/** Return the function wrapped so that it prints how long each call takes. */
function timed(callback) {
  return (...values) => {
    const started = performance.now();
    try {
      return callback(...values);
    } finally {
      console.log(`${callback.name} took ${(performance.now() - started).toFixed(1)} ms`);
    }
  };
}

/** Return the function wrapped so that it remembers its results. */
function memoize(callback) {
  const results = new Map();
  return (...values) => {
    const key = JSON.stringify(values);
    if (!results.has(key)) {
      results.set(key, callback(...values));
    }
    return results.get(key);
  };
}

/** Return the environment variables that begin with a prefix, without it, in lower case. */
function loadSettings(prefix) {
  return Object.fromEntries(
    Object.entries(process.env)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, value]) => [name.slice(prefix.length).toLowerCase(), value]),
  );
}

/** Return the function wrapped so that it runs only after calls have paused. */
function debounce(callback, delayMs) {
  let timer = null;
  return (...values) => {
    clearTimeout(timer);
    timer = setTimeout(() => callback(...values), delayMs);
  };
}
