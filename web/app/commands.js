/**
 * What the page knows of each command: messages of the service in, cards out; no DOM.
 *
 * A card: {key, session, turn, interactionId, at, source, earlier, state, transcript, intent,
 * language, filename, code, explanation, edits, commit, checks, timings, error}. `state` is one of
 * waiting, sent, unconfirmed (typed, and not seen by the service yet), hearing, queued, received,
 * generating, done, failed, cancelled, interrupted (its session is gone). `earlier` cards come
 * from the history. `holed`: part of the reply was missed, so no more of it is shown.
 */

const RUNNING = new Set(["hearing", "queued", "received", "generating"]);

export class Commands {
  #cards = []; // newest first
  #session = null;
  #made = 0;
  #retried = null;

  /** All cards, newest first. */
  get cards() {
    return this.#cards;
  }

  /** Whether the end of some command was missed because its session is gone. */
  get interrupted() {
    return this.#cards.some((card) => card.state === "interrupted");
  }

  /** Add a command that was typed and is on its way. */
  typed(text) {
    return this.#add({ source: "text", state: "waiting", transcript: text });
  }

  /** Note that the command of `interactionId` runs again; the next new turn is its. */
  retrying(interactionId) {
    const card = this.#find((c) => c.interactionId === interactionId);
    if (card) this.#retried = this.#begin(card, "received");
    return card;
  }

  /** Take one message of `session`; return the card it changed, or null. */
  apply(message, session) {
    if (message.type === "ready") return this.#ready(session);
    if (message.state === "cancelled") this.#answered();
    if (!Number.isInteger(message.turn)) return this.#refused(message);
    const card = this.#cardOf(message, session);
    APPLY[message.type]?.(this, card, message);
    return card;
  }

  /**
   * Note that the connection is gone.
   *
   * What was shown of a reply so far may go on with a hole in it, so it is shown no further until
   * it begins anew. Whether a typed command arrived is not known: only the speaker may repeat it.
   */
  lost() {
    for (const card of this.#cards) {
      if (card.state === "sent") card.state = "unconfirmed";
      if (card.state === "generating") card.holed = true;
    }
  }

  /** Note that all commands that waited for a connection were sent. */
  sent() {
    for (const card of this.#cards) if (card.state === "waiting") card.state = "sent";
  }

  /** Note that typed commands which were never sent are withdrawn. */
  withdrawn() {
    for (const card of this.#cards) if (card.state === "waiting") card.state = "cancelled";
  }

  /** Take a card out, for one that is being sent anew. */
  remove(card) {
    this.#cards = this.#cards.filter((other) => other !== card);
  }

  /** Add interactions of the history that this session's cards do not show; return their cards. */
  addHistory(interactions) {
    return interactions.flatMap((interaction) => {
      const known = this.#find((c) => c.interactionId === interaction.id);
      if (known && !known.earlier) return [];
      const card = known ?? blank(`h${interaction.id}`);
      if (!known) this.#cards.push(card);
      return [Object.assign(card, fromInteraction(interaction))];
    });
  }

  /** Forget everything: another user. */
  clear() {
    this.#cards = [];
    this.#session = null;
    this.#retried = null;
  }

  /** Put `card` back to its beginning in `state`; what an earlier run wrote is taken away. */
  restart(card, state) {
    return this.#begin(card, state);
  }

  /** Give the transcript to the card, and the card of the typed command up to it. */
  heard(card, transcript) {
    card.transcript = transcript;
    const typed = this.#find(
      (c) => ["waiting", "sent", "unconfirmed"].includes(c.state) && same(c.transcript, transcript),
    );
    if (!typed || typed === card) return;
    card.source = "text";
    this.remove(typed);
  }

  /** Drop what was heard before `turn` and never became a sentence. */
  dropNoiseBefore({ session, turn }) {
    const noise = (c) => c.session === session && c.turn < turn && c.state === "hearing";
    this.#cards = this.#cards.filter((card) => !noise(card));
  }

  #ready(session) {
    if (this.#session && this.#session !== session) {
      for (const card of this.#cards) {
        if (!card.earlier && RUNNING.has(card.state)) card.state = "interrupted";
      }
    }
    this.#session = session;
    return null;
  }

