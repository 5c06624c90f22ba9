/**
 * The last minute of audio, kept until the service has stored what was said in it.
 *
 * Positions are milliseconds of audio since the session began: silence between two holds of the
 * talk button is not sent, so it does not count. Everything is sent from the ring, live audio as
 * well as audio that is sent again; `next` is the only way out.
 */

export const RING_MS = 60_000;

export class AudioRing {
  #items = []; // {startMs, endMs, pcm} or, for the end of a turn, {startMs, endMs, pcm: null}
  #next = 0; // index of the first item that this connection has not sent
  #endMs = 0;
  #rateHz = null;

  /** Position after the newest audio, in ms. */
  get endMs() {
    return this.#endMs;
  }

  /** Position of the oldest audio still kept, in ms. */
  get startMs() {
    return this.#items[0]?.startMs ?? this.#endMs;
  }

  /**
   * Keep `pcm` (Int16Array, mono, `rateHz`); return the ms of audio that had to go unsent for it.
   *
   * Audio of another rate is not kept: one connection speaks one rate.
   */
  append(pcm, rateHz) {
    let lostMs = 0;
    if (this.#rateHz !== rateHz) {
      lostMs = this.#dropWhile(() => true);
      this.#rateHz = rateHz;
    }
    const startMs = this.#endMs;
    this.#endMs += (pcm.length * 1000) / rateHz;
    this.#items.push({ startMs, endMs: this.#endMs, pcm });
    return lostMs + this.keepLast(RING_MS);
  }

  /** Note that the speaker ended a turn here. */
  markEndOfTurn() {
    this.#items.push({ startMs: this.#endMs, endMs: this.#endMs, pcm: null });
  }

  /** Drop all but the last `ms`; return the ms among it that had not been sent. */
  keepLast(ms) {
    const fromMs = this.#endMs - ms;
    return this.#dropWhile((item) => item.startMs < fromMs);
  }

  /** Drop what ends at or before `ms` and has been sent: the service has stored it. */
  acknowledge(ms) {
    this.#dropWhile((item) => this.#next > 0 && item.endMs <= ms);
  }

  /**
   * Send again from `fromMs` on, the position at which the service will count the next sample.
   *
   * Where the ring begins later, or the service ahead of it, the ring's positions move to the
   * service's, so that both name the same sample by the same number.
   */
  seek(fromMs) {
    this.#dropWhile((item) => item.endMs <= fromMs);
    this.#next = 0;
    this.#cutBefore(fromMs);
    const shiftMs = fromMs - this.startMs;
    for (const item of this.#items) {
      item.startMs += shiftMs;
      item.endMs += shiftMs;
    }
    this.#endMs += shiftMs;
  }

  /** The next item to send, `{pcm, ms}` (`pcm` null: end of the turn), or null if all is sent. */
  next() {
    const item = this.#items[this.#next];
    if (!item) return null;
    this.#next += 1;
    return { pcm: item.pcm, ms: item.endMs - item.startMs };
  }

  /** Forget everything and begin again at 0. */
  clear() {
    this.#items = [];
    this.#next = 0;
    this.#endMs = 0;
  }

  #dropWhile(droppable) {
    let lostMs = 0;
    let count = 0;
    while (count < this.#items.length && droppable(this.#items[count])) {
      const item = this.#items[count];
      if (this.#next > 0) this.#next -= 1;
      else lostMs += item.endMs - item.startMs;
      count += 1;
    }
    this.#items.splice(0, count);
    return lostMs;
  }

  #cutBefore(ms) {
    const first = this.#items[0];
    if (!first?.pcm || first.startMs >= ms) return;
    const samples = Math.round(((ms - first.startMs) * this.#rateHz) / 1000);
    first.pcm = first.pcm.subarray(samples);
    first.startMs = ms;
  }
}
