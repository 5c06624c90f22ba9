/** Which turns of a session are settled: what `last_turn` says, and what is shown only once. */

const AWAITED = new Set(["hearing", "open", "unstored"]);

export class Turns {
  #states = new Map(); // turn → one of AWAITED, or "failed", "cancelled", "done" (has its result)
  #shown = new Set(); // ids of the interactions whose result was shown

  /** Note a message of the service; false if it repeats a result that was shown already. */
  note(message) {
    const { type, turn } = message;
    if (!Number.isInteger(turn)) return true;
    if (type === "result") return this.#result(turn, message.interaction_id);
    if (type === "error") this.#error(turn, message.code);
    else if (type === "transcript") this.#transcript(turn, message.final);
    else if (message.state === "cancelled") this.#states.set(turn, "cancelled");
    else this.#states.set(turn, "open");
    return true;
  }

  /**
   * The highest turn at or below which nothing is awaited any more; 0 if none.
   *
   * Turns may end out of order, so this is not the highest turn that has ended. A turn that could
   * not be stored is still awaited: the service delivers it when its store is back.
   */
  get last() {
    const turns = [...this.#states];
    const awaited = turns.filter(([, state]) => AWAITED.has(state)).map(([turn]) => turn);
    if (awaited.length > 0) return Math.min(...awaited) - 1;
    return Math.max(0, ...turns.map(([turn]) => turn));
  }

  /** Whether something is still being heard or worked on. */
  get awaiting() {
    return [...this.#states.values()].some((state) => AWAITED.has(state));
  }

  /** Forget all turns: another session counts from 1 again. */
  clear() {
    this.#states.clear();
    this.#shown.clear();
  }

  // A command of an earlier session may carry a turn's number that this session has used, too.
  #result(turn, interactionId) {
    const repeated = this.#states.get(turn) === "done" && this.#shown.has(interactionId);
    this.#states.set(turn, "done");
    this.#shown.add(interactionId);
    return !repeated;
  }

  #error(turn, code) {
    if (this.#states.get(turn) === "done") return;
    this.#states.set(turn, code === "store_unavailable" ? "unstored" : "failed");
  }

  #transcript(turn, final) {
    for (const [earlier, state] of this.#states) {
      // Noise that never became a sentence gets no result: the next turn shows that it is over.
      if (earlier < turn && state === "hearing") this.#states.delete(earlier);
    }
    this.#states.set(turn, final ? "open" : "hearing");
  }
}
