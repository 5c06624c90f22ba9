/** Joins the session, the microphone, the history and the page. */

import { chooseServer, voiceUrl, webSocketBase } from "./addresses.js";
import { microphoneAdvice, NOTICES, TOKEN_REASONS } from "./advice.js";
import { admission, historyPage, offeredServer } from "./api.js";
import { Commands } from "./commands.js";
import { setText } from "./dom.js";
import { Microphone } from "./microphone.js";
import { Page } from "./page.js";
import { Session } from "./session.js";
import { holdable, Talk } from "./talk.js";
import { Transport } from "./transport.js";

const byId = (id) => document.getElementById(id);
const USER_KEY = "nexus.user";

class Client {
  #session = new Session();
  #commands = new Commands();
  #page = new Page(this.#commands, {
    retry: (card) => this.#retry(card),
    again: (card) => this.#again(card),
  });
  #transport = new Transport({
    connection: () => ({ url: voiceUrl(this.#server, this.#user), token: this.#token }),
    onEvent: (event) => this.#dispatch(event),
  });
  #talk = new Talk(Microphone, {
    speak: (how) => this.#dispatch({ type: "speak", ...how }),
    audio: (message) => this.#audio(message),
    endTurn: () => this.#dispatch({ type: "end_turn" }),
    changed: (mode) => this.#page.talking(mode),
    failed: (name) => this.#page.notice("microphone", microphoneAdvice(name), { stays: true }),
  });
  #user = "demo";
  #token = null;
  #server = null;
  #cursor; // of the next older page; null after the last, undefined before the first

  async start() {
    this.#user = remembered() ?? "demo";
    byId("user").value = this.#user;
    this.#listen();
    await Promise.all([this.#chooseServer(), this.#loadHistory(null)]);
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
    const status = await admission({ user: this.#user, token: this.#token });
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
    const user = byId("user").value.trim();
    const token = byId("token").value.trim() || null;
    const other = user !== this.#user || server !== this.#server || (this.#token && !token);
    this.#user = user;
    this.#token = token;
    this.#server = server;
    remember(user);
    this.#page.dismiss("token");
    byId("connection").open = false;
    if (other) this.#beginAnew();
    else this.#dispatch({ type: "token", token });
    this.#loadHistory(null);
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
    byId("connection").open = true;
    byId("token-part").open = true;
    this.#page.notice("token", TOKEN_REASONS[reason], { stays: true });
  }

  // Earlier commands.

  async #loadHistory(from) {
    const user = this.#user;
    const { status, interactions, cursor } = await historyPage({ user, token: this.#token, cursor: from });
    if (user !== this.#user) return;
    for (const card of this.#commands.addHistory(interactions)) this.#page.draw(card);
    if (from || this.#cursor === undefined) this.#cursor = cursor;
    byId("older").hidden = !this.#cursor;
    setText(byId("earlier-note"), historyNote(status, this.#commands.cards));
  }
}

function historyNote(status, cards) {
  if (status === 401 || status === 403) return "Sign in under Connection to see earlier commands.";
  if (status !== 200) return "Earlier commands cannot be reached from here.";
  return cards.some((card) => card.earlier) ? "" : "Nothing yet.";
}

// A browser may refuse a page its storage; the name is only a convenience.
function remembered() {
  try {
    return localStorage.getItem(USER_KEY);
  } catch (error) {
    if (error instanceof DOMException) return null;
    throw error;
  }
}

function remember(user) {
  try {
    localStorage.setItem(USER_KEY, user);
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
  }
}

await new Client().start();
