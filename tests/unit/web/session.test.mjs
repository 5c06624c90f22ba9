import assert from "node:assert/strict";
import { test } from "node:test";

import { BACKOFF, PRE_ROLL_MS, REFUSED_BACKOFF } from "../../../web/app/session.js";
import { chunk, Driver, result } from "./helpers.mjs";

const finalOf = (turn) => ({ type: "transcript", turn, text: `command ${turn}`, final: true });

test("the first word connects, and start tells mode and rate", () => {
  const d = new Driver();
  d.on("speak", { mode: "push_to_talk", rateHz: 44_100 });
  assert.equal(d.of("open").length, 1);
  d.on("opened", { socket: d.socket });
  assert.deepEqual(d.said, [
    { type: "start", encoding: "pcm_s16le", sample_rate: 44_100, mode: "push_to_talk" },
  ]);
});

test("words spoken while connecting are sent when the service is ready, then the end of the turn", () => {
  const d = new Driver();
  d.on("speak", { mode: "push_to_talk", rateHz: 16_000 });
  d.audio(1);
  d.audio(2);
  d.on("end_turn");
  assert.deepEqual(d.heard, []);
  d.ready();
  assert.deepEqual(d.heard, [1, 2]);
  assert.deepEqual(d.said, [{ type: "end_turn" }]);
});

test("a typed command connects and is sent when ready", () => {
  const d = new Driver();
  d.on("text", { text: "add two numbers" });
  assert.equal(d.of("open").length, 1);
  d.ready();
  assert.deepEqual(d.said, [{ type: "text", text: "add two numbers" }]);
});

test("after a lost connection the session resumes with its last turn and sends from the position", () => {
  const d = new Driver().live();
  for (let i = 0; i < 5; i += 1) d.audio(i);
  d.says(finalOf(1));
  d.says(result(1));
  d.says({ type: "ack", audio_ms: 200 });
  d.closed(1006);
  d.audio(5);
  d.on("timer", { name: "reconnect" });
  d.on("opened", { socket: d.socket });
  assert.equal(d.said[0].resume, "s1");
  assert.equal(d.said[0].last_turn, 1);
  d.seq = 0;
  d.says({ type: "ready", session_id: "s1", resumed: true, resume_from_ms: 300 });
  assert.deepEqual(d.heard, [3, 4, 5]);
});

test("an unfinished earlier turn keeps last_turn below it, though a later one is done", () => {
  const d = new Driver().live();
  for (const turn of [1, 2, 3]) d.says(finalOf(turn));
  d.says(result(1));
  d.says(result(3));
  d.closed(1012);
  d.on("timer", { name: "reconnect" });
  d.on("opened", { socket: d.socket });
  assert.equal(d.said[0].last_turn, 1);
});

test("noise that became no sentence holds last_turn back only until the next turn", () => {
  const d = new Driver().live();
  d.says({ type: "transcript", turn: 1, text: "uh", final: false });
  d.says(finalOf(2));
  d.says(result(2));
  d.closed(1012);
  d.on("timer", { name: "reconnect" });
  d.on("opened", { socket: d.socket });
  assert.equal(d.said[0].last_turn, 2);
});

test("a result that is sent again after a resume is not shown again", () => {
  const d = new Driver().live();
  d.says(finalOf(1));
  d.says(result(1));
  assert.equal(d.of("show").length, 1);
  d.closed(1006);
  d.on("timer", { name: "reconnect" });
  d.ready({ resumed: true });
  d.says(result(1));
  assert.equal(d.of("show").length, 0);
});

test("a result of another interaction under a number used before is shown", () => {
  const d = new Driver().live();
  d.says(result(1));
  d.says(result(1, { interaction_id: "of-an-earlier-session" }));
  assert.equal(d.of("show").length, 1);
});

test("a result after an error of its turn is shown, and awaited while the store is away", () => {
  const d = new Driver().live();
  d.says(finalOf(1));
  d.says({ type: "error", turn: 1, code: "store_unavailable", message: "", retryable: true });
  d.closed(1006);
  d.on("timer", { name: "reconnect" });
  d.on("opened", { socket: d.socket });
  assert.equal(d.said[0].last_turn, 0);
  d.seq = 0;
  d.says({ type: "ready", session_id: "s1", resumed: true, resume_from_ms: 0 });
  d.says(result(1));
  assert.equal(d.of("show").length, 1);
});

test("waits double with jitter up to the longest, and begin anew after a steady connection", () => {
  const d = new Driver().live();
  const waits = [];
  for (let i = 0; i < 9; i += 1) {
    d.closed(1006, i === 0);
    waits.push(d.of("timer")[0].ms);
    d.on("timer", { name: "reconnect" });
  }
  const expected = [...Array(9)].map((_, i) => Math.min(BACKOFF.longestMs, 250 * 2 ** i) * 0.75);
  assert.deepEqual(waits, expected.map(Math.round));
  d.ready({ resumed: true });
  d.nowMs += 60_000;
  d.closed(1006);
  assert.equal(d.of("timer")[0].ms, expected[0] === 187.5 ? 188 : 0);
});

