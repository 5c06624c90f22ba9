/**
 * Who is signed in, as a state machine: events in, effects out; no DOM, no network, no clock.
 *
 *     signed_out ──submit──▶ signing_in ──account──▶ signed_in ──due, wanted──▶ refreshing
 *      ▲   ▲ └──restore──────────┼──────────────────────┼──────────────────────▶ ▲   │
 *      │   └──── failure ────────┘                      └◀── account, or away ───┼───┤
 *      └──────── sign_out, or what was signed in is no longer accepted ──────────┴───┘
 *
 * Events: restore{kept} submit{email, password} sign_out due wanted{refused}
 * answered{request, account} answered{request, failure}. An account: {user, email, token,
 * refreshToken, lastsMs}; `kept` is {email, refreshToken} or null; `refused` is the token that was
 * answered with 401 or 403, null where the service only says that one runs out.
 *
 * Effects: ask{request, what, …} keep{kept} forget timer{ms} clear signed_in{user, email, token}
 * token{token} failed{code} signed_out{code}; a code is a key of SIGN_IN_FAILURES, null if the
 * person wanted it.
 */

/** How long before its end a token is replaced, in ms: the service asks for it 60 s before. */
export const BEFORE_END_MS = 5 * 60_000;
/** Waits between attempts to refresh while sign-in cannot be reached: first and longest, in ms. */
export const RETRY = { firstMs: 2_000, longestMs: 60_000 };
/** A token that is refused this soon after it was made is not healed by another, in ms. */
export const YOUNG_MS = 30_000;

// What passes by itself, so that nobody is signed out for it.
const PASSING = new Set(["network", "unavailable", "too_many"]);

export class SignIn {
  #phase = "signed_out";
  #request = 0;
  #account = null; // {user, email, token, refreshToken}; user and token are null until answered
  #tokenSinceMs = 0;
  #attempts = 0;
  #nowMs = 0;
  #effects = [];

  get phase() {
    return this.#phase;
  }

  /** Take one event at `nowMs` (any clock that only rises) and return the effects, in order. */
  on(event, nowMs) {
    this.#nowMs = nowMs;
    this.#effects = [];
    this.#handlers[event.type](event);
    return this.#effects;
  }

  #handlers = {
    restore: ({ kept }) => kept && this.#restore(kept),
    submit: ({ email, password }) => this.#submit(email, password),
    sign_out: () => this.#leave(null),
    due: () => this.#phase === "signed_in" && this.#refresh(),
    wanted: ({ refused }) => this.#phase === "signed_in" && this.#wanted(refused),
    answered: (event) => event.request === this.#request && this.#answered(event),
  };

  #restore(kept) {
    this.#account = { user: null, token: null, ...kept };
    this.#refresh();
  }

  #submit(email, password) {
    this.#phase = "signing_in";
    this.#do({ type: "clear" });
    this.#ask({ what: "signIn", email, password });
  }

  #refresh() {
    this.#phase = "refreshing";
    this.#do({ type: "clear" });
    this.#ask({ what: "refresh", refreshToken: this.#account.refreshToken });
  }

  #wanted(refused) {
    const { token } = this.#account;
    const young = token && this.#nowMs - this.#tokenSinceMs < YOUNG_MS;
    if (young && refused === token) return this.#leave("refused");
    // It was replaced while the service still spoke of the one before.
    if (young) return this.#do({ type: "token", token });
    return this.#refresh();
  }

  #answered({ account, failure }) {
    // Answered once: whatever else comes with this number is not ours.
    this.#request += 1;
    if (account) this.#accept(account);
    else if (this.#phase === "signing_in") this.#refuse(failure);
    else if (PASSING.has(failure)) this.#tryLater(failure);
    else this.#leave(failure);
  }

  #accept(account) {
    const before = this.#account?.user ?? null;
    const { user, token, refreshToken, lastsMs } = account;
    const email = account.email ?? this.#account?.email ?? "";
    this.#account = { user, email, token, refreshToken };
    this.#phase = "signed_in";
    this.#attempts = 0;
    this.#tokenSinceMs = this.#nowMs;
    this.#do({ type: "keep", kept: { email, refreshToken } });
    // Half of a short life: a refresh must not follow at once upon a refresh.
    this.#do({ type: "timer", ms: Math.max(lastsMs - BEFORE_END_MS, lastsMs / 2) });
    if (user === before) this.#do({ type: "token", token });
    else this.#do({ type: "signed_in", user, email, token });
  }

  #refuse(failure) {
    this.#account = null;
    this.#phase = "signed_out";
    this.#do({ type: "forget" });
    this.#do({ type: "failed", code: failure });
  }

  #tryLater(failure) {
    this.#phase = "signed_in";
    const ms = Math.min(RETRY.longestMs, RETRY.firstMs * 2 ** this.#attempts);
    this.#attempts += 1;
    this.#do({ type: "timer", ms });
    this.#do({ type: "failed", code: failure });
  }

  #leave(code) {
    this.#request += 1; // an answer that is still under way is no longer wanted
    this.#account = null;
    this.#attempts = 0;
    this.#phase = "signed_out";
    this.#do({ type: "clear" });
    this.#do({ type: "forget" });
    this.#do({ type: "signed_out", code });
  }

  #ask(fields) {
    this.#request += 1;
    this.#do({ type: "ask", request: this.#request, ...fields });
  }

  #do(effect) {
    this.#effects.push(effect);
  }
}
