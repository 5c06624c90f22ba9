import assert from "node:assert/strict";
import { test } from "node:test";

import { SIGN_IN_FAILURES, SIGN_IN_REASONS } from "../../../web/app/advice.js";
import { BEFORE_END_MS, RETRY, SignIn, YOUNG_MS } from "../../../web/app/sign_in.js";

const HOUR_MS = 3_600_000;
const account = (fields = {}) => ({
  user: "u1",
  email: "ada@example.com",
  token: "t1",
  refreshToken: "r1",
  lastsMs: HOUR_MS,
  ...fields,
});

/** A sign-in that keeps its time, its effects and the number of its newest request. */
class Driver {
  nowMs = 0;
  effects = [];
  request = 0;
  it = new SignIn();

  on(type, fields = {}) {
    this.effects = this.it.on({ type, ...fields }, this.nowMs);
    for (const effect of this.effects) if (effect.type === "ask") this.request = effect.request;
    return this;
  }

  answered(fields) {
    return this.on("answered", { request: this.request, ...fields });
  }

  signedIn() {
    this.on("submit", { email: "ada@example.com", password: "secret" });
    return this.answered({ account: account() });
  }

  later(ms) {
    this.nowMs += ms;
    return this;
  }

  of(type) {
    return this.effects.filter((effect) => effect.type === type);
  }

  get types() {
    return this.effects.map((effect) => effect.type);
  }
}

test("a good password signs in, keeps the refresh token alone and waits to refresh", () => {
  const d = new Driver();
  d.on("submit", { email: "ada@example.com", password: "secret" });
  const [ask] = d.of("ask");
  assert.deepEqual([ask.what, ask.email, ask.password], ["signIn", "ada@example.com", "secret"]);
  d.answered({ account: account() });
  assert.equal(d.it.phase, "signed_in");
  assert.deepEqual(d.of("signed_in"), [
    { type: "signed_in", user: "u1", email: "ada@example.com", token: "t1" },
  ]);
  const kept = { email: "ada@example.com", refreshToken: "r1" };
  assert.deepEqual(d.of("keep"), [{ type: "keep", kept }]);
  assert.deepEqual(d.of("timer"), [{ type: "timer", ms: HOUR_MS - BEFORE_END_MS }]);
});

test("a wrong password lets nobody in and keeps nothing", () => {
  const d = new Driver().on("submit", { email: "ada@example.com", password: "no" });
  d.answered({ failure: "wrong" });
  assert.equal(d.it.phase, "signed_out");
  assert.deepEqual(d.effects, [{ type: "forget" }, { type: "failed", code: "wrong" }]);
});

test("a token is replaced before it ends, with the newest refresh token", () => {
  const d = new Driver().signedIn().later(HOUR_MS - BEFORE_END_MS).on("due");
  assert.equal(d.of("ask")[0].refreshToken, "r1");
  d.answered({ account: account({ email: null, token: "t2", refreshToken: "r2" }) });
  assert.deepEqual(d.of("token"), [{ type: "token", token: "t2" }]);
  assert.deepEqual(d.of("signed_in"), []);
  assert.deepEqual(d.of("keep")[0].kept, { email: "ada@example.com", refreshToken: "r2" });
  d.on("due");
  assert.equal(d.of("ask")[0].refreshToken, "r2");
});

test("a token with a short life is not replaced without end", () => {
  const d = new Driver().on("submit", { email: "a", password: "b" });
  d.answered({ account: account({ lastsMs: 60_000 }) });
  assert.deepEqual(d.of("timer"), [{ type: "timer", ms: 30_000 }]);
});

test("who was signed in before a reload is again", () => {
  const d = new Driver().on("restore", { kept: { email: "ada@example.com", refreshToken: "r1" } });
  assert.deepEqual(d.of("ask")[0], {
    type: "ask", request: d.request, what: "refresh", refreshToken: "r1",
  });
  d.answered({ account: account({ email: null }) });
  assert.deepEqual(d.of("signed_in"), [
    { type: "signed_in", user: "u1", email: "ada@example.com", token: "t1" },
  ]);
});

