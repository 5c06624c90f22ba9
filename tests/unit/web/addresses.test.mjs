import assert from "node:assert/strict";
import { test } from "node:test";

import { chooseServer, voiceUrl, webSocketBase } from "../../../web/app/addresses.js";
import { ADVICE, NOTICES } from "../../../web/app/advice.js";

const page = new URL("https://nexus.example/app/");
const local = new URL("http://127.0.0.1:8000/app/");

test("the page's own origin is the server where nothing else is said", () => {
  const own = { base: "wss://nexus.example", trusted: true };
  assert.deepEqual(chooseServer({ page, asked: null, offered: null }), own);
});

test("the server that the service offers goes before the page's own", () => {
  const { base } = chooseServer({ page, asked: null, offered: "wss://voice.example/" });
  assert.equal(base, "wss://voice.example");
});

test("one local server under two names stays the page's own", () => {
  const { base } = chooseServer({ page: local, asked: null, offered: "ws://localhost:8000" });
  assert.equal(base, "ws://127.0.0.1:8000");
});

test("a link may lead to this machine or to the known server", () => {
  for (const asked of ["ws://localhost:9000", "wss://voice.example", "wss://nexus.example"]) {
    const chosen = chooseServer({ page, asked, offered: "wss://voice.example" });
    assert.deepEqual(chosen, { base: asked, trusted: true });
  }
});

test("a link may not lead a voice to a stranger unasked", () => {
  const chosen = chooseServer({ page, asked: "wss://stranger.example", offered: null });
  assert.deepEqual(chosen, { base: "wss://stranger.example", trusted: false });
});

test("what is no WebSocket address is none", () => {
  for (const text of ["https://a.example", "javascript:alert(1)", "nonsense", "", null]) {
    assert.equal(webSocketBase(text), null);
  }
});

test("a user's name cannot leave its place in the path", () => {
  assert.equal(voiceUrl("ws://h", "../a b?"), "ws://h/voice/..%2Fa%20b%3F");
});

test("each error code of the service has its advice, each notice its sentence", () => {
  const codes =
    "bad_message token_expiring speech_unavailable speech_gap audio_too_fast model_unavailable " +
    "model_refused model_malformed model_timeout repository_unavailable edit_rejected " +
    "edit_conflict ambiguous_target store_unavailable quota_exceeded session_limit internal";
  assert.deepEqual(Object.keys(ADVICE).sort(), codes.split(" ").sort());
  for (const notice of Object.values(NOTICES)) assert.match(notice({ waitMs: 7_500, ms: 2_000 }), /\.$/);
});
