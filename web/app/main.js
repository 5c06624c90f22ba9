/** Joins the session, the microphone, the history and the page. */

import { chooseServer, voiceUrl, webSocketBase } from "./addresses.js";
import { microphoneAdvice, NOTICES, SIGN_IN_FAILURES, TOKEN_REASONS } from "./advice.js";
import { admission, historyPage, offeredServer } from "./api.js";
import { Commands } from "./commands.js";
import { setText } from "./dom.js";
import { Identity } from "./identity.js";
import { Microphone } from "./microphone.js";
import { Page } from "./page.js";
import { Session } from "./session.js";
import { holdable, Talk } from "./talk.js";
import { Transport } from "./transport.js";

const byId = (id) => document.getElementById(id);

class Client {
  #session = new Session();
  #commands = new Commands();
  #page = new Page(this.#commands, {
    retry: (card) => this.#retry(card),
    again: (card) => this.#again(card),
  });
  #transport = new Transport({
    connection: () => ({ url: voiceUrl(this.#server, this.#who.user), token: this.#who.token }),
    onEvent: (event) => this.#dispatch(event),
  });
  #talk = new Talk(Microphone, {
    speak: (how) => this.#dispatch({ type: "speak", ...how }),
    audio: (message) => this.#audio(message),
    endTurn: () => this.#dispatch({ type: "end_turn" }),
    changed: (mode) => this.#page.talking(mode),
    failed: (name) => this.#page.notice("microphone", microphoneAdvice(name), { stays: true }),
  });
  #who = new Identity({
    changed: (other) => this.#changed(other),
    trouble: (code) => this.#signInTrouble(code),
  });
  #server = null;
  #refused = null; // the token that the service last answered a probe for
  #earlier = null; // the status of the history's last answer
  #cursor; // of the next older page; null after the last, undefined before the first

  async start() {
    this.#listen();
    await Promise.all([this.#chooseServer(), this.#who.start()]);
    if (this.#earlier === null) await this.#loadHistory(null);
    document.body.dataset.ready = "true";
  }

  // Events in, effects out.

  #dispatch(event) {
    for (const effect of this.#session.on(event, performance.now())) this.#perform[effect.type](effect);
  }

  #perform = {
    open: ({ socket }) => this.#transport.open(socket),
    send: ({ data }) => this.#transport.send(data),
    close: ({ code }) => this.#transport.close(code),
    timer: ({ name, ms }) => this.#transport.timer(name, ms),
    clear: ({ name }) => this.#transport.clear(name),
    probe: () => this.#probe(),
    phase: ({ phase }) => this.#phase(phase),
    show: ({ message, session }) => this.#show(message, session),
    notice: (notice) => this.#page.notice(notice.name, NOTICES[notice.name](notice)),
    ask_token: ({ reason }) => this.#askToken(reason),
  };

  async #probe() {
    const { user, token } = this.#who;
    const status = await admission({ user, token });
    this.#refused = token;
    this.#dispatch({ type: "probed", status });
  }

  #phase(phase) {
    this.#page.phase(phase);
    if (phase === "live") this.#commands.sent();
    else if (phase !== "leaving") this.#commands.lost();
    this.#page.draw();
  }

  #show(message, session) {
    const card = this.#commands.apply(message, session);
    if (message.type === "ready" && this.#commands.interrupted) this.#loadHistory(null);
    if (card) this.#page.draw(card);
    else this.#page.draw();
    this.#say(message, card);
  }

  // What is not about a card's contents: captions, announcements, notices of the whole session.
  #say(message, card) {
    const { type, state, code } = message;
    if (type === "transcript") this.#page.caption(message.text, message.final);
    if (type === "result") {
      this.#page.announce(card.state === "done" ? `Done: ${card.filename ?? card.intent}` : "Failed");
    }
    if (type === "error" && !card) this.#page.notice(code, message.message, { stays: true });
    if (state === "speech_reconnecting") {
      this.#page.notice("speech", "Speech is reconnecting. Go on: nothing is lost.", { stays: true });
    }
    if (state === "speech_ok") this.#page.dismiss("speech");
  }

  // What the person does.

  #listen() {
    byId("typed").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#type(byId("command").value.trim());
      byId("command").value = "";
    });
    holdable(byId("talk"), {
      press: () => this.#talk.mode === "hands_free" || this.#talk.start("push_to_talk"),
      release: () => this.#talk.stop("push_to_talk"),
    });
    byId("hands-free").addEventListener("click", () => this.#toggleHandsFree());
    byId("cancel").addEventListener("click", () => this.#cancel());
    document.addEventListener("keydown", (event) => event.key === "Escape" && this.#cancel());
    byId("identity").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#identify();
    });
    byId("older").addEventListener("click", () => this.#loadHistory(this.#cursor));
    window.addEventListener("online", () => this.#dispatch({ type: "online" }));
    window.addEventListener("offline", () => this.#dispatch({ type: "offline" }));
  }

  #type(text) {
    if (!text) return;
    this.#commands.typed(text);
    this.#dispatch({ type: "text", text });
    if (this.#session.phase === "live") this.#commands.sent();
    this.#page.draw();
  }

  #audio(message) {
    this.#page.level(message.level);
    this.#dispatch({ type: "audio", ...message });
  }

  #toggleHandsFree() {
    if (this.#talk.mode === "hands_free") this.#talk.stop("hands_free");
    else this.#talk.start("hands_free");
  }

  #cancel() {
    if (this.#talk.mode === "push_to_talk") this.#talk.abandon();
    this.#commands.withdrawn();
    this.#dispatch({ type: "cancel" });
    this.#page.caption("Cancelled", false);
    this.#page.draw();
  }

  #retry(card) {
    this.#commands.retrying(card.interactionId);
    this.#dispatch({ type: "retry", interactionId: card.interactionId });
    this.#page.draw(card);
  }

  #again(card) {
    this.#commands.remove(card);
    this.#type(card.transcript);
  }

  // Who and where.

  async #chooseServer() {
    const asked = new URLSearchParams(location.search).get("ws");
    const offered = await offeredServer();
    const { base, trusted } = chooseServer({ page: location, asked, offered });
    this.#server = trusted ? base : chooseServer({ page: location, asked: null, offered }).base;
    byId("server").value = this.#server;
    if (trusted) return;
    const text = `This link asks to send your voice to ${new URL(base).host}. Do you know it?`;
    this.#page.notice("server", text, {
      stays: true,
      action: { text: "Use it", run: () => this.#useServer(base) },
    });
  }

  #useServer(base) {
    this.#page.dismiss("server");
    byId("server").value = base;
    this.#identify();
  }

  #identify() {
    const server = webSocketBase(byId("server").value.trim());
    if (!server) return this.#page.notice("server", "A voice server's address begins with ws:// or wss://");
    const elsewhere = server !== this.#server;
    this.#server = server;
    byId("connection").open = false;
    this.#changed(this.#who.useFields() || elsewhere, { anew: true });
  }

  /** Go on with another token; as somebody `other`, or with another server, begin anew. */
  async #changed(other, { anew = other || this.#earlier !== 200 } = {}) {
    this.#page.dismiss("token");
    if (other) this.#beginAnew();
    else this.#dispatch({ type: "token", token: this.#who.token });
    if (anew) await this.#loadHistory(null);
  }

  #beginAnew() {
    this.#talk.abandon();
    this.#dispatch({ type: "leave" });
    this.#commands.clear();
    this.#page.caption("", false);
    this.#page.draw();
    this.#cursor = undefined;
  }

  #askToken(reason) {
    if (this.#who.need(["missing", "foreign"].includes(reason) ? this.#refused : null)) return;
    byId("connection").open = true;
    byId("token-part").open = true;
    this.#page.notice("token", TOKEN_REASONS[reason], { stays: true });
  }

  #signInTrouble(code) {
    if (code) this.#page.notice("sign-in", SIGN_IN_FAILURES[code], { stays: true });
    else this.#page.dismiss("sign-in");
  }

  // Earlier commands.

  async #loadHistory(from) {
    if (this.#who.awaited) return;
    const { user, token } = this.#who;
    const { status, interactions, cursor } = await historyPage({ user, token, cursor: from });
    if (user !== this.#who.user) return;
    this.#earlier = status;
    for (const card of this.#commands.addHistory(interactions)) this.#page.draw(card);
    if (from || this.#cursor === undefined) this.#cursor = cursor;
    byId("older").hidden = !this.#cursor;
    setText(byId("earlier-note"), historyNote(status, this.#commands.cards));
    if (status === 401 && this.#who.hasForm) this.#who.need(token);
  }
}

function historyNote(status, cards) {
  if (status === 401 || status === 403) return "Sign in to see earlier commands.";
  if (status !== 200) return "Earlier commands cannot be reached from here.";
  return cards.some((card) => card.earlier) ? "" : "Nothing yet.";
}

await new Client().start();
