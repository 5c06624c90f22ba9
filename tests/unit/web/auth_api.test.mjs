import assert from "node:assert/strict";
import { test } from "node:test";

import { SIGN_IN_FAILURES, SIGN_IN_REASONS } from "../../../web/app/advice.js";
import { AuthApi, failureOf, findConfig, readConfig } from "../../../web/app/auth_api.js";

const SIGNED_IN = {
  localId: "u1", email: "ada@example.com", idToken: "t1", refreshToken: "r1", expiresIn: "3600",
};

/** A fetch that keeps what it was asked and answers `body` with `status`, or throws it. */
function answering(status, body) {
  const asked = [];
  const fetch = async (url, options) => {
    asked.push({ url, ...options });
    if (body instanceof Error) throw body;
    return new Response(typeof body === "string" ? body : JSON.stringify(body), { status });
  };
  return { fetch, asked };
}

const error = (message, fields = {}) => ({ error: { code: 400, message, ...fields } });
const cloud = { apiKey: "AIza+x", local: false };
const local = { apiKey: "local", local: true };

test("signing in asks Google's Auth with the project's key", async () => {
  const { fetch, asked } = answering(200, SIGNED_IN);
  const answer = await new AuthApi(cloud, fetch).signIn({ email: "ada@example.com", password: "p" });
  assert.deepEqual(answer.account, {
    user: "u1", email: "ada@example.com", token: "t1", refreshToken: "r1", lastsMs: 3_600_000,
  });
  assert.equal(
    asked[0].url,
    "https://identitytoolkit.googleapis.com/v1/accounts:signInWithPassword?key=AIza%2Bx",
  );
  assert.deepEqual(JSON.parse(asked[0].body), {
    email: "ada@example.com", password: "p", returnSecureToken: true,
  });
});

test("a refresh sends the form that Google's token service takes", async () => {
  const body = { user_id: "u1", id_token: "t2", refresh_token: "r2", expires_in: "3600" };
  const { fetch, asked } = answering(200, body);
  const { account } = await new AuthApi(cloud, fetch).refresh({ refreshToken: "r/1" });
  assert.deepEqual(account, {
    user: "u1", email: null, token: "t2", refreshToken: "r2", lastsMs: 3_600_000,
  });
  assert.equal(asked[0].url, "https://securetoken.googleapis.com/v1/token?key=AIza%2Bx");
  assert.equal(String(asked[0].body), "grant_type=refresh_token&refresh_token=r%2F1");
});

test("the emulator is asked on the page's own origin and nowhere else", async () => {
  const { fetch, asked } = answering(200, SIGNED_IN);
  const api = new AuthApi(local, fetch);
  await api.signIn({ email: "a@example.com", password: "p" });
  await api.refresh({ refreshToken: "r" });
  await api.sendReset({ email: "a@example.com" });
  for (const { url } of asked) assert.match(url, /^\/(identitytoolkit|securetoken)\.googleapis\.com\/v1\//);
});

test("an unknown account and a wrong password cannot be told apart", () => {
  for (const code of ["EMAIL_NOT_FOUND", "INVALID_PASSWORD", "INVALID_LOGIN_CREDENTIALS"]) {
    assert.equal(failureOf(400, error(code)), "wrong");
  }
});

test("each answer that lets nobody in has its own failure", () => {
  const cases = [
    [400, error("USER_DISABLED"), "disabled"],
    [400, error("TOO_MANY_ATTEMPTS_TRY_LATER : Access to this account is off."), "too_many"],
    [429, null, "too_many"],
    [400, error("OPERATION_NOT_ALLOWED"), "not_enabled"],
    [400, error("PASSWORD_LOGIN_DISABLED"), "not_enabled"],
    [400, error("CONFIGURATION_NOT_FOUND"), "not_enabled"],
    [400, error("INVALID_EMAIL"), "bad_email"],
    [400, error("TOKEN_EXPIRED"), "ended"],
    [400, error("INVALID_REFRESH_TOKEN"), "ended"],
    [400, error("API key not valid.", { details: [{ reason: "API_KEY_INVALID" }] }), "key"],
    [403, error("Requests from referer https://x.example/ are blocked."), "key"],
    [503, null, "unavailable"],
    [0, null, "network"],
    [400, error("NEVER_HEARD_OF"), "unknown"],
    [400, null, "unknown"],
  ];
  for (const [status, body, failure] of cases) {
    assert.equal(failureOf(status, body), failure, JSON.stringify([status, body]));
    assert.ok({ ...SIGN_IN_FAILURES, ...SIGN_IN_REASONS }[failure]);
  }
});

test("no network, a policy, and an answer that is no JSON become failures, not exceptions", async () => {
  for (const thrown of [new TypeError("Failed to fetch"), new DOMException("", "TimeoutError")]) {
    const { fetch } = answering(0, thrown);
    const answer = await new AuthApi(cloud, fetch).signIn({ email: "a", password: "p" });
    assert.deepEqual(answer, { failure: "network" });
  }
  const { fetch } = answering(502, "<html>");
  const answer = await new AuthApi(cloud, fetch).refresh({ refreshToken: "r" });
  assert.deepEqual(answer, { failure: "unavailable" });
});

test("an account with a second factor and half an answer sign nobody in", async () => {
  const factor = { localId: "u1", mfaPendingCredential: "m" };
  const first = await new AuthApi(cloud, answering(200, factor).fetch).signIn({ email: "a", password: "p" });
  assert.deepEqual(first, { failure: "second_factor" });
  const half = { ...SIGNED_IN, idToken: undefined };
  const second = await new AuthApi(cloud, answering(200, half).fetch).signIn({ email: "a", password: "p" });
  assert.deepEqual(second, { failure: "unknown" });
});

test("whether a letter was really sent does not tell whether there is such an account", async () => {
  const sent = answering(200, { email: "a@example.com" });
  assert.deepEqual(await new AuthApi(cloud, sent.fetch).sendReset({ email: "a@example.com" }), { failure: null });
  const body = { requestType: "PASSWORD_RESET", email: "a@example.com" };
  assert.deepEqual(JSON.parse(sent.asked[0].body), body);
  const unknown = answering(400, error("EMAIL_NOT_FOUND"));
  assert.deepEqual(await new AuthApi(cloud, unknown.fetch).sendReset({ email: "b" }), { failure: null });
  const many = answering(400, error("RESET_PASSWORD_EXCEED_LIMIT"));
  assert.deepEqual(await new AuthApi(cloud, many.fetch).sendReset({ email: "b" }), { failure: "too_many" });
});

test("Hosting's init.json tells the key; without a project in it there is no sign-in", async () => {
  const init = { projectId: "p", apiKey: "AIza", authDomain: "p.firebaseapp.com" };
  assert.deepEqual(await findConfig(answering(200, init).fetch), { apiKey: "AIza", local: false });
  for (const [status, body] of [[404, { title: "Not found" }], [200, "<html>"], [200, "null"], [200, {}]]) {
    assert.equal(await findConfig(answering(status, body).fetch), null);
  }
  assert.equal(await findConfig(answering(0, new TypeError("no network")).fetch), null);
  assert.equal(readConfig({ apiKey: "fake-api-key" }), null, "the Hosting emulator's of a demo project");
});

test("no address in init.json leads a password elsewhere", () => {
  const body = { apiKey: "AIza", authEmulator: "http://stranger.example", emulator: { host: "x" } };
  assert.deepEqual(readConfig(body), { apiKey: "AIza", local: false });
});
