/** Opens WebSockets with tickets, since browsers cannot send a token when they open one. */
import { buildServiceUrl } from './urls.js';
import { RefusedError } from './errors.js';
import { requestJson } from './request.js';
import { type LiveConnection, type ConnectionListener, openWebSocket, type WebSocketClass } from './connection.js';

interface TicketRequest {
  readonly base: string | URL;
  readonly dashboard: string;
  readonly headers: Record<string, string>;
  readonly fetch?: typeof globalThis.fetch | undefined;
}

/**
 * Requests a ticket for this one connection and opens a WebSocket with it. If the service issues no ticket, the
 * connection ends, and a stream with the token in a header can find out why.
 */
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
      // Other errors are left to the stream. A browser's message about an invalid URL could quote the ticket.
      const final = problem?.status === 401 || problem?.status === 403;
      listener.onEnd({ reason: problem?.detail ?? 'cannot get a ticket', final, ...(problem && { problem }) });
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

async function requestTicket({ base, dashboard, headers, fetch }: TicketRequest, signal: AbortSignal): Promise<string> {
  const jsonHeaders = { ...headers, 'content-type': 'application/json' };
  const body = JSON.stringify({ dashboard });
  return (
    await requestJson<{ ticket: string }>(
      buildServiceUrl(base, 'tickets'),
      { signal, fetch },
      { method: 'POST', headers: jsonHeaders, body },
    )
  ).ticket;
}
