/** Which server the page speaks to. */

const LOOPBACK = new Set(["localhost", "127.0.0.1", "[::1]"]);

/**
 * The WebSocket base and whether it may be used unasked.
 *
 * `asked` (the page's `?ws=`) goes before `offered` (the `ws_url` of `GET /`) before the page's
 * own origin. A link must not be able to lead a voice and a token to a stranger, so an asked-for
 * host that is neither this machine, the page's own nor the offered one is not `trusted`.
 */
export function chooseServer({ page, asked, offered }) {
  const own = `${page.protocol === "https:" ? "wss:" : "ws:"}//${page.host}`;
  const known = webSocketBase(offered);
  const wanted = webSocketBase(asked);
  if (!wanted) return { base: ownName(known, page) ?? own, trusted: true };
  const { hostname } = new URL(wanted);
  const familiar = [page.hostname, known && new URL(known).hostname];
  return { base: wanted, trusted: LOOPBACK.has(hostname) || familiar.includes(hostname) };
}

/** The address of a user's voice session. */
export function voiceUrl(base, user) {
  return `${base}/voice/${encodeURIComponent(user)}`;
}

/** `text` as a ws: or wss: base without a trailing slash, or null if it is none. */
export function webSocketBase(text) {
  if (!text || !URL.canParse(text)) return null;
  const { protocol, host, pathname } = new URL(text);
  if (protocol !== "ws:" && protocol !== "wss:") return null;
  return `${protocol}//${host}${pathname.replace(/\/+$/, "")}`;
}

// "localhost" and 127.0.0.1 are one server but two origins; only the page's own is let in.
function ownName(base, page) {
  if (!base) return null;
  const { hostname, port } = new URL(base);
  const here = LOOPBACK.has(hostname) && LOOPBACK.has(page.hostname) && port === page.port;
  return here ? `ws://${page.host}` : base;
}
