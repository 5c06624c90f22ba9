/**
 * Microphone to PCM16: gathers mono samples and posts them in messages of 100 ms.
 *
 * Posts {pcm: Int16Array, rateHz, level}, level being the root mean square (0–1) of the message.
 * A message "flush" to it posts what has gathered and answers {flushed: true}.
 */

const MESSAGE_S = 0.1;
// The service takes up to 48 kHz; devices beyond it are averaged down by a whole number.
const HIGHEST_HZ = 48_000;

class Pcm16Recorder extends AudioWorkletProcessor {
  constructor() {
    super();
    this.factor = Math.ceil(sampleRate / HIGHEST_HZ);
    this.rateHz = sampleRate / this.factor;
    this.pcm = new Int16Array(Math.round(this.rateHz * MESSAGE_S));
    this.filled = 0;
    this.squares = 0;
    this.sum = 0;
    this.summed = 0;
    this.port.onmessage = () => {
      this.post();
      this.port.postMessage({ flushed: true });
    };
  }

  process(inputs) {
    const channels = inputs[0];
    const length = channels[0]?.length ?? 0;
    for (let i = 0; i < length; i += 1) {
      let sample = 0;
      for (const channel of channels) sample += channel[i];
      this.take(sample / channels.length);
    }
    return true;
  }

  take(sample) {
    this.sum += sample;
    this.summed += 1;
    if (this.summed < this.factor) return;
    const value = Math.max(-1, Math.min(1, this.sum / this.factor));
    this.sum = 0;
    this.summed = 0;
    this.pcm[this.filled] = value < 0 ? value * 0x8000 : value * 0x7fff;
    this.squares += value * value;
    this.filled += 1;
    if (this.filled === this.pcm.length) this.post();
  }

  post() {
    if (this.filled === 0) return;
    const pcm = this.pcm.slice(0, this.filled);
    const level = Math.sqrt(this.squares / this.filled);
    this.filled = 0;
    this.squares = 0;
    this.port.postMessage({ pcm, rateHz: this.rateHz, level }, [pcm.buffer]);
  }
}

registerProcessor("pcm16-recorder", Pcm16Recorder);
