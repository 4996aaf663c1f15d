/** Formats HTTP/1.1 requests and parses response heads, for clients on a bare socket. */

/** Status and headers of a response; header names are in lower case. */
export interface ResponseHead {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}

const HANDSHAKE_HEADERS = {
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
};

/** Formats a request; `Host: localhost` is added unless the headers have one. @param line method and target */
export function formatRequest(line: string, headers: Readonly<Record<string, string>> = {}, body = ''): string {
  const lines = Object.entries({ Host: 'localhost', ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${line} HTTP/1.1\r\n${lines.join('')}\r\n${body}`;
}

/** Formats a WebSocket handshake. Headers override the valid defaults, so that a test can send a broken one. */
export function formatHandshake(headers: Readonly<Record<string, string>> = {}, line = 'GET /dashboard'): string {
  return formatRequest(line, { ...HANDSHAKE_HEADERS, ...headers });
}

/** @param head text of the response up to the empty line */
export function parseResponseHead(head: string): ResponseHead {
  const [statusLine = '', ...lines] = head.trimEnd().split('\r\n');
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const colon = line.indexOf(':');
    headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
  }
  return { status: Number(statusLine.split(' ')[1]), headers };
}
