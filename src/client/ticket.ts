/** Watches by WebSocket with a ticket: in browsers a WebSocket carries no token. */
import { serviceUrl } from './urls.js';
import { RefusedError } from './errors.js';
import { read } from './request.js';
import { type Connection, type Listener, openSocket, type SocketClass } from './connection.js';

/** Where a ticket is to be had, and for what. */
export interface Booth {
  /** Base URL of the service. */
  readonly base: string | URL;
  readonly dashboard: string;
  /** The headers that carry the token. */
  readonly headers: Record<string, string>;
}

/** Watches with a ticket that is taken for this one connection, and kept nowhere. Where none is to be had, a stream can tell why. */
export function openWithTicket(Class: SocketClass, url: URL, listener: Listener, booth: Booth): Connection {
  const cut = new AbortController();
  let socket: Connection | undefined;
  const open = async (): Promise<void> => {
    try {
      const ticket = await takeTicket(booth, cut.signal);
      if (!cut.signal.aborted) socket = openSocket(Class, url, listener, ticket);
    } catch (error) {
      if (cut.signal.aborted) return;
      const problem = error instanceof RefusedError ? error.problem : undefined;
      // Of anything else a stream can tell more. What a browser says of an address that it does not take may quote it.
      const final = problem?.status === 401 || problem?.status === 403;
      listener.ended({ reason: problem?.detail ?? 'no ticket is to be had', final, ...(problem && { problem }) });
    }
  };
  void open();
  return {
    close: () => {
      cut.abort();
      socket?.close();
    },
  };
}

async function takeTicket({ base, dashboard, headers }: Booth, signal: AbortSignal): Promise<string> {
  const json = { ...headers, 'content-type': 'application/json' };
  const body = JSON.stringify({ dashboard });
  return (
    await read<{ ticket: string }>(serviceUrl(base, 'tickets'), { signal }, { method: 'POST', headers: json, body })
  ).ticket;
}
