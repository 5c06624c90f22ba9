/**
 * Firebase Auth over its REST API: https://firebase.google.com/docs/reference/rest/auth
 *
 * Every call answers {account} or {failure}, a key of SIGN_IN_FAILURES; none raises.
 */

const INIT = "/__/firebase/init.json";
const PLACES = {
  google: {
    identity: "https://identitytoolkit.googleapis.com/v1",
    tokens: "https://securetoken.googleapis.com/v1",
  },
  // The Auth emulator, which the local front passes on. It never is an address from outside.
  here: { identity: "/identitytoolkit.googleapis.com/v1", tokens: "/securetoken.googleapis.com/v1" },
};
const WITHIN_MS = 15_000;
// What the Hosting emulator answers for a demo project, to which no sign-in belongs.
const NO_KEY = "fake-api-key";

const FAILURES = {
  EMAIL_NOT_FOUND: "wrong",
  INVALID_PASSWORD: "wrong",
  INVALID_LOGIN_CREDENTIALS: "wrong",
  MISSING_PASSWORD: "wrong",
  INVALID_EMAIL: "bad_email",
  MISSING_EMAIL: "bad_email",
  USER_DISABLED: "disabled",
  TOO_MANY_ATTEMPTS_TRY_LATER: "too_many",
  RESET_PASSWORD_EXCEED_LIMIT: "too_many",
  QUOTA_EXCEEDED: "too_many",
  OPERATION_NOT_ALLOWED: "not_enabled",
  PASSWORD_LOGIN_DISABLED: "not_enabled",
  CONFIGURATION_NOT_FOUND: "not_enabled",
  TOKEN_EXPIRED: "ended",
  INVALID_REFRESH_TOKEN: "ended",
  USER_NOT_FOUND: "ended",
};

/** How to sign in on this page: {apiKey, local}, or null where Hosting tells no project. */
export async function findConfig(fetch = globalThis.fetch) {
  const { status, body } = await call(fetch, INIT, {});
  return status === 200 ? readConfig(body) : null;
}

/** The same from the text of Hosting's init.json; `local` means the emulator behind this page. */
export function readConfig(body) {
  const key = body?.apiKey;
  if (typeof key !== "string" || !key || key === NO_KEY) return null;
  return { apiKey: key, local: body.authEmulator === true };
}

/** Our failure for an answer of Firebase Auth that is none of success. */
export function failureOf(status, body) {
  if (status === 0) return "network";
  if (status >= 500) return "unavailable";
  const { message = "", details = [] } = body?.error ?? {};
  // Some codes have a sentence behind them: "TOO_MANY_ATTEMPTS_TRY_LATER : Access to …".
  const known = FAILURES[message.split(" ", 1)[0]];
  if (known) return known;
  if (status === 429) return "too_many";
  const keyed = status === 403 || details.some(({ reason }) => reason?.startsWith("API_KEY"));
  return keyed ? "key" : "unknown";
}

export class AuthApi {
  #fetch;
  #key;
  #places;

  constructor({ apiKey, local }, fetch = globalThis.fetch) {
    this.#fetch = fetch;
    this.#key = encodeURIComponent(apiKey);
    this.#places = local ? PLACES.here : PLACES.google;
  }

  /** Sign in; a second factor is not asked for, so an account that has one fails. */
  async signIn({ email, password }) {
    const answer = await this.#identity("signInWithPassword", {
      email,
      password,
      returnSecureToken: true,
    });
    return answered(answer, (body) => body.mfaPendingCredential && "second_factor", (body) => ({
      user: body.localId,
      email: body.email ?? email,
      token: body.idToken,
      refreshToken: body.refreshToken,
      lastsMs: 1_000 * Number(body.expiresIn),
    }));
  }

  /** A fresh ID token for a refresh token. */
  async refresh({ refreshToken }) {
    const answer = await call(this.#fetch, `${this.#places.tokens}/token?key=${this.#key}`, {
      method: "POST",
      body: new URLSearchParams({ grant_type: "refresh_token", refresh_token: refreshToken }),
    });
    return answered(answer, () => null, (body) => ({
      user: body.user_id,
      email: null,
      token: body.id_token,
      refreshToken: body.refresh_token,
      lastsMs: 1_000 * Number(body.expires_in),
    }));
  }

  /** Have a letter sent with a link to set a new password; who has no account gets none. */
  async sendReset({ email }) {
    const answer = await this.#identity("sendOobCode", { requestType: "PASSWORD_RESET", email });
    const failure = answer.status === 200 ? null : failureOf(answer.status, answer.body);
    // Whether there is such an account is not told.
    return { failure: failure === "wrong" ? null : failure };
  }

  #identity(method, body) {
    return call(this.#fetch, `${this.#places.identity}/accounts:${method}?key=${this.#key}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
  }
}

function answered({ status, body }, refused, account) {
  if (status !== 200) return { failure: failureOf(status, body) };
  const failure = refused(body);
  if (failure) return { failure };
  const made = account(body);
  const whole = made.user && made.token && made.refreshToken && made.lastsMs > 0;
  return whole ? { account: made } : { failure: "unknown" };
}

async function call(fetch, url, options) {
  let response;
  try {
    response = await fetch(url, {
      cache: "no-store",
      signal: AbortSignal.timeout(WITHIN_MS),
      ...options,
    });
    return { status: response.status, body: await response.json() };
  } catch (error) {
    // An answer that is no JSON is told by its status: a page of a proxy, or of no project.
    if (error instanceof SyntaxError) return { status: response.status, body: null };
    // No network, refused by the policy of the page, or too slow.
    if (error instanceof TypeError || error instanceof DOMException) return { status: 0, body: null };
    throw error;
  }
}
