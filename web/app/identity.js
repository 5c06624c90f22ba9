/**
 * Who speaks: signed in with e-mail and password where Firebase Hosting tells the project, else
 * by the name and the token under Connection, which on a developer's machine may be any name.
 */

import { Account } from "./account.js";
import { AuthApi, findConfig } from "./auth_api.js";
import { SignInForm } from "./sign_in_form.js";

const byId = (id) => document.getElementById(id);
const USER_KEY = "nexus.user";
const ANYBODY = "demo";

export class Identity {
  #on;
  #config = null;
  #account = null;
  #form = null;
  #user = ANYBODY;
  #token = null;

  /**
   * `on` has changed(other): another token, or another person; and trouble(text or null).
   */
  constructor(on) {
    this.#on = on;
  }

  get user() {
    return this.#user;
  }

  get token() {
    return this.#token;
  }

  /** Whether nothing can be asked of the service before somebody signs in. */
  get awaited() {
    return this.#config !== null && !this.#config.local && !this.#token;
  }

  /** Whether there is a form to sign in with. */
  get hasForm() {
    return this.#form !== null;
  }

  /** Find out how to sign in here, and sign in again who was before a reload. */
  async start() {
    this.#nobody();
    byId("user").value = this.#user;
    this.#config = await findConfig();
    if (this.#config) await this.#offerSignIn();
    if (this.awaited) this.#ask(null);
    else delete document.body.dataset.gate;
  }

  #offerSignIn() {
    this.#form = new SignInForm({
      submit: (email, password) => this.#account.submit(email, password),
      forgot: (email) => this.#account.forgot(email),
      signOut: () => this.#account.signOut(),
    });
    this.#account = new Account(new AuthApi(this.#config), {
      signedIn: (account) => this.#signedIn(account),
      token: (token) => this.#renewed(token),
      failed: (code) => this.#failed(code),
      signedOut: (code) => this.#signedOut(code),
    });
    this.#byHand(this.#config.local);
    return this.#account.restore();
  }

  /**
   * Get another token than `refused`, which may be null: by itself, or from the person; false if
   * that is for the fields under Connection.
   */
  need(refused) {
    if (this.#account?.signedIn) this.#account.wanted(refused);
    else if (!this.#form || (this.#config.local && this.#token)) return false;
    else this.#ask(null);
    return true;
  }

  /** Take name and token from the fields under Connection; whether that is another person. */
  useFields() {
    if (byId("by-hand").disabled) return false;
    const user = byId("user").value.trim();
    const token = byId("token").value.trim() || null;
    const other = user !== this.#user || Boolean(this.#token && !token);
    this.#user = user;
    this.#token = token;
    remember(user);
    return other;
  }

  #signedIn({ user, email, token }) {
    const other = user !== this.#user;
    const asked = this.#form.shown;
    this.#user = user;
    this.#token = token;
    this.#form.hide();
    this.#form.who(email);
    this.#byHand(false);
    this.#on.trouble(null);
    // The focus was in a form that is gone; from here it is one key to speak.
    if (asked) byId("talk").focus();
    return this.#on.changed(other);
  }

  #renewed(token) {
    this.#token = token;
    this.#on.trouble(null);
    return this.#on.changed(false);
  }

  #failed(code) {
    if (this.#form.shown) this.#form.fail(code);
    else if (!this.#token) this.#ask(code);
    else this.#on.trouble(code);
  }

  // Commands of this session stay in sight: they go on as soon as somebody has signed in.
  #ask(code) {
    if (this.#form.shown && !code) return this.#form.reveal();
    this.#form.show({ code, alone: this.awaited && byId("now").childElementCount === 0 });
  }

  // Who wanted it sees nothing any more; who did not keeps what is on the page.
  #signedOut(code) {
    this.#token = null;
    this.#form.who(null);
    this.#byHand(this.#config.local);
    if (code !== null) return this.#ask(code);
    this.#nobody();
    if (this.awaited) this.#form.show({ alone: true });
    return this.#on.changed(true);
  }

  #nobody() {
    this.#user = remembered() ?? ANYBODY;
  }

  #byHand(offered) {
    byId("by-hand").hidden = byId("by-hand").disabled = !offered;
  }
}

// A browser may refuse a page its storage; the name is only a convenience.
function remembered() {
  try {
    return localStorage.getItem(USER_KEY);
  } catch (error) {
    if (error instanceof DOMException) return null;
    throw error;
  }
}

function remember(user) {
  try {
    localStorage.setItem(USER_KEY, user);
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
  }
}
