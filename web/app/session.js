/**
 * The voice session as a state machine: events in, effects out; no DOM, no socket, no clock.
 *
 * Phases:
 *
 *     idle ──speak, audio with speech, text──▶ connecting ──opened──▶ starting ──ready──▶ live
 *      ▲                                          ▲                                        │
 *      ├── closed 1000 1009 4400 4408 ────────────┼────────────────────────────────────────┤
 *      │                                       waiting ◀── closed (anything else) ─────────┤
 *      └── leave                                  └── token ── needs_token ◀── closed 4401 ┘
 *
 * and from live, when the service asks to come back while a command runs, `leaving`: what comes
 * is shown, nothing is sent, until the service closes or `timer drain`.
 *
 * Events: speak{mode, rateHz} audio{pcm, rateHz, level} end_turn text{text} cancel
 * retry{interactionId} token{token} leave timer{name} online offline, and of the socket:
 * opened{socket} message{socket, message} closed{socket, code, opened} probed{status}.
 *
 * Effects: open{socket} send{data} close{code} timer{name, ms} clear{name} probe
 * phase{phase} show{message, session} notice{name, …} ask_token{reason}.
 */

import { AudioRing } from "./audio_ring.js";
import { Turns } from "./turns.js";

/** Root mean square (0–1) from which a frame counts as speech when nothing is connected. */
export const SPEECH_LEVEL = 0.02;
/** How much audio from before the first word is sent with it, in ms. */
export const PRE_ROLL_MS = 2_000;
/** Waits between attempts: the first, and the longest, in ms; longer ones after a refusal. */
export const BACKOFF = { firstMs: 250, longestMs: 15_000 };
export const REFUSED_BACKOFF = { firstMs: 10_000, longestMs: 60_000 };

// The service closes with 4429 when audio runs 10 s ahead of the clock, 60 s after a resume.
const AHEAD_MS = { fresh: 8_000, resumed: 50_000 };
const READY_WITHIN_MS = 20_000;
const STEADY_AFTER_MS = 5_000;
const PUMP_EVERY_MS = 200;
const DRAIN_WITHIN_MS = 9_000;
const LOST_CODE = 4000;

const ENDS = {
  1000: { phase: "idle" },
  1009: { phase: "idle", notice: true },
  1013: { phase: "waiting", notice: true, backoff: REFUSED_BACKOFF },
  4400: { phase: "idle", notice: true, forget: true },
  4401: { phase: "needs_token" },
  4408: { phase: "idle", notice: true },
  4429: { phase: "waiting", notice: true, backoff: REFUSED_BACKOFF },
};
const LOST = { phase: "waiting", backoff: BACKOFF };
// Everybody on an instance that goes away is asked at one moment; the jitter spreads them.
const SPREAD = { phase: "waiting", backoff: { firstMs: 1_000, longestMs: 1_000 } };

export class Session {
  #random;
  #ring = new AudioRing();
  #turns = new Turns();
  #outbox = [];
  #phase = "idle";
  #socket = 0;
  #attempts = 0;
  #sessionId = null;
  #mode = "push_to_talk";
  #rateHz = 16_000;
  #seq = null;
  #liveSinceMs = 0;
  #sentMs = 0;
  #aheadMs = AHEAD_MS.fresh;
  #lostMs = 0;
  #nowMs = 0;
  #effects = [];

  /** `random` returns numbers in [0, 1), for the jitter of the waits. */
  constructor({ random = Math.random } = {}) {
    this.#random = random;
  }

  get phase() {
    return this.#phase;
  }

  /** Take one event at `nowMs` (any clock that only rises) and return the effects, in order. */
  on(event, nowMs) {
    this.#nowMs = nowMs;
    this.#effects = [];
    this.#handlers[event.type](event);
    return this.#effects;
  }