test("a connection that breaks at once each time does not bring the wait back to the first", () => {
  const d = new Driver().live();
  d.closed(1011);
  const first = d.of("timer")[0].ms;
  d.on("timer", { name: "reconnect" });
  d.ready({ resumed: true });
  d.closed(1011);
  assert.ok(d.of("timer")[0].ms > first);
});

test("reconnect with nothing running moves on at the next message's end", () => {
  const d = new Driver().live();
  d.says({ type: "reconnect", reason: "limit" });
  assert.deepEqual(d.of("close").map((e) => e.code), [4000]);
  assert.equal(d.of("timer").at(-1).name, "reconnect");
});

test("reconnect while a command runs waits for its result, and keeps new audio for afterwards", () => {
  const d = new Driver().live();
  d.audio(0);
  d.says(finalOf(1));
  d.says({ type: "reconnect", reason: "deploy" });
  assert.equal(d.session.phase, "leaving");
  d.audio(1);
  assert.deepEqual(d.heard, []);
  d.says(result(1));
  assert.equal(d.of("show").length, 1);
  assert.equal(d.session.phase, "waiting");
  d.on("timer", { name: "reconnect" });
  d.ready({ resumed: true, resume_from_ms: 100 });
  assert.deepEqual(d.heard, [1]);
});

test("reconnect whose result never comes moves on when the time is up", () => {
  const d = new Driver().live();
  d.says(finalOf(1));
  d.says({ type: "reconnect", reason: "deploy" });
  d.on("timer", { name: "drain" });
  assert.equal(d.session.phase, "waiting");
});

test("4401 asks for a token, which reconnects with resume", () => {
  const d = new Driver().live();
  d.closed(4401);
  assert.deepEqual(d.of("ask_token"), [{ type: "ask_token", reason: "ended" }]);
  assert.equal(d.of("timer").length, 0);
  d.on("token", { token: "new" });
  d.on("opened", { socket: d.socket });
  assert.equal(d.said[0].resume, "s1");
});

test("a token that runs out soon is asked for and sent on the open connection", () => {
  const d = new Driver().live();
  d.says({ type: "error", turn: null, code: "token_expiring", message: "", retryable: true });
  assert.deepEqual(d.of("ask_token"), [{ type: "ask_token", reason: "expiring" }]);
  d.on("token", { token: "new" });
  assert.deepEqual(d.said, [{ type: "auth", token: "new" }]);
});

for (const code of [4429, 1013]) {
  test(`${code} waits longer and says how long`, () => {
    const d = new Driver().live();
    d.closed(code);
    const ms = REFUSED_BACKOFF.firstMs * 0.75;
    assert.deepEqual(d.of("timer"), [{ type: "timer", name: "reconnect", ms }]);
    assert.deepEqual(d.of("notice"), [{ type: "notice", name: `closed_${code}`, waitMs: ms }]);
  });
}

test("4408 rests until a word is heard, which is sent with what came just before it", () => {
  const d = new Driver().live();
  d.closed(4408);
  for (let i = 0; i < 50; i += 1) {
    d.audio(i, 0.001);
    assert.equal(d.of("open").length, 0);
  }
  d.audio(99, 0.2);
  assert.equal(d.of("open").length, 1);
  d.ready({ resumed: true, resume_from_ms: 0 });
  assert.equal(d.heard.length, PRE_ROLL_MS / 100);
  assert.equal(d.heard.at(-1), 99);
  assert.equal(d.of("notice").length, 0);
});

test("4400 tells, does not try again by itself, and the next word begins a new session", () => {
  const d = new Driver().live();
  d.closed(4400);
  assert.equal(d.of("notice")[0].name, "closed_4400");
  assert.equal(d.of("timer").length, 0);
  d.on("speak", { mode: "push_to_talk", rateHz: 16_000 });
  d.on("opened", { socket: d.socket });
  assert.equal(d.said[0].resume, undefined);
});

test("a refused handshake is probed, and 401 or 403 asks for a token instead of trying on", () => {
  for (const [status, reason] of [[401, "missing"], [403, "foreign"]]) {
    const d = new Driver();
    d.on("text", { text: "x" });
    d.closed(1006, false);
    assert.equal(d.of("probe").length, 1);
    d.on("probed", { status });
    assert.deepEqual(d.of("ask_token"), [{ type: "ask_token", reason }]);
    assert.ok(d.of("clear").some((effect) => effect.name === "reconnect"));
  }
});

test("a handshake that failed for another reason is tried again", () => {
  const d = new Driver();
  d.on("text", { text: "x" });
  d.closed(1006, false);
  d.on("probed", { status: 0 });
  assert.equal(d.session.phase, "waiting");
});

