/** Carries out the session's effects on a real WebSocket and real timers. */

const STALLED_AFTER_MS = 10_000;

export class Transport {
  #socket = null;
  #number = 0;
  #timers = new Map();
  #stalledSinceMs = null;

  /** `connection()` gives {url, token}; `onEvent(event)` takes the session's socket events. */
  constructor({ connection, onEvent }) {
    this.connection = connection;
    this.onEvent = onEvent;
  }

  /** Open connection `number`; whatever an older one still says is passed over. */
  open(number) {
    const { url, token } = this.connection();
    const protocols = token ? ["nexus.v1", `bearer.${token}`] : ["nexus.v1"];
    const socket = new WebSocket(url, protocols);
    let opened = false;
    this.#socket = socket;
    this.#number = number;
    this.#stalledSinceMs = null;
    socket.onopen = () => {
      opened = true;
      this.onEvent({ type: "opened", socket: number });
    };
    socket.onmessage = ({ data }) => this.#message(number, data);
    socket.onclose = ({ code }) => this.onEvent({ type: "closed", socket: number, code, opened });
  }

  /** Send a string or an Int16Array on the open connection. */
  send(data) {
    if (this.#socket?.readyState !== WebSocket.OPEN) return;
    this.#socket.send(data);
    if (this.#stalled()) this.onEvent({ type: "offline" });
  }

  /** Close the connection with `code` (1000 or 4000–4999). */
  close(code) {
    this.#socket?.close(code);
  }

  /** Call back with a timer event after `ms`; a timer of the same name is replaced. */
  timer(name, ms) {
    this.clear(name);
    this.#timers.set(name, setTimeout(() => this.onEvent({ type: "timer", name }), ms));
  }

  /** Stop a timer, if it runs. */
  clear(name) {
    clearTimeout(this.#timers.get(name));
    this.#timers.delete(name);
  }

  #message(number, data) {
    let message;
    try {
      message = JSON.parse(data);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      return console.warn("A message of the service was not JSON.");
    }
    this.onEvent({ type: "message", socket: number, message });
  }

  // A network that vanished closes nothing: what is sent merely stops leaving the browser.
  #stalled() {
    if (this.#socket.bufferedAmount === 0) this.#stalledSinceMs = null;
    else this.#stalledSinceMs ??= performance.now();
    return (
      this.#stalledSinceMs !== null && performance.now() - this.#stalledSinceMs > STALLED_AFTER_MS
    );
  }
}
