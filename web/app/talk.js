/** The two ways to speak: hold a button or the Space bar, or hands free. */

const TAIL_MS = 250; // people let go while the last syllable still sounds
const KEEP_OPEN_MS = 30_000; // so that the next hold loses no first word

export class Talk {
  #microphone;
  #on;
  #talking = null; // null | "push_to_talk" | "hands_free"
  #closing = null;
  #stopping = null;

  /**
   * `on` has speak({mode, rateHz}), audio(message), endTurn(), changed(mode or null) and
   * failed(name of the browser's error).
   */
  constructor(Microphone, on) {
    this.#on = on;
    this.#microphone = new Microphone({
      onAudio: (message) => this.#talking && on.audio(message),
      onEnd: () => this.#gone(),
    });
  }

  /** How the person is speaking now, or null. */
  get mode() {
    return this.#talking;
  }

  /** Begin to listen; the microphone is opened for it if need be. */
  async start(mode) {
    this.#stopping = null;
    if (this.#talking === mode) return;
    clearTimeout(this.#closing);
    this.#change(mode);
    try {
      const rateHz = await this.#microphone.open();
      if (this.#talking === mode) this.#on.speak({ mode, rateHz });
    } catch (error) {
      this.#change(null);
      this.#on.failed(error.name);
    }
  }

  /** Stop listening after the last syllable and end the turn, unless it goes on meanwhile. */
  async stop(mode) {
    if (this.#talking !== mode) return;
    const stopping = (this.#stopping = {});
    await new Promise((resolve) => setTimeout(resolve, TAIL_MS));
    await this.#microphone.flush();
    if (this.#stopping !== stopping || this.#talking !== mode) return;
    this.#on.endTurn();
    this.#rest();
  }

  /** Stop listening at once; what was being said is not ended as a turn. */
  abandon() {
    if (this.#talking) this.#rest();
  }

  #rest() {
    this.#change(null);
    clearTimeout(this.#closing);
    this.#closing = setTimeout(() => this.#microphone.close(), KEEP_OPEN_MS);
  }

  #gone() {
    this.#change(null);
    this.#microphone.close();
    this.#on.failed("NotFoundError");
  }

  #change(mode) {
    this.#talking = mode;
    this.#on.changed(mode);
  }
}

/** Make `button` and the Space bar call `press()` while held and `release()` after. */
export function holdable(button, { press, release }) {
  button.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    button.setPointerCapture(event.pointerId);
    press();
  });
  for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) {
    button.addEventListener(end, release);
  }
  button.addEventListener("contextmenu", (event) => event.preventDefault());
  button.addEventListener("keydown", (event) => event.key === "Enter" && pressed(event, press));
  button.addEventListener("keyup", (event) => event.key === "Enter" && release());
  document.addEventListener("keydown", (event) => {
    if (event.code === "Space" && free(event.target, button)) pressed(event, press);
  });
  document.addEventListener("keyup", (event) => event.code === "Space" && release());
  window.addEventListener("blur", release);
}

function pressed(event, press) {
  event.preventDefault();
  if (!event.repeat) press();
}

// Space writes in a field and presses a focused control; elsewhere it talks.
function free(target, button) {
  return target === button || !target.closest("input, textarea, select, button, summary, a");
}
