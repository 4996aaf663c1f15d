/** The bearer token of a client, and the headers that carry it. */

/**
 * A bearer token, or what gives the present one each time that it is needed. A function is asked once more when its token is
 * refused: it may have been replaced. A token never becomes part of an address. A function may answer at once or later: most
 * callers have the token at hand, and `createAuthHeaders` awaits either.
 */
export type TokenSource = string | (() => string | Promise<string>);

/** The headers that carry a token. @throws RangeError for what is none: an error of `fetch` would have it in its message */
export async function createAuthHeaders(token: TokenSource | undefined): Promise<Record<string, string>> {
  if (token === undefined) return {};
  const text = typeof token === 'string' ? token : await token();
  if (!/^[!-~]+$/.test(text)) throw new RangeError('a token has visible ASCII characters only');
  return { authorization: `Bearer ${text}` };
}
