/** What the page says to people: plain sentences for codes, each with what to do. */

/** What to do about each error code of the service. */
export const ADVICE = {
  bad_message: "Reload the page; it may be older than the service.",
  token_expiring: "Sign in again to go on.",
  speech_unavailable: "Speech is down for the moment. Type the command instead.",
  speech_gap: "Part of your speech was missed. Say the command again.",
  audio_too_fast: "Audio came faster than speech. Reload the page and speak again.",
  model_unavailable: "Your words are kept. Press Retry in a moment.",
  model_refused: "Say it in other words.",
  model_malformed: "Press Retry, or say it in smaller steps.",
  model_timeout: "Press Retry, or ask for less at once.",
  repository_unavailable: "Your words are kept. Press Retry when the repository is back.",
  edit_rejected: "The change was not safe to make. Name the file and say what should change.",
  edit_conflict: "The file changed meanwhile. Press Retry to work on its newest version.",
  ambiguous_target: "Say which file or function you mean.",
  store_unavailable: "Nothing was lost: the answer comes as soon as it can be stored.",
  quota_exceeded: "Today's allowance is used up. Come back tomorrow or ask for more.",
  session_limit: "Close another page where you are speaking, then try again.",
  internal: "Your words are kept. Press Retry.",
};

const seconds = (ms) => `${Math.max(1, Math.round(ms / 1000))} s`;

/** The sentence for each notice of the session. */
export const NOTICES = {
  closed_1009: () => "That was too long for one message. Use a shorter command.",
  closed_1013: ({ waitMs }) => `The service is busy. Trying again in ${seconds(waitMs)}.`,
  closed_4400: () => "The service did not understand this page. Reload it, then try again.",
  closed_4408: () => "Paused after five quiet minutes. Speak or type to go on.",
  closed_4429: ({ waitMs }) =>
    "The service asked for a pause: too many pages of yours are open, or speech came too fast. " +
    `Close other pages; trying again in ${seconds(waitMs)}.`,
  seq_gap: () => "Something was missed on the way. Connecting again to fetch it.",
  audio_lost: ({ ms }) => `${seconds(ms)} of speech could not be kept while offline. Say it again.`,
};

/** Why an ID token is asked for. */
export const TOKEN_REASONS = {
  expiring: "Your ID token runs out within a minute. Paste a new one.",
  ended: "Your ID token ran out. Paste a new one to go on.",
  missing:
    "This service wants to know who you are. Paste your ID token. Where Firebase hosts this page it " +
    "offers sign-in by e-mail as soon as the project has a web app.",
  foreign: "This ID token belongs to another user. Check the user name or the token.",
};

/** Why the form to sign in is shown to somebody who was let in before. */
export const SIGN_IN_REASONS = {
  ended: "Your sign-in has ended. Sign in again to go on.",
  refused: "The service does not accept this sign-in. Sign in again; if that does not help, ask its owner.",
};

/** What to say when Firebase Auth lets nobody in, each with what to do. */
export const SIGN_IN_FAILURES = {
  wrong: "E-mail or password is wrong. Check both, or press “Forgot password?”.",
  bad_email: "This is not an e-mail address. Check it for a slip.",
  disabled: "This account is switched off. Ask the owner of this service to switch it on.",
  too_many: "Too many attempts. Wait a few minutes, or press “Forgot password?”.",
  second_factor: "This account asks for a second factor, which this page cannot take. Ask for one without.",
  not_enabled:
    "Sign-in with e-mail and password is not switched on. Its owner does that in the Firebase console: " +
    "Authentication, Sign-in method, Email/Password.",
  key:
    "This page's API key is not allowed to sign anybody in. Its owner checks the key in the Google " +
    "Cloud console: APIs & Services, Credentials.",
  network: "Sign-in cannot be reached. Check your connection and what blocks requests, then try again.",
  unavailable: "Firebase Auth is away for the moment. Try again in a minute.",
  unknown: "Firebase Auth refused, and did not say why. Try again; if it stays so, ask the owner.",
};

/** What each phase of the session is called. */
export const PHASES = {
  idle: "Ready when you are",
  connecting: "Connecting…",
  starting: "Connecting…",
  live: "Connected",
  leaving: "Moving to another server…",
  waiting: "Not connected. Trying again…",
  needs_token: "Sign-in needed",
};

/** What each state of a command is called. */
export const STATES = {
  hearing: "Listening",
  waiting: "Waiting for the connection",
  sent: "Sent",
  unconfirmed: "Not confirmed",
  queued: "Waiting its turn",
  received: "Heard",
  generating: "Writing",
  done: "Done",
  failed: "Failed",
  cancelled: "Cancelled",
  interrupted: "Interrupted",
};

/** The steps of the latency ledger, in the order they happen. */
export const LEDGER = {
  speech_end_to_final_ms: "Speech end to transcript",
  final_to_request_ms: "Transcript to request",
  request_to_first_token_ms: "Request to first token",
  first_token_to_code_ms: "First token to code",
  commit_ms: "Commit",
  total_ms: "Total",
};

/** The sentence for what went wrong with the microphone, by the name of the browser's error. */
export function microphoneAdvice(name) {
  const sentences = {
    NotAllowedError:
      "The microphone is blocked for this page. Allow it in the browser's address bar, or type.",
    NotFoundError: "No microphone was found. Connect one, or type the command.",
    NotReadableError: "Another program holds the microphone. Close it, or type the command.",
    InsecureContext: "Browsers give the microphone only to https or localhost pages. Type instead.",
  };
  return sentences[name] ?? "The microphone could not be opened. Try again, or type the command.";
}