test("with nothing kept a reload asks nothing", () => {
  const d = new Driver().on("restore", { kept: null });
  assert.deepEqual(d.effects, []);
  assert.equal(d.it.phase, "signed_out");
});

test("a refresh token that is no longer taken signs out and is forgotten", () => {
  for (const failure of ["ended", "disabled", "unknown"]) {
    const d = new Driver().signedIn().later(HOUR_MS).on("due").answered({ failure });
    assert.equal(d.it.phase, "signed_out");
    assert.deepEqual(d.of("forget").length, 1);
    assert.deepEqual(d.of("signed_out"), [{ type: "signed_out", code: failure }]);
  }
});

test("while sign-in cannot be reached nobody is signed out, and it is tried again ever later", () => {
  const d = new Driver().signedIn().later(HOUR_MS);
  const waits = [];
  for (let i = 0; i < 7; i += 1) {
    d.on("due").answered({ failure: "network" });
    assert.equal(d.it.phase, "signed_in");
    assert.deepEqual(d.of("forget"), []);
    waits.push(d.of("timer")[0].ms);
  }
  assert.deepEqual(waits.slice(0, 3), [RETRY.firstMs, 2 * RETRY.firstMs, 4 * RETRY.firstMs]);
  assert.equal(waits.at(-1), RETRY.longestMs);
  d.on("due").answered({ account: account({ token: "t2" }) });
  assert.deepEqual(d.of("token"), [{ type: "token", token: "t2" }]);
});

test("when the service says that the token runs out another is got at once", () => {
  const d = new Driver().signedIn().later(HOUR_MS - 60_000).on("wanted", { refused: null });
  assert.equal(d.of("ask")[0].what, "refresh");
  assert.deepEqual(d.on("wanted", { refused: "t1" }).effects, [], "one request at a time");
});

test("an old token that was refused is replaced", () => {
  const d = new Driver().signedIn().later(HOUR_MS).on("wanted", { refused: "t1" });
  assert.equal(d.of("ask")[0].what, "refresh");
});

test("a refusal of a token that has been replaced meanwhile changes nothing but tells the new one", () => {
  const d = new Driver().signedIn().later(HOUR_MS).on("due");
  d.answered({ account: account({ token: "t2" }) });
  for (const refused of ["t1", null]) {
    assert.deepEqual(d.on("wanted", { refused }).effects, [{ type: "token", token: "t2" }]);
  }
});

test("a service that refuses what was just made is not asked again and again", () => {
  const d = new Driver().signedIn().later(YOUNG_MS - 1).on("wanted", { refused: "t1" });
  assert.deepEqual(d.of("ask"), []);
  assert.deepEqual(d.of("signed_out"), [{ type: "signed_out", code: "refused" }]);
});

test("signing out forgets, and an answer under way signs nobody in", () => {
  const d = new Driver().signedIn().later(HOUR_MS).on("due");
  const under_way = d.request;
  d.on("sign_out");
  assert.deepEqual(d.types, ["clear", "forget", "signed_out"]);
  assert.equal(d.of("signed_out")[0].code, null);
  d.on("answered", { request: under_way, account: account() });
  assert.deepEqual(d.effects, []);
  assert.equal(d.it.phase, "signed_out");
  d.on("due");
  assert.deepEqual(d.effects, []);
});

test("somebody else who signs in is somebody else", () => {
  const d = new Driver().signedIn().on("sign_out");
  d.on("submit", { email: "bob@example.com", password: "p" });
  d.answered({ account: account({ user: "u2", email: "bob@example.com", token: "b" }) });
  assert.equal(d.of("signed_in")[0].user, "u2");
  assert.equal(d.of("keep")[0].kept.email, "bob@example.com");
});

test("each failure and each reason has its sentence, and each says what to do", () => {
  for (const text of Object.values({ ...SIGN_IN_FAILURES, ...SIGN_IN_REASONS })) {
    assert.match(text, /[a-z].*\.$/);
    assert.match(text, /Check|Ask|Wait|Press|Try|try|Sign in|owner/);
  }
});
