/** The page around the commands: lists, notices, captions, the meter. */

import { CardView } from "./card.js";
import { PHASES } from "./advice.js";
import { element, setText } from "./dom.js";

const byId = (id) => document.getElementById(id);
const NOTICE_MS = 12_000;
const LISTENING = "Listening…";

export class Page {
  #views = new Map();
  #dirty = new Set();
  #notices = new Map();
  #commands;
  #on;

  constructor(commands, on) {
    this.#commands = commands;
    this.#on = on;
  }

  /** Draw `card` with the next frame; all cards if none is named. */
  draw(card) {
    if (this.#dirty.size === 0) requestAnimationFrame(() => this.#drawDirty());
    for (const one of card ? [card] : this.#commands.cards) this.#dirty.add(one);
    this.#dirty.add(null);
  }

  /** The caption above the talk button: what is being heard. */
  caption(text, final) {
    setText(byId("live"), text);
    byId("live").classList.toggle("final", Boolean(final));
  }

  /** Tell a screen reader that something happened below. */
  announce(text) {
    setText(byId("announcer"), text);
  }

  phase(phase) {
    byId("phase").dataset.phase = phase;
    setText(byId("phase"), PHASES[phase]);
  }

  /** Show `text` until it is dismissed, replaced by `name`'s next notice, or, unless it `stays`, old. */
  notice(name, text, { stays = false, action = null } = {}) {
    this.dismiss(name);
    const node = element("p", { className: "notice" }, element("span", {}, text));
    const close = element("button", { type: "button", onclick: () => this.dismiss(name) }, "Dismiss");
    if (action) node.append(element("button", { type: "button", onclick: action.run }, action.text));
    node.append(close);
    byId("notices").append(node);
    this.#notices.set(name, node);
    if (!stays) setTimeout(() => this.#notices.get(name) === node && this.dismiss(name), NOTICE_MS);
  }

  dismiss(name) {
    this.#notices.get(name)?.remove();
    this.#notices.delete(name);
  }

  /** Show how the person is speaking: null, "push_to_talk" or "hands_free". */
  talking(mode) {
    const held = mode === "push_to_talk";
    byId("talk").setAttribute("aria-pressed", String(held));
    setText(byId("talk"), held ? "Listening… let go to end" : "Hold to talk");
    byId("talk").disabled = mode === "hands_free";
    byId("hands-free").setAttribute("aria-checked", String(mode === "hands_free"));
    if (mode) return this.caption(LISTENING, false);
    this.level(0);
    if (byId("live").textContent === LISTENING) this.caption("", false);
  }

  /** `level` is a root mean square of 0–1; ears and the meter count in decibels. */
  level(level) {
    const decibels = 20 * Math.log10(Math.max(level, 0.001));
    byId("level").value = 1 + decibels / 60;
  }

  #drawDirty() {
    const cards = this.#commands.cards;
    this.#prune(cards);
    for (const card of this.#dirty) if (card) this.#drawCard(card, cards);
    this.#dirty.clear();
    byId("hint").hidden = cards.some((card) => !card.earlier);
  }

  #drawCard(card, cards) {
    // What is still being heard is the caption; it becomes a command when it is a sentence.
    if (!cards.includes(card) || card.state === "hearing") return;
    const view = this.#views.get(card.key);
    if (view) return view.update();
    const made = new CardView(card, this.#on);
    this.#views.set(card.key, made);
    if (card.earlier) this.#placeEarlier(card, made.node);
    else this.#placeNow(made.node);
  }

  #placeNow(node) {
    byId("now").prepend(node);
    node.scrollIntoView({ block: "nearest" });
  }

  // Interaction ids sort by time, and the newest goes first.
  #placeEarlier(card, node) {
    node.dataset.id = card.interactionId;
    const older = [...byId("earlier").children].find((one) => one.dataset.id < card.interactionId);
    byId("earlier").insertBefore(node, older ?? null);
  }

  #prune(cards) {
    const keys = new Set(cards.map((card) => card.key));
    for (const [key, view] of this.#views) {
      if (keys.has(key)) continue;
      view.node.remove();
      this.#views.delete(key);
    }
  }
}
