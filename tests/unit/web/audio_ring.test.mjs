import assert from "node:assert/strict";
import { test } from "node:test";

import { AudioRing, RING_MS } from "../../../web/app/audio_ring.js";
import { chunk } from "./helpers.mjs";

const filled = (count) => {
  const ring = new AudioRing();
  for (let i = 0; i < count; i += 1) ring.append(chunk(i), 16_000);
  return ring;
};

const drain = (ring) => {
  const items = [];
  for (let item = ring.next(); item; item = ring.next()) items.push(item);
  return items;
};

const firsts = (ring) => drain(ring).map((item) => item.pcm?.[0] ?? "end");

test("audio comes out once, in order, as it went in", () => {
  const ring = filled(3);
  assert.deepEqual(firsts(ring), [0, 1, 2]);
  assert.equal(ring.next(), null);
});

test("positions are milliseconds of audio at any rate", () => {
  const ring = new AudioRing();
  ring.append(new Int16Array(4410), 44_100);
  ring.append(new Int16Array(441), 44_100);
  assert.equal(ring.endMs, 110);
});

test("acknowledged audio is dropped, what began before the mark is kept whole", () => {
  const ring = filled(5);
  drain(ring);
  ring.acknowledge(250);
  assert.equal(ring.startMs, 200);
});

test("audio that was never sent is not dropped by an acknowledgement", () => {
  const ring = filled(3);
  ring.acknowledge(10_000);
  assert.deepEqual(firsts(ring), [0, 1, 2]);
});

test("a seek sends again from the position, cutting the message that holds it", () => {
  const ring = filled(5);
  drain(ring);
  ring.seek(250);
  const items = drain(ring);
  assert.deepEqual(items.map((item) => [item.pcm[0], item.ms]), [[2, 50], [3, 100], [4, 100]]);
  assert.equal(items[0].pcm.length, 800);
});

test("an end of turn keeps its place and is sent again only with its audio", () => {
  const ring = filled(2);
  ring.markEndOfTurn();
  ring.append(chunk(9), 16_000);
  drain(ring);
  ring.seek(100);
  assert.deepEqual(firsts(ring), [1, "end", 9]);
  ring.seek(200);
  assert.deepEqual(firsts(ring), [9]);
});

test("sixty seconds are kept; sent audio that falls out is not lost", () => {
  const ring = new AudioRing();
  for (let i = 0; i < 700; i += 1) {
    assert.equal(ring.append(chunk(i), 16_000), 0);
    ring.next();
  }
  assert.equal(ring.endMs - ring.startMs, RING_MS);
});

test("unsent audio that falls out is counted as lost", () => {
  const ring = new AudioRing();
  let lostMs = 0;
  for (let i = 0; i < 605; i += 1) lostMs += ring.append(chunk(i), 16_000);
  assert.equal(lostMs, 500);
});

test("where the ring begins after the position asked for, its positions move to the service's", () => {
  const ring = filled(650);
  ring.seek(1_000);
  assert.equal(ring.startMs, 1_000);
  assert.equal(ring.endMs, 61_000);
});

test("a service that counted further than the ring goes on from its own count", () => {
  const ring = filled(2);
  ring.seek(5_000);
  assert.equal(ring.next(), null);
  ring.append(chunk(7), 16_000);
  assert.equal(ring.endMs, 5_100);
});

test("a new session gets all kept audio, counted from nought", () => {
  const ring = filled(5);
  drain(ring);
  ring.acknowledge(200);
  ring.seek(0);
  assert.equal(ring.startMs, 0);
  assert.deepEqual(firsts(ring), [2, 3, 4]);
});

test("another sample rate begins a fresh ring at the same position", () => {
  const ring = filled(2);
  assert.equal(ring.append(new Int16Array(4800), 48_000), 200);
  assert.equal(ring.startMs, 200);
  assert.equal(ring.endMs, 300);
});
