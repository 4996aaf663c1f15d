/** Turns a client's bearer token into request headers. */

/**
 * A bearer token, or a function that returns the current one. The function is called for each request, and once more
 * when the server refuses its token, since it may have been replaced. A token is never part of a URL.
 *
 * The function may return a string or a promise, because most callers have the token at hand; {@link createAuthHeaders}
 * awaits both.
 */
export type TokenSource = string | (() => string | Promise<string>);

/**
 * Returns a ticket for one dashboard, which the server issues for a token: for pages that must not hold the token
 * itself. The function is called for each request and each connection. A ticket is part of the URL, and valid for 30 s.
 */
export type TicketSource = () => string | Promise<string>;

/** Returns a URL with a ticket; the URL itself without a source. */
export async function addTicket(url: URL, ticket: TicketSource | undefined): Promise<URL> {
  if (!ticket) return url;
  const withTicket = new URL(url);
  withTicket.searchParams.set('ticket', await ticket());
  return withTicket;
}

/**
 * Returns an `Authorization` header, or no header without a token.
 * @throws RangeError if the token cannot be sent in a header. The message does not contain it, unlike that of `fetch`.
 */
export async function createAuthHeaders(token: TokenSource | undefined): Promise<Record<string, string>> {
  if (token === undefined) return {};
  const text = typeof token === 'string' ? token : await token();
  if (!/^[!-~]+$/.test(text)) throw new RangeError('the token must be visible ASCII characters');
  return { authorization: `Bearer ${text}` };
}