  #cardOf(message, session) {
    const { turn, interaction_id: interactionId } = message;
    const byTurn = this.#find((c) => c.session === session && c.turn === turn);
    const byId = interactionId && this.#find((c) => c.interactionId === interactionId);
    if (byId && byTurn && byId !== byTurn) {
      // An earlier session's command, by a number that this one has given to another command.
      if (byTurn.interactionId) return byId;
      this.remove(byId);
    }
    const card =
      byTurn || byId || this.#again(message) || this.#add({ source: "voice", state: "hearing" });
    if (card === this.#retried) this.#retried = null;
    return Object.assign(card, { session, turn });
  }

  // A command that runs again gets a new turn, which begins with its transcript.
  #again({ type, text }) {
    return type !== "transcript" || same(text, this.#retried?.transcript ?? "") ? this.#retried : null;
  }

  // Typed words come back as a transcript, in their order, unless they said to cancel: so what waits
  // longest now is that.
  #answered() {
    const typed = this.#find((c) => c.state === "sent");
    if (typed) typed.state = "cancelled";
  }

  #refused({ type, code, message, retryable }) {
    const card = this.#retried;
    if (type !== "error" || !card) return null;
    this.#retried = null;
    return Object.assign(card, { state: "failed", error: { code, message, retryable } });
  }

  #begin(card, state) {
    const { key, session, turn, interactionId, at, source, earlier, transcript } = card;
    const kept = { key, session, turn, interactionId, at, source, earlier, transcript, state };
    return Object.assign(card, blank(key), kept);
  }

  #add(fields) {
    this.#made += 1;
    const card = { ...blank(`c${this.#made}`), at: null, ...fields };
    this.#cards.unshift(card);
    return card;
  }

  #find(wanted) {
    return this.#cards.find(wanted) ?? null;
  }
}

const APPLY = {
  transcript(commands, card, { text, final }) {
    commands.dropNoiseBefore(card);
    // A turn that goes on after its end is the same command anew.
    if (final || card.state !== "hearing") commands.restart(card, final ? "received" : "hearing");
    if (final) commands.heard(card, text);
    else card.transcript = text;
  },
  status(commands, card, { state }) {
    if (state === "generating") commands.restart(card, state);
    else if (["queued", "received", "cancelled"].includes(state)) card.state = state;
  },
  intent(commands, card, { intent, language, filename }) {
    commands.restart(card, "generating");
    Object.assign(card, { intent, language, filename });
  },
  code(commands, card, { delta }) {
    if (!card.holed) card.code = (card.code ?? "") + delta;
  },
  explanation(commands, card, { delta }) {
    if (!card.holed) card.explanation = (card.explanation ?? "") + delta;
  },
  result(commands, card, message) {
    commands.restart(card, "done");
    commands.heard(card, message.transcript);
    Object.assign(card, {
      interactionId: message.interaction_id,
      intent: message.intent,
      timings: message.timings ?? null,
      ...fromResult(message.result),
    });
    if (message.result?.error) Object.assign(card, { state: "failed", error: message.result.error });
  },
  error(commands, card, { code, message, retryable, interaction_id: interactionId }) {
    // What is done stays done: the sentence is shown beside it.
    if (card.state !== "done") card.state = "failed";
    card.interactionId = interactionId ?? card.interactionId;
    card.error = { code, message, retryable };
  },
};

function blank(key) {
  return {
    key,
    session: null,
    turn: null,
    interactionId: null,
    at: null,
    source: "voice",
    earlier: false,
    state: "received",
    holed: false,
    transcript: "",
    intent: null,
    language: null,
    filename: null,
    code: null,
    explanation: null,
    edits: [],
    commit: null,
    checks: [],
    timings: null,
    error: null,
  };
}

function fromResult(result) {
  return {
    language: result?.language ?? null,
    filename: result?.filename ?? null,
    code: result?.code ?? null,
    explanation: result?.explanation ?? null,
    edits: result?.edits ?? [],
    commit: result?.commit ?? null,
    checks: result?.checks ?? [],
  };
}

function fromInteraction(interaction) {
  return {
    interactionId: interaction.id,
    at: interaction.created_at,
    source: interaction.source,
    earlier: true,
    state: interaction.state,
    transcript: interaction.transcript,
    timings: interaction.timings,
    error: interaction.error,
    ...fromResult(interaction.result),
    intent: interaction.intent,
    language: interaction.language ?? interaction.result?.language ?? null,
    filename: interaction.filename ?? interaction.result?.filename ?? null,
  };
}

function same(a, b) {
  return a.trim() === b.trim();
}
