/** The microphone as a stream of 100 ms PCM16 messages. */

const WANTED_HZ = 16_000;
const CONSTRAINTS = {
  audio: { channelCount: 1, echoCancellation: true, noiseSuppression: true, autoGainControl: true },
};

/** Why the microphone cannot be had; `name` is the browser's name for it. */
export class MicrophoneError extends Error {
  constructor(name, options) {
    super(name, options);
    this.name = name;
  }
}

export class Microphone {
  #opening = null;
  #closing = Promise.resolve();
  #stream = null;
  #context = null;
  #recorder = null;
  #flushed = null;

  /** `onAudio({pcm, rateHz, level})` for each message; `onEnd()` when the device goes away. */
  constructor({ onAudio, onEnd }) {
    this.onAudio = onAudio;
    this.onEnd = onEnd;
  }

  /** Open it if it is closed and return its rate in Hz; raises MicrophoneError. */
  async open() {
    this.#opening ??= this.#closing.then(() => this.#open());
    try {
      return await this.#opening;
    } catch (error) {
      await this.close();
      throw new MicrophoneError(error.name, { cause: error });
    }
  }

  /** Wait until all that was recorded so far has been given to `onAudio`. */
  async flush() {
    if (!this.#recorder) return;
    const flushed = new Promise((resolve) => (this.#flushed = resolve));
    this.#recorder.port.postMessage("flush");
    await flushed;
  }

  /** Let the device go, once it is open; the browser's recording sign disappears. */
  close() {
    const opening = this.#opening ?? Promise.resolve();
    this.#opening = null;
    this.#closing = opening.catch(() => null).then(() => this.#shut());
    return this.#closing;
  }

  async #open() {
    if (!navigator.mediaDevices?.getUserMedia) throw new MicrophoneError("InsecureContext");
    this.#stream = await navigator.mediaDevices.getUserMedia(CONSTRAINTS);
    this.#stream.getAudioTracks()[0].addEventListener("ended", () => this.onEnd());
    const source = await this.#source();
    await this.#context.audioWorklet.addModule(new URL("worklet.js", import.meta.url));
    this.#recorder = new AudioWorkletNode(this.#context, "pcm16-recorder");
    this.#recorder.port.onmessage = ({ data }) => this.#received(data);
    // Its output is silence, but some browsers run only what leads to the speakers.
    source.connect(this.#recorder).connect(this.#context.destination);
    await this.#context.resume();
    return sentRate(this.#context.sampleRate);
  }

  // Firefox refuses to join a device to a context of another rate; then the device's rate is sent.
  async #source() {
    try {
      this.#context = new AudioContext({ sampleRate: WANTED_HZ });
      return this.#context.createMediaStreamSource(this.#stream);
    } catch (error) {
      if (error.name !== "NotSupportedError") throw error;
      await this.#context?.close();
      this.#context = new AudioContext();
      return this.#context.createMediaStreamSource(this.#stream);
    }
  }

  async #shut() {
    this.#stream?.getTracks().forEach((track) => track.stop());
    await this.#context?.close();
    this.#stream = this.#context = this.#recorder = null;
    this.#flushed?.();
  }

  #received(data) {
    if (data.flushed) this.#flushed?.();
    else this.onAudio(data);
  }
}

// As the worklet does it: whole-number averaging down to what the service takes.
function sentRate(contextHz) {
  return contextHz / Math.ceil(contextHz / 48_000);
}
