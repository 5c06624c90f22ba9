/** One command on the page: made once, updated whenever what is known of it changes. */

import { ADVICE, LEDGER, STATES } from "./advice.js";
import { copyButton, element, setText, webLink } from "./dom.js";

export class CardView {
  #card;
  #on;
  #parts;
  #drawn = {};

  /** `on` has retry(card) and again(card): run a stored command anew, send a typed one anew. */
  constructor(card, on) {
    this.#card = card;
    this.#on = on;
    this.#parts = this.#build();
    this.node = element("li", { className: "command" }, this.#frame());
    this.update();
  }

  /** Draw what changed. */
  update() {
    const { state, transcript, intent, filename, language, code, explanation } = this.#card;
    const p = this.#parts;
    this.node.dataset.state = state;
    setText(p.transcript, transcript || "…");
    setText(p.state, STATES[state] ?? state);
    setText(p.intent, intent ?? "");
    setText(p.filename, filename ?? language ?? "");
    p.codePart.hidden = !code;
    setText(p.code, code ?? "");
    setText(p.explanation, explanation ?? "");
    this.#redraw("error", p.error, (error) => this.#error(error));
    this.#redraw("edits", p.edits, edits);
    this.#redraw("outcome", p.outcome, outcome);
    this.#redraw("timings", p.timings, ledger);
  }

  #build() {
    const code = element("code", { className: "code" });
    const filename = element("span", { className: "filename" });
    const copy = copyButton(() => code.textContent);
    const head = element("div", { className: "code-head" }, filename, copy);
    const listing = element("pre", { tabIndex: 0 }, code);
    listing.setAttribute("aria-label", "Code");
    return {
      transcript: element("span", { className: "transcript" }),
      state: element("span", { className: "state" }),
      intent: element("span", { className: "intent" }),
      filename,
      code,
      codePart: element("div", { className: "code-part" }, head, listing),
      explanation: element("p", { className: "explanation" }),
      error: element("div", { className: "error" }),
      edits: element("div", { className: "edits" }),
      outcome: element("p", { className: "outcome" }),
      timings: element("div", { className: "timings" }),
    };
  }

  #frame() {
    const p = this.#parts;
    const when = this.#card.earlier ? [time(this.#card.at)] : [];
    const tags = element("span", { className: "tags" }, p.intent, p.state, ...when);
    return element(
      "details",
      { open: !this.#card.earlier },
      element("summary", {}, p.transcript, tags),
      ...[p.error, p.codePart, p.explanation, p.edits, p.outcome, p.timings],
    );
  }

  // Parts that come whole are built anew, and only when their value has changed.
  #redraw(name, node, build) {
    const value = name === "outcome" ? [this.#card.commit, this.#card.checks] : this.#card[name];
    const shown = name === "error" ? [value, this.#card.state] : value;
    const key = JSON.stringify(shown);
    if (this.#drawn[name] === key) return;
    this.#drawn[name] = key;
    node.replaceChildren(...build(value));
    node.hidden = node.childNodes.length === 0;
  }

  #error(error) {
    const { state, interactionId } = this.#card;
    if (state === "unconfirmed") {
      const text = "The connection broke before the service confirmed this command.";
      return [element("p", {}, text), this.#button("Send again", () => this.#on.again(this.#card))];
    }
    if (state === "interrupted") {
      return [element("p", {}, "The session was lost. If it was heard, it is under Earlier.")];
    }
    if (!error) return [];
    const retry = error.retryable && interactionId && state !== "done";
    return [
      element("p", {}, error.message),
      ...(ADVICE[error.code] ? [element("p", { className: "advice" }, ADVICE[error.code])] : []),
      ...(retry ? [this.#button("Retry", () => this.#on.retry(this.#card))] : []),
    ];
  }

  #button(text, onclick) {
    return element("button", { type: "button", className: "again", onclick }, text);
  }
}

function time(at) {
  const date = new Date(at);
  const text = date.toLocaleString([], { dateStyle: "short", timeStyle: "short" });
  return element("time", { dateTime: date.toISOString() }, text);
}

function edits(all) {
  return all.map(({ path, action, diff }) => {
    const summary = element("summary", {}, `${action} `, element("code", {}, path));
    const listing = element("pre", { tabIndex: 0 }, ...(diff ?? "").split("\n").flatMap(diffLine));
    listing.setAttribute("aria-label", `Change of ${path}`);
    return element("details", {}, summary, listing);
  });
}

function diffLine(text) {
  const kind = { "+": "added", "-": "removed", "@": "place" }[text[0]] ?? "kept";
  return [element("span", { className: kind }, text), "\n"];
}

function outcome([commit, checks]) {
  const parts = [];
  if (commit) {
    const sha = webLink(commit.compare_url, commit.sha.slice(0, 7));
    parts.push(element("span", {}, "Commit ", sha, ` on ${commit.branch}`));
  }
  for (const { name, ok, detail } of checks) {
    const text = `${ok ? "✓" : "✗"} ${name}${detail ? `: ${detail}` : ""}`;
    parts.push(element("span", { className: ok ? "check" : "check failed" }, text));
  }
  return parts;
}

function ledger(timings) {
  const known = Object.entries(LEDGER).filter(([name]) => Number.isFinite(timings?.[name]));
  if (known.length === 0) return [];
  const total = timings.total_ms;
  const rows = known.flatMap(([name, label]) => [
    element("dt", {}, label),
    element("dd", {}, `${Math.round(timings[name])} ms`),
  ]);
  const title = Number.isFinite(total) ? `Took ${(total / 1000).toFixed(2)} s` : "Timings";
  return [element("details", {}, element("summary", {}, title), element("dl", {}, ...rows))];
}
