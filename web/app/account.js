/** Carries out the effects of the sign-in: asks Firebase Auth, keeps the refresh token, waits. */

import { SignIn } from "./sign_in.js";

const KEY = "nexus.sign-in";

export class Account {
  #signIn = new SignIn();
  #api;
  #on;
  #timer = null;

  /**
   * `api` is an AuthApi. `on` has signedIn({user, email, token}), token(token), failed(code) and
   * signedOut(code).
   */
  constructor(api, on) {
    this.#api = api;
    this.#on = on;
  }

  /** Whether somebody is signed in, also while their token is being replaced. */
  get signedIn() {
    return ["signed_in", "refreshing"].includes(this.#signIn.phase);
  }

  /** Sign in again who was signed in before this page was loaded anew, if anybody was. */
  restore() {
    return this.#dispatch({ type: "restore", kept: recalled() });
  }

  /** Sign in; what comes of it is told to `on`. */
  submit(email, password) {
    return this.#dispatch({ type: "submit", email, password });
  }

  /** Get a fresh token, since the service refused the token `refused`; null: one runs out. */
  wanted(refused) {
    return this.#dispatch({ type: "wanted", refused });
  }

  /** Forget who is signed in. */
  signOut() {
    return this.#dispatch({ type: "sign_out" });
  }

  /** Have a letter sent to set a new password: {failure}, null if it is on its way. */
  forgot(email) {
    return this.#api.sendReset({ email });
  }

  async #dispatch(event) {
    const effects = this.#signIn.on(event, performance.now());
    await Promise.all(effects.map((effect) => this.#perform[effect.type](effect)));
  }

  #perform = {
    ask: ({ request, what, ...fields }) => this.#ask(request, what, fields),
    keep: ({ kept }) => store((storage) => storage.setItem(KEY, JSON.stringify(kept))),
    forget: () => store((storage) => storage.removeItem(KEY)),
    timer: ({ ms }) => this.#wait(ms),
    clear: () => clearTimeout(this.#timer),
    signed_in: (account) => this.#on.signedIn(account),
    token: ({ token }) => this.#on.token(token),
    failed: ({ code }) => this.#on.failed(code),
    signed_out: ({ code }) => this.#on.signedOut(code),
  };

  async #ask(request, what, fields) {
    const answer = await this.#api[what](fields);
    await this.#dispatch({ type: "answered", request, ...answer });
  }

  #wait(ms) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#dispatch({ type: "due" }), ms);
  }
}

// Of this tab only, and gone with it. A browser may refuse it: then a reload signs out.
function store(use) {
  try {
    return use(sessionStorage);
  } catch (error) {
    if (error instanceof DOMException) return null;
    throw error;
  }
}

function recalled() {
  return JSON.parse(store((storage) => storage.getItem(KEY)) ?? "null");
}