test("a hole in the numbers is told and mended by a resume", () => {
  const d = new Driver().live();
  d.says({ seq: 4, type: "status", turn: null, state: "speech_ok" });
  assert.deepEqual(d.of("notice"), [{ type: "notice", name: "seq_gap", missing: 2 }]);
  assert.equal(d.of("close").length, 1);
  assert.equal(d.session.phase, "waiting");
});

test("a message whose number came before is passed over", () => {
  const d = new Driver().live();
  d.says({ seq: 2, ...finalOf(1) });
  d.says({ seq: 2, ...finalOf(1) });
  assert.deepEqual(d.effects, []);
});

test("what an older socket says or does is passed over", () => {
  const d = new Driver().live();
  const old = d.socket;
  d.closed(1006);
  d.on("timer", { name: "reconnect" });
  assert.deepEqual(d.on("closed", { socket: old, code: 4400, opened: true }), []);
  assert.deepEqual(d.on("message", { socket: old, message: result(1) }), []);
});

test("the other mode or rate is another connection of the same session", () => {
  const d = new Driver().live();
  d.on("speak", { mode: "hands_free", rateHz: 16_000 });
  assert.deepEqual(d.of("close").map((e) => e.code), [4000]);
  d.on("opened", { socket: d.socket });
  assert.equal(d.said[0].mode, "hands_free");
  assert.equal(d.said[0].resume, "s1");
});

test("speaking again in the same mode changes nothing", () => {
  const d = new Driver().live();
  assert.deepEqual(d.on("speak", { mode: "push_to_talk", rateHz: 16_000 }), []);
});

test("a backlog on a new session stays below ten seconds ahead of the clock", () => {
  const d = new Driver();
  d.on("speak", { mode: "push_to_talk", rateHz: 16_000 });
  for (let i = 0; i < 200; i += 1) d.audio(i);
  d.ready();
  assert.equal(d.heard.length, 80);
  assert.equal(d.of("timer").at(-1).name, "pump");
  d.nowMs += 1_000;
  d.on("timer", { name: "pump" });
  assert.equal(d.heard.length, 10);
});

test("a resume may send most of a minute at once", () => {
  const d = new Driver().live();
  d.closed(1006);
  for (let i = 0; i < 400; i += 1) d.audio(i);
  d.on("timer", { name: "reconnect" });
  d.ready({ resumed: true });
  assert.equal(d.heard.length, 400);
});

test("speech beyond the ring while offline is reported as lost", () => {
  const d = new Driver().live();
  d.closed(1006);
  for (let i = 0; i < 620; i += 1) d.audio(i);
  d.on("timer", { name: "reconnect" });
  d.ready({ resumed: true });
  assert.deepEqual(d.of("notice"), [{ type: "notice", name: "audio_lost", ms: 2_000 }]);
});

test("a session that could not be resumed starts its turns and positions anew", () => {
  const d = new Driver().live();
  d.audio(0);
  d.says(result(7));
  d.closed(1006);
  d.on("timer", { name: "reconnect" });
  d.ready({ session_id: "s2", resumed: false });
  assert.deepEqual(d.heard, [0]);
  d.says(result(1));
  assert.equal(d.of("show")[0].session, "s2");
  d.closed(1006);
  d.on("timer", { name: "reconnect" });
  d.on("opened", { socket: d.socket });
  assert.deepEqual([d.said[0].resume, d.said[0].last_turn], ["s2", 1]);
});

test("cancel withdraws what is not sent yet, and is sent when connected", () => {
  const d = new Driver();
  d.on("text", { text: "wrong" });
  d.on("cancel");
  d.ready();
  assert.deepEqual(d.said, []);
  d.on("cancel");
  assert.deepEqual(d.said, [{ type: "cancel" }]);
});

test("retry names the interaction", () => {
  const d = new Driver().live();
  d.on("retry", { interactionId: "i9" });
  assert.deepEqual(d.said, [{ type: "retry", interaction_id: "i9" }]);
});

test("a service that never gets ready is given up and tried again", () => {
  const d = new Driver();
  d.on("text", { text: "x" });
  assert.equal(d.of("timer")[0].name, "ready");
  d.on("timer", { name: "ready" });
  assert.equal(d.session.phase, "waiting");
});

test("going offline gives the socket up at once; coming online tries at once", () => {
  const d = new Driver().live();
  d.on("offline");
  assert.equal(d.session.phase, "waiting");
  d.on("online");
  assert.equal(d.of("open").length, 1);
});

test("leaving stops the session and forgets it", () => {
  const d = new Driver().live();
  d.on("audio", { pcm: chunk(1), rateHz: 16_000, level: 0 });
  d.on("leave");
  assert.deepEqual(d.said, [{ type: "stop" }]);
  d.on("text", { text: "x" });
  d.on("opened", { socket: d.socket });
  assert.equal(d.said[0].resume, undefined);
});
