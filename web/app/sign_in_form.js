/** The form to sign in, and who is signed in at the head of the page. */

import { SIGN_IN_FAILURES, SIGN_IN_REASONS } from "./advice.js";
import { setText } from "./dom.js";

const byId = (id) => document.getElementById(id);

export class SignInForm {
  #busy = false;

  /**
   * `on` has submit(email, password), signOut(), and forgot(email) which answers {failure}; the
   * first and the last are awaited.
   */
  constructor(on) {
    byId("account").hidden = false;
    byId("sign-in-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#waiting(() => on.submit(byId("email").value.trim(), byId("password").value));
    });
    byId("forgot").addEventListener("click", () => this.#forgot(on.forgot));
    byId("open-sign-in").addEventListener("click", () => this.#toggle());
    byId("sign-out").addEventListener("click", () => on.signOut());
  }

  /** Whether the form is on the page. */
  get shown() {
    return !byId("sign-in").hidden;
  }

  /** Ask to sign in; `alone` takes away all that is of no use before. */
  show({ code = null, alone = false } = {}) {
    this.#place(true);
    if (alone) document.body.dataset.gate = "closed";
    else delete document.body.dataset.gate;
    byId("open-sign-in").hidden = alone;
    this.fail(code);
    (byId("email").value ? byId("password") : byId("email")).focus();
  }

  /** Bring the form into sight. */
  reveal() {
    byId("sign-in").scrollIntoView({ block: "nearest" });
  }

  /** Take the form away, with the password. */
  hide() {
    this.#place(false);
    delete document.body.dataset.gate;
    byId("password").value = "";
    this.fail(null);
  }

  /** Say why nobody was let in. */
  fail(code) {
    setText(byId("sign-in-note"), "");
    setText(byId("sign-in-failure"), SIGN_IN_REASONS[code] ?? SIGN_IN_FAILURES[code] ?? "");
    byId("email").setAttribute("aria-invalid", String(["wrong", "bad_email"].includes(code)));
    byId("password").setAttribute("aria-invalid", String(code === "wrong"));
    if (!this.shown || !code) return;
    const field = byId(code === "bad_email" ? "email" : "password");
    field.focus();
    field.select();
  }

  /** Show who is signed in at the head of the page; null: nobody. */
  who(email) {
    setText(byId("who"), email ?? "");
    byId("who").hidden = byId("sign-out").hidden = !email;
    byId("open-sign-in").hidden = Boolean(email);
  }

  async #forgot(send) {
    const email = byId("email");
    // An empty or a wrong field explains itself.
    if (!email.reportValidity()) return;
    const address = email.value.trim();
    await this.#waiting(async () => {
      const { failure } = await send(address);
      this.fail(failure);
      if (failure) return;
      const text = `If ${address} has an account, a letter with a link to set a new password is on its way.`;
      setText(byId("sign-in-note"), text);
    });
  }

  // One request at a time. The fields stay as they are, so that the focus does.
  async #waiting(request) {
    if (this.#busy) return;
    this.#wait(true);
    try {
      await request();
    } finally {
      this.#wait(false);
    }
  }

  #wait(busy) {
    this.#busy = busy;
    byId("sign-in-form").setAttribute("aria-busy", String(busy));
    setText(byId("submit-sign-in"), busy ? "One moment…" : "Sign in");
  }

  #toggle() {
    if (this.shown) this.hide();
    else this.show();
  }

  #place(shown) {
    byId("sign-in").hidden = !shown;
    byId("open-sign-in").setAttribute("aria-expanded", String(shown));
  }
}
