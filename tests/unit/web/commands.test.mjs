import assert from "node:assert/strict";
import { test } from "node:test";

import { Commands } from "../../../web/app/commands.js";
import { result } from "./helpers.mjs";

const S = "s1";
const say = (commands, ...messages) => messages.map((m) => commands.apply(m, S)).at(-1);
const transcript = (turn, text, final) => ({ type: "transcript", turn, text, final });
const status = (turn, state) => ({ type: "status", turn, state });
const intent = { type: "intent", turn: 1, intent: "create", language: "python", filename: "a.py" };
const code = (delta) => ({ type: "code", turn: 1, delta });
const failure = { code: "store_unavailable", message: "Away.", retryable: true };
const stored = (id, fields = {}) => ({
  id,
  created_at: "2026-11-22T10:00:00Z",
  source: "voice",
  state: "failed",
  transcript: "sort a list",
  intent: null,
  language: null,
  filename: null,
  result: null,
  error: { code: "model_timeout", message: "Slow.", retryable: true },
  timings: null,
  ...fields,
});

test("a partial transcript is replaced by the next and by the final one", () => {
  const commands = new Commands();
  const card = say(commands, transcript(1, "create", false), transcript(1, "create a fun", false));
  assert.equal(card.transcript, "create a fun");
  say(commands, transcript(1, "create a function", true));
  assert.deepEqual([card.transcript, card.state], ["create a function", "received"]);
});

test("a typed cancel is settled by the answer to it, with and without a command that runs", () => {
  for (const turn of [1, null]) {
    const commands = new Commands();
    if (turn) say(commands, transcript(1, "sort a list", true), status(1, "generating"));
    const typed = commands.typed("cancel");
    commands.sent();
    say(commands, status(turn, "cancelled"));
    assert.equal(typed.state, "cancelled");
  }
});

test("code gathers as it streams and the result has the last word", () => {
  const commands = new Commands();
  const card = say(commands, transcript(1, "x", true), status(1, "generating"), intent, code("de"), code("f"));
  assert.deepEqual([card.code, card.filename, card.state], ["def", "a.py", "generating"]);
  say(commands, result(1));
  assert.deepEqual([card.code, card.state, card.timings], ["code 1", "done", { total_ms: 900 }]);
});

test("a turn that goes on starts its reply anew", () => {
  const commands = new Commands();
  const card = say(commands, transcript(1, "x", true), intent, code("old"));
  say(commands, transcript(1, "x and make it async", true), status(1, "generating"), intent, code("new"));
  assert.equal(card.code, "new");
});

test("a late result replaces the error of its turn", () => {
  const commands = new Commands();
  const card = say(commands, transcript(1, "x", true), { type: "error", turn: 1, ...failure });
  assert.equal(card.state, "failed");
  say(commands, result(1));
  assert.deepEqual([card.state, card.error, card.code], ["done", null, "code 1"]);
});

test("an error after the result leaves the code in place", () => {
  const commands = new Commands();
  const card = say(commands, result(1), { type: "error", turn: 1, ...failure });
  assert.deepEqual([card.state, card.code, card.error.code], ["done", "code 1", "store_unavailable"]);
});

test("a result that carries an error is a failure", () => {
  const commands = new Commands();
  const card = say(commands, result(1, { result: { code: null, error: failure } }));
  assert.deepEqual([card.state, card.error.code], ["failed", "store_unavailable"]);
});

test("a cancelled turn says so", () => {
  const commands = new Commands();
  assert.equal(say(commands, transcript(1, "x", true), status(1, "cancelled")).state, "cancelled");
});

test("after a lost connection the rest of a reply is not appended over the hole", () => {
  const commands = new Commands();
  const card = say(commands, transcript(1, "x", true), intent, code("def "));
  commands.lost();
  say(commands, code("ret"));
  assert.equal(card.code, "def ");
  say(commands, status(1, "generating"), intent, code("def f"));
  assert.equal(card.code, "def f");
});

test("a typed command becomes the card of its turn", () => {
  const commands = new Commands();
  commands.typed("sort a list");
  commands.sent();
  say(commands, transcript(1, "sort a list", true));
  assert.deepEqual(commands.cards.map((c) => [c.turn, c.source]), [[1, "text"]]);
});

test("a typed command whose arrival is unknown is not confirmed until its turn comes", () => {
  const commands = new Commands();
  const card = commands.typed("sort a list");
  commands.lost();
  assert.equal(card.state, "waiting");
  commands.sent();
  commands.lost();
  assert.equal(card.state, "unconfirmed");
  say(commands, result(1, { transcript: "sort a list" }));
  assert.deepEqual(commands.cards.map((c) => c.state), ["done"]);
});

test("a retried command runs on its own card under a new turn", () => {
  const commands = new Commands();
  commands.addHistory([stored("i9")]);
  commands.retrying("i9");
  say(commands, transcript(4, "sort a list", true), status(4, "generating"));
  const card = say(commands, result(4, { interaction_id: "i9", transcript: "sort a list" }));
  assert.equal(commands.cards.length, 1);
  assert.deepEqual([card.earlier, card.state, card.error], [true, "done", null]);
});

test("a new sentence between a retry and its turn gets its own card", () => {
  const commands = new Commands();
  commands.addHistory([stored("i9")]);
  commands.retrying("i9");
  say(commands, transcript(4, "another one", false));
  assert.equal(commands.cards.length, 2);
});

test("a retry that is refused fails again", () => {
  const commands = new Commands();
  commands.addHistory([stored("i9")]);
  commands.retrying("i9");
  const card = say(commands, { type: "error", turn: null, ...failure, code: "bad_message" });
  assert.deepEqual([card.interactionId, card.state, card.error.code], ["i9", "failed", "bad_message"]);
});

test("a result of an earlier session does not overwrite the turn of the same number", () => {
  const commands = new Commands();
  commands.addHistory([stored("i9")]);
  say(commands, result(1));
  const card = say(commands, result(1, { interaction_id: "i9", transcript: "sort a list" }));
  assert.equal(card.interactionId, "i9");
  assert.deepEqual(commands.cards.map((c) => c.interactionId), ["i1", "i9"]);
});

test("another session leaves the unfinished commands of the first interrupted", () => {
  const commands = new Commands();
  say(commands, { type: "ready" }, transcript(1, "x", true), status(1, "generating"), result(2));
  commands.apply({ type: "ready" }, "s2");
  assert.deepEqual(commands.cards.map((c) => c.state), ["done", "interrupted"]);
  assert.equal(commands.apply(result(2, { interaction_id: "j2" }), "s2").session, "s2");
  assert.equal(commands.cards.length, 3);
});

test("the history adds what no card shows, and brings earlier cards up to date", () => {
  const commands = new Commands();
  say(commands, result(1));
  const [card] = commands.addHistory([stored("i1"), stored("i0", { state: "generating", error: null })]);
  assert.equal(commands.cards.length, 2);
  commands.addHistory([stored("i0", { state: "done", error: null, result: { code: "z" } })]);
  assert.deepEqual([card.state, card.code, commands.cards.length], ["done", "z", 2]);
});

test("noise that became no sentence goes when the next turn is heard", () => {
  const commands = new Commands();
  say(commands, transcript(1, "uh", false), transcript(2, "create", false));
  assert.deepEqual(commands.cards.map((c) => c.turn), [2]);
});

test("messages about no turn make no card", () => {
  const commands = new Commands();
  assert.equal(say(commands, status(null, "speech_ok"), { type: "error", turn: null, ...failure }), null);
  assert.deepEqual(commands.cards, []);
});
