/** Building elements. Text only ever enters as text: nothing here parses HTML. */

/** A new element with `properties` and `children` (elements or strings). */
export function element(tag, properties = {}, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
}

/** Set the text of `node` only if it differs, so that selections and screen readers rest. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** A link to `href` in a new tab, or plain text if it is not a web address. */
export function webLink(href, text) {
  const safe = URL.canParse(href ?? "") && /^https?:$/.test(new URL(href).protocol);
  if (!safe) return element("span", {}, text);
  return element("a", { href, target: "_blank", rel: "noopener noreferrer" }, text);
}

/** A button that copies what `text()` returns and says that it did. */
export function copyButton(text) {
  const button = element("button", { type: "button", className: "copy" }, "Copy");
  button.addEventListener("click", async () => {
    setText(button, (await copied(text())) ? "Copied" : "Select and copy by hand");
    setTimeout(() => setText(button, "Copy"), 2_000);
  });
  return button;
}

async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch (error) {
    // Refused by the person or the browser; or not offered to pages without https.
    if (error instanceof DOMException || error instanceof TypeError) return false;
    throw error;
  }
}