  #handlers = {
    speak: (event) => this.#speak(event),
    audio: (event) => this.#audio(event),
    end_turn: () => this.#endTurn(),
    text: ({ text }) => this.#ask({ type: "text", text }),
    retry: ({ interactionId }) => this.#ask({ type: "retry", interaction_id: interactionId }),
    cancel: () => this.#cancel(),
    token: ({ token }) => this.#token(token),
    leave: () => this.#leave(),
    timer: ({ name }) => this.#timer(name),
    online: () => this.#phase === "waiting" && this.#connect(),
    offline: () => this.#connected && this.#drop(LOST_CODE, LOST),
    opened: ({ socket }) => socket === this.#socket && this.#start(),
    message: ({ socket, message }) => socket === this.#socket && this.#message(message),
    closed: (event) => event.socket === this.#socket && this.#closed(event),
    probed: ({ status }) => this.#probed(status),
  };

  get #connected() {
    return ["connecting", "starting", "live", "leaving"].includes(this.#phase);
  }

  // What the speaker does.

  #speak({ mode, rateHz }) {
    const changed = mode !== this.#mode || rateHz !== this.#rateHz;
    this.#mode = mode;
    this.#rateHz = rateHz;
    if (this.#phase === "idle") this.#connect();
    // A connection's mode and rate are fixed by its first message, so a change is a resume.
    else if (changed && ["starting", "live"].includes(this.#phase)) {
      this.#do({ type: "close", code: LOST_CODE });
      this.#connect();
    }
  }

  #audio({ pcm, rateHz, level }) {
    this.#lostMs += this.#ring.append(pcm, rateHz);
    if (this.#phase === "idle") {
      if (level >= SPEECH_LEVEL) this.#connect();
      this.#lostMs = 0;
      this.#ring.keepLast(PRE_ROLL_MS);
    }
    this.#pump();
  }

  #endTurn() {
    if (this.#phase === "idle") return;
    this.#ring.markEndOfTurn();
    this.#pump();
  }

  #ask(message) {
    if (this.#phase === "live") return this.#send(message);
    this.#outbox.push(message);
    if (this.#phase === "idle") this.#connect();
  }

  #cancel() {
    const typed = this.#outbox.length;
    this.#outbox = [];
    if (this.#phase === "live") this.#send({ type: "cancel" });
    else if (!typed && this.#sessionId && this.#phase !== "idle") {
      this.#outbox.push({ type: "cancel" });
    }
  }

  #token(token) {
    if (this.#phase === "live") this.#send({ type: "auth", token });
    else if (this.#phase === "needs_token") this.#connect();
  }

  #leave() {
    if (this.#phase === "live") this.#send({ type: "stop" });
    if (this.#connected) this.#do({ type: "close", code: 1000 });
    this.#socket += 1;
    this.#forget();
    this.#outbox = [];
    this.#attempts = 0;
    this.#stopTimers();
    this.#enter("idle");
  }

  #forget() {
    this.#sessionId = null;
    this.#turns.clear();
    this.#ring.clear();
    this.#lostMs = 0;
  }

  // The connection.

  #connect() {
    this.#stopTimers();
    this.#socket += 1;
    this.#seq = null;
    this.#enter("connecting");
    this.#do({ type: "open", socket: this.#socket });
    this.#do({ type: "timer", name: "ready", ms: READY_WITHIN_MS });
  }

  #start() {
    this.#enter("starting");
    const resume = this.#sessionId && { resume: this.#sessionId, last_turn: this.#turns.last };
    this.#send({
      type: "start",
      encoding: "pcm_s16le",
      sample_rate: this.#rateHz,
      mode: this.#mode,
      ...resume,
    });
  }

  #closed({ code, opened }) {
    const end = ENDS[code] ?? LOST;
    if (!opened && end === LOST) this.#do({ type: "probe" });
    this.#end(code, end);
  }

  /** Give up this connection, whose socket may not know yet that it is dead. */
  #drop(code, end) {
    this.#do({ type: "close", code });
    this.#socket += 1;
    this.#end(code, end);
  }

  #end(code, end) {
    this.#stopTimers();
    if (this.#phase === "live" && this.#nowMs - this.#liveSinceMs >= STEADY_AFTER_MS) {
      this.#attempts = 0;
    }
    if (end.forget) this.#forget();
    const waitMs = end.phase === "waiting" ? this.#waitFor(end.backoff) : 0;
    this.#enter(end.phase);
    if (end.phase === "needs_token") this.#do({ type: "ask_token", reason: "ended" });
    if (end.notice) this.#do({ type: "notice", name: `closed_${code}`, waitMs });
  }

  #waitFor({ firstMs, longestMs }) {
    const longest = Math.min(longestMs, firstMs * 2 ** this.#attempts);
    const ms = Math.round(longest * (0.5 + this.#random() / 2));
    this.#attempts += 1;
    this.#do({ type: "timer", name: "reconnect", ms });
    return ms;
  }

  #probed(status) {
    if (this.#phase !== "waiting" || ![401, 403].includes(status)) return;
    this.#stopTimers();
    this.#enter("needs_token");
    this.#do({ type: "ask_token", reason: status === 401 ? "missing" : "foreign" });
  }

  #timer(name) {
    if (name === "reconnect" && this.#phase === "waiting") this.#connect();
    if (name === "ready" && this.#connected) this.#drop(LOST_CODE, LOST);
    if (name === "drain" && this.#phase === "leaving") this.#drop(LOST_CODE, SPREAD);
    if (name === "pump") this.#pump();
  }

  // What the service says.

  #message(message) {
    if (Number.isInteger(message.seq)) {
      if (this.#seq !== null && message.seq <= this.#seq) return;
      // TCP loses nothing, so a hole is a fault in between: a resume brings what was in it.
      if (this.#seq !== null && message.seq > this.#seq + 1) return this.#missed(message.seq);
      this.#seq = message.seq;
    }
    if (message.type === "ready") this.#ready(message);
    else if (message.type === "ack") this.#ring.acknowledge(message.audio_ms);
    else if (message.type === "reconnect") this.#comeBack();
    else if (message.code === "token_expiring") this.#do({ type: "ask_token", reason: "expiring" });
    else if (this.#turns.note(message)) this.#show(message);
    if (this.#phase === "leaving" && !this.#turns.awaiting) this.#drop(LOST_CODE, SPREAD);
  }

  #missed(seq) {
    this.#do({ type: "notice", name: "seq_gap", missing: seq - this.#seq - 1 });
    this.#drop(LOST_CODE, LOST);
  }

  // What runs is finished first: elsewhere it would have to begin anew.
  #comeBack() {
    this.#attempts = 0;
    this.#enter("leaving");
    this.#do({ type: "timer", name: "drain", ms: DRAIN_WITHIN_MS });
  }

  #ready(message) {
    this.#do({ type: "clear", name: "ready" });
    if (!message.resumed) this.#turns.clear();
    this.#sessionId = message.session_id;
    this.#liveSinceMs = this.#nowMs;
    this.#sentMs = 0;
    this.#aheadMs = message.resumed ? AHEAD_MS.resumed : AHEAD_MS.fresh;
    this.#ring.seek(message.resume_from_ms ?? 0);
    this.#enter("live");
    this.#show(message);
    if (this.#lostMs > 0) this.#do({ type: "notice", name: "audio_lost", ms: this.#lostMs });
    this.#lostMs = 0;
    for (const waiting of this.#outbox.splice(0)) this.#send(waiting);
    this.#pump();
  }

  #pump() {
    if (this.#phase !== "live") return;
    while (this.#sentMs - (this.#nowMs - this.#liveSinceMs) < this.#aheadMs) {
      const item = this.#ring.next();
      if (!item) return;
      if (item.pcm) this.#do({ type: "send", data: item.pcm });
      else this.#send({ type: "end_turn" });
      this.#sentMs += item.ms;
    }
    this.#do({ type: "timer", name: "pump", ms: PUMP_EVERY_MS });
  }

  // Effects.

  #do(effect) {
    this.#effects.push(effect);
  }

  #send(message) {
    this.#do({ type: "send", data: JSON.stringify(message) });
  }

  #show(message) {
    this.#do({ type: "show", message, session: this.#sessionId });
  }

  #enter(phase) {
    this.#phase = phase;
    this.#do({ type: "phase", phase });
  }

  #stopTimers() {
    for (const name of ["ready", "reconnect", "pump", "drain"]) this.#do({ type: "clear", name });
  }
}
