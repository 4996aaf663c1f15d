/** HTTP/1.1 requests as text, and the heads of responses, for clients on a bare socket. */

/** The status and the headers of a response, by name in lower case. */
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

/** A request as text, with a Host unless the headers have one. @param line method and target */
export function formatRequest(line: string, headers: Readonly<Record<string, string>> = {}, body = ''): string {
  const lines = Object.entries({ Host: 'localhost', ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${line} HTTP/1.1\r\n${lines.join('')}\r\n${body}`;
}

/** A WebSocket handshake as text; headers and request line may be put wrong. */
export function formatHandshake(headers: Readonly<Record<string, string>> = {}, line = 'GET /dashboard'): string {
  return formatRequest(line, { ...HANDSHAKE_HEADERS, ...headers });
}

/** @param head text up to the empty line */
export function parseResponseHead(head: string): ResponseHead {
  const [statusLine = '', ...lines] = head.trimEnd().split('\r\n');
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const colon = line.indexOf(':');
    headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
  }
  return { status: Number(statusLine.split(' ')[1]), headers };
}
