/** Watches by WebSocket with a ticket: in browsers a WebSocket carries no token. */
import { buildServiceUrl } from './urls.js';
import { RefusedError } from './errors.js';
import { requestJson } from './request.js';
import { type LiveConnection, type ConnectionListener, openWebSocket, type WebSocketClass } from './connection.js';

/** Where a ticket is to be had, and for what. */
interface TicketRequest {
  /** Base URL of the service. */
  readonly base: string | URL;
  readonly dashboard: string;
  /** The headers that carry the token. */
  readonly headers: Record<string, string>;
}

/** Watches with a ticket that is taken for this one connection, and kept nowhere. Where none is to be had, a stream can tell why. */
export function openWithTicket(
  Class: WebSocketClass,
  url: URL,
  listener: ConnectionListener,
  request: TicketRequest,
): LiveConnection {
  const controller = new AbortController();
  let socket: LiveConnection | undefined;
  const open = async (): Promise<void> => {
    try {
      const ticket = await requestTicket(request, controller.signal);
      if (!controller.signal.aborted) socket = openWebSocket(Class, url, listener, ticket);
    } catch (error) {
      if (controller.signal.aborted) return;
      const problem = error instanceof RefusedError ? error.problem : undefined;
      // Of anything else a stream can tell more. What a browser says of an address that it does not take may quote it.
      const final = problem?.status === 401 || problem?.status === 403;
      listener.onEnd({ reason: problem?.detail ?? 'no ticket is to be had', final, ...(problem && { problem }) });
    }
  };
  void open();
  return {
    close: () => {
      controller.abort();
      socket?.close();
    },
  };
}

async function requestTicket({ base, dashboard, headers }: TicketRequest, signal: AbortSignal): Promise<string> {
  const jsonHeaders = { ...headers, 'content-type': 'application/json' };
  const body = JSON.stringify({ dashboard });
  return (
    await requestJson<{ ticket: string }>(
      buildServiceUrl(base, 'tickets'),
      { signal },
      { method: 'POST', headers: jsonHeaders, body },
    )
  ).ticket;
}
