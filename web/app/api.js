/** The HTTP side of the service: its address book and the history. */

const PAGE_SIZE = 10;

/** The `ws_url` that `GET /` offers, or null where the page is hosted without the service. */
export async function offeredServer() {
  const answer = await getJson("/", null);
  return typeof answer.body?.ws_url === "string" ? answer.body.ws_url : null;
}

/** One page of a user's history, newest first: {status, interactions, cursor}. */
export async function historyPage({ user, token, cursor }) {
  const query = new URLSearchParams({ limit: String(PAGE_SIZE) });
  if (cursor) query.set("cursor", cursor);
  const path = `/voice/history/${encodeURIComponent(user)}?${query}`;
  const { status, body } = await getJson(path, token);
  return { status, interactions: body?.interactions ?? [], cursor: body?.next_cursor ?? null };
}

/** The HTTP status with which the service lets this user in or not; 0 if it does not answer. */
export async function admission({ user, token }) {
  return (await getJson(`/voice/context/${encodeURIComponent(user)}`, token)).status;
}

async function getJson(path, token) {
  const headers = { Accept: "application/json" };
  if (token) headers.Authorization = `Bearer ${token}`;
  try {
    const response = await fetch(path, { headers });
    return { status: response.status, body: response.ok ? await response.json() : null };
  } catch (error) {
    // No network, or a host that answers HTML: both mean that there is no service here.
    if (error instanceof TypeError || error instanceof SyntaxError) return { status: 0, body: null };
    throw error;
  }
}
