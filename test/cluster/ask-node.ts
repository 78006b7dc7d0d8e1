/** What a node said. */
export interface NodeAnswer {
  readonly ok: boolean;
  readonly text: string;
}

/**
 * Sends one statement to the node of a URL, as its user. Settings and `query_id` are parameters
 * of the request.
 */
export async function askNode(url: string, statement: string, parameters: Readonly<Record<string, string>> = {}): Promise<NodeAnswer> {
  const { username, password, origin } = new URL(url);
  const authorization = `Basic ${Buffer.from(`${username}:${decodeURIComponent(password)}`).toString('base64')}`;
  const query = new URLSearchParams(parameters).toString();
  const answer = await fetch(`${origin}/?${query}`, { method: 'POST', body: statement, headers: { authorization } });
  return { ok: answer.ok, text: (await answer.text()).trim() };
}

/** The same; rejects with the statement and what the node said when it refuses. */
export async function mustAsk(url: string, statement: string): Promise<string> {
  const { ok, text } = await askNode(url, statement);
  if (!ok) throw new Error(`${statement}: ${text}`);
  return text;
}
