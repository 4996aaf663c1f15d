/** Logs refusals, connecting and disconnecting viewers and, with LOG_LEVEL=debug, every request. */
import { AsyncResource } from 'node:async_hooks';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { getActorName } from '../auth/authorizer.js';
import { ClientAddress } from '../auth/client-address.js';
import { ERROR_CATALOG } from '../counters/error-catalog.js';
import type { ErrorCode } from '../counters/errors.js';
import { CLOSE_CODES } from '../protocol/close-codes.js';
import { getRequestId } from '../http/request-id.js';
import {
  type ConnectionDropped,
  type HookEventHandled,
  type RequestRefused,
  type RequestStarted,
  events,
  type ViewerConnected,
  type ViewerDisconnected,
} from '../telemetry/events.js';
import { isProbePath, getRequestPath } from './request-path.js';
import { LogThrottle } from './log-throttle.js';
import { type LogFields, type LogLevel, AppLogger } from './logger.js';

/** Close codes that are logged as they are. Clients may send any other code. */
const KNOWN_CLOSE_CODES: ReadonlySet<number | undefined> = new Set([
  undefined,
  1_000,
  1_005,
  1_006,
  ...Object.values(CLOSE_CODES).map(({ code }) => code),
]);
const KNOWN_CLOSE_REASONS: ReadonlySet<string> = new Set(Object.values(CLOSE_CODES).map(({ reason }) => reason));

/** Log fields of a connected viewer, kept for the line when it disconnects. */
interface ConnectedViewer {
  readonly fields: LogFields;
  readonly connectedAtMs: number;
}

/** Logs only method, path and request id of what a client sends: headers, queries and bodies may contain secrets. */
@Injectable()
export class EventLog implements OnModuleInit, OnApplicationShutdown {
  readonly #throttle = new LogThrottle();
  readonly #viewers = new Map<object, ConnectedViewer>();
  readonly #unsubscribes: (() => void)[] = [];

  constructor(
    private readonly log: AppLogger,
    private readonly address: ClientAddress,
  ) {}

  onModuleInit(): void {
    this.#unsubscribes.push(events.requestRefused.subscribe((refused) => this.#logRefusal(refused)));
    if (this.log.isLevelEnabled('warn')) {
      const logDropped = ({ socket, reason }: ConnectionDropped): void =>
        this.#write('warn', 'Limits', `${reason} connection closed`, undefined, toRemoteAddressField(socket));
      this.#unsubscribes.push(events.connectionDropped.subscribe(logDropped));
      this.#unsubscribes.push(events.hookEventHandled.subscribe((handled) => this.#logRefusedEvent(handled)));
    }
    if (this.log.isLevelEnabled('info')) {
      this.#unsubscribes.push(events.viewerConnected.subscribe((entered) => this.#logConnected(entered)));
      this.#unsubscribes.push(events.viewerDisconnected.subscribe((left) => this.#logDisconnected(left)));
    }
    if (this.log.isLevelEnabled('debug')) {
      this.#unsubscribes.push(events.requestStarted.subscribe((requested) => this.#logRequest(requested)));
    }
  }

  onApplicationShutdown(): void {
    for (const end of this.#unsubscribes.splice(0)) end();
    this.#throttle.flush();
  }

  #logRefusal({ error, request, requestId, socket }: RequestRefused): void {
    const { code, cause } = error;
    const fields = {
      code,
      status: error.definition.status,
      ...(request ? { ...toRequestFields(request), ...this.#toAddressField(request) } : toRemoteAddressField(socket)),
      requestId,
      // The cause of an internal error. Not the message: it may quote what the client has sent.
      ...(cause !== undefined && { error: cause }),
    };
    this.#write(chooseLevel(code), 'Refusals', 'request refused', code, fields);
  }

  /** Such an event is lost: its provider has got a 200, and does not send it again. */
  #logRefusedEvent({ hook, outcome, key, detail }: HookEventHandled): void {
    if (outcome === 'refused') this.#write('warn', 'Hooks', 'hook event refused', hook, { hook, key, detail });
  }

  #logConnected({ viewer, dashboard, kind, request }: ViewerConnected): void {
    const who = getActorName(request);
    const fields = {
      dashboard,
      kind,
      ...this.#toAddressField(request),
      ...(who !== undefined && { who }),
      requestId: getRequestId(request),
    };
    this.#viewers.set(viewer, { fields, connectedAtMs: performance.now() });
    this.#write('info', 'Viewers', 'viewer connected', undefined, fields);
  }

  #logDisconnected({ viewer, code, reason }: ViewerDisconnected): void {
    const connected = this.#viewers.get(viewer);
    this.#viewers.delete(viewer);
    if (!connected) return;
    const lastedMs = Math.round(performance.now() - connected.connectedAtMs);
    const isKnownReason = KNOWN_CLOSE_REASONS.has(reason);
    const closed = { ...(code !== undefined && { code }), ...(isKnownReason && { reason }), lastedMs };
    this.#write('info', 'Viewers', 'viewer disconnected', KNOWN_CLOSE_CODES.has(code) ? code : 'other', {
      ...connected.fields,
      ...closed,
    });
  }

  /** Logs a completed request. Refusals and streams have their own lines. */
  #logRequest({ request, response }: RequestStarted): void {
    const startMs = performance.now();
    const onClose = (): void => {
      const fields = toRequestFields(request);
      if (response.statusCode >= 400 || isProbePath(fields.path) || isEventStream(response)) return;
      this.log.write(
        'debug',
        'Requests',
        response.writableFinished ? 'request completed' : 'client disconnected before the response',
        {
          ...fields,
          ...this.#toAddressField(request),
          status: response.statusCode,
          tookMs: Math.round((performance.now() - startMs) * 100) / 100,
          requestId: getRequestId(request),
        },
      );
    };
    // Keeps the trace of the request, which the event of the connection does not have.
    response.once('close', AsyncResource.bind(onClose));
  }

  #toAddressField(request: IncomingMessage): { readonly address?: string } {
    const address = this.address.getAddress(request);
    return address === '' ? {} : { address };
  }

  #write(level: LogLevel, context: string, msg: string, reason: string | number | undefined, fields: LogFields): void {
    const logSuppressed = (leftOut: number): void =>
      this.log.write(level, context, `${msg}: more lines suppressed`, {
        ...(reason !== undefined && { code: reason }),
        leftOut,
      });
    if (this.#throttle.shouldLog(`${msg} ${reason}`, logSuppressed)) this.log.write(level, context, msg, fields);
  }
}

/** Limits and server faults are warnings; mistakes of clients are informational. */
function chooseLevel(code: ErrorCode): LogLevel {
  const { status } = ERROR_CATALOG[code];
  if (code === 'internal-error') return 'error';
  if (code === 'stopping') return 'info';
  return status >= 500 || status === 429 ? 'warn' : 'info';
}

function toRequestFields(request: IncomingMessage): { readonly method: string | undefined; readonly path: string } {
  return { method: request.method, path: getRequestPath(request) };
}

function toRemoteAddressField(socket: Duplex | null): { readonly address?: string } {
  const address = socket && 'remoteAddress' in socket ? socket.remoteAddress : undefined;
  return typeof address === 'string' ? { address } : {};
}

function isEventStream(response: ServerResponse): boolean {
  return String(response.getHeader('Content-Type')).startsWith('text/event-stream');
}
