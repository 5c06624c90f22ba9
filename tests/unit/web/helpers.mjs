/** What the tests of the browser client share. */

import { Session } from "../../../web/app/session.js";

/** 100 ms of audio at 16 kHz whose samples all are `value`. */
export const chunk = (value = 0, ms = 100) => new Int16Array(16 * ms).fill(value);

/** A session that keeps its time, its effects and the number of its newest socket. */
export class Driver {
  nowMs = 0;
  socket = 0;
  seq = 0;
  effects = [];
  session = new Session({ random: () => 0.5 });

  /** Feed one event; return its effects. */
  on(type, fields = {}) {
    this.effects = this.session.on({ type, ...fields }, this.nowMs);
    for (const effect of this.effects) if (effect.type === "open") this.socket = effect.socket;
    return this.effects;
  }

  /** The service says `message` with the next number. */
  says(message) {
    this.seq += 1;
    return this.on("message", { socket: this.socket, message: { seq: this.seq, ...message } });
  }

  /** The socket opens and the service is ready. */
  ready(fields = {}) {
    this.seq = 0;
    this.on("opened", { socket: this.socket });
    return this.says({ type: "ready", session_id: "s1", resumed: false, resume_from_ms: 0, ...fields });
  }

  /** Speak for the first time and be connected. */
  live() {
    this.on("speak", { mode: "push_to_talk", rateHz: 16_000 });
    this.ready();
    return this;
  }

  audio(value = 0, level = 0.1) {
    return this.on("audio", { pcm: chunk(value), rateHz: 16_000, level });
  }

  closed(code, opened = true) {
    return this.on("closed", { socket: this.socket, code, opened });
  }

  /** The effects of one type. */
  of(type) {
    return this.effects.filter((effect) => effect.type === type);
  }

  /** The JSON messages that were sent. */
  get said() {
    return this.of("send").filter((e) => typeof e.data === "string").map((e) => JSON.parse(e.data));
  }

  /** The first sample of each audio message that was sent. */
  get heard() {
    return this.of("send").filter((e) => typeof e.data !== "string").map((e) => e.data[0]);
  }
}

/** A result of the service. */
export const result = (turn, fields = {}) => ({
  type: "result",
  turn,
  interaction_id: `i${turn}`,
  transcript: `command ${turn}`,
  intent: "create",
  result: { code: `code ${turn}`, filename: "a.py", language: "python", edits: [], checks: [] },
  timings: { total_ms: 900 },
  ...fields,
});
