/** Writes what happens into the log: refusals, viewers that come and go, and with LOG_LEVEL=debug every request. */
import { AsyncResource } from 'node:async_hooks';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { whoOf } from '../auth/authorizer.js';
import { ClientAddress } from '../auth/client-address.js';
import { CATALOGUE } from '../counters/error-catalog.js';
import type { ErrorCode } from '../counters/errors.js';
import { CLOSE_CODES } from '../protocol/live-messages.js';
import { requestIdOf } from '../http/request-id.js';
import {
  type PendingConnectionClosed,
  type RequestRefused,
  type RequestStarted,
  events,
  type ViewerConnected,
  type ViewerDisconnected,
} from '../telemetry/events.js';
import { isProbe, pathOf } from './request-path.js';
import { FloodGate } from './log-throttle.js';
import { type Fields, type Level, Log } from './logger.js';

/** Close codes that are told apart: a client may make up others. */
const KNOWN_CODES: ReadonlySet<number | undefined> = new Set([
  undefined,
  1_000,
  1_005,
  1_006,
  ...Object.values(CLOSE_CODES).map(({ code }) => code),
]);
const OUR_REASONS: ReadonlySet<string> = new Set(Object.values(CLOSE_CODES).map(({ reason }) => reason));

/** What the log says of a viewer when it leaves: nothing of it is known any more then. */
interface Opened {
  readonly fields: Fields;
  readonly sinceMs: number;
}

/** Of what a client sends, only method, path and request id are written: headers, queries and bodies may hold secrets. */
@Injectable()
export class EventLog implements OnModuleInit, OnApplicationShutdown {
  readonly #gate = new FloodGate();
  readonly #viewers = new Map<object, Opened>();
  readonly #endings: (() => void)[] = [];

  constructor(
    @Inject(Log) private readonly log: Log,
    @Inject(ClientAddress) private readonly address: ClientAddress,
  ) {}

  onModuleInit(): void {
    this.#endings.push(events.requestRefused.subscribe((refused) => this.#refused(refused)));
    if (this.log.isWriting('warn')) {
      const onDropped = ({ socket }: PendingConnectionClosed): void =>
        this.#write('warn', 'Limits', 'connection without a request closed', undefined, remoteAddressOf(socket));
      this.#endings.push(events.pendingConnectionClosed.subscribe(onDropped));
    }
    if (this.log.isWriting('info')) {
      this.#endings.push(events.viewerConnected.subscribe((entered) => this.#entered(entered)));
      this.#endings.push(events.viewerDisconnected.subscribe((left) => this.#left(left)));
    }
    if (this.log.isWriting('debug')) {
      this.#endings.push(events.requestStarted.subscribe((requested) => this.#requested(requested)));
    }
  }

  onApplicationShutdown(): void {
    for (const end of this.#endings.splice(0)) end();
    this.#gate.tellLeftOut();
  }

  #refused({ error, request, requestId, socket }: RequestRefused): void {
    const { code, cause } = error;
    const fields = {
      code,
      status: error.fault.status,
      ...(request ? { ...requestFields(request), ...this.#addressOf(request) } : remoteAddressOf(socket)),
      requestId,
      // What went wrong inside; the words of a refusal may quote what the client has sent.
      ...(cause !== undefined && { error: cause }),
    };
    this.#write(levelOf(code), 'Refusals', 'refused', code, fields);
  }

  #entered({ viewer, dashboard, kind, request }: ViewerConnected): void {
    const who = whoOf(request);
    const fields = {
      dashboard,
      kind,
      ...this.#addressOf(request),
      ...(who !== undefined && { who }),
      requestId: requestIdOf(request),
    };
    this.#viewers.set(viewer, { fields, sinceMs: performance.now() });
    this.#write('info', 'Viewers', 'viewer opened', undefined, fields);
  }

  #left({ viewer, code, reason }: ViewerDisconnected): void {
    const opened = this.#viewers.get(viewer);
    this.#viewers.delete(viewer);
    if (!opened) return;
    const lastedMs = Math.round(performance.now() - opened.sinceMs);
    const isOurs = OUR_REASONS.has(reason);
    const closed = { ...(code !== undefined && { code }), ...(isOurs && { reason }), lastedMs };
    this.#write('info', 'Viewers', 'viewer closed', KNOWN_CODES.has(code) ? code : 'other', {
      ...opened.fields,
      ...closed,
    });
  }

  /** Refusals have a line of their own, streams those of their viewers. */
  #requested({ request, response }: RequestStarted): void {
    const startMs = performance.now();
    const onClose = (): void => {
      const fields = requestFields(request);
      if (response.statusCode >= 400 || isProbe(fields.path) || isStream(response)) return;
      this.log.write('debug', 'Requests', response.writableFinished ? 'answered' : 'left before the answer', {
        ...fields,
        ...this.#addressOf(request),
        status: response.statusCode,
        tookMs: Math.round((performance.now() - startMs) * 100) / 100,
        requestId: requestIdOf(request),
      });
    };
    // The line belongs to the trace of the request, and the connection to none.
    response.once('close', AsyncResource.bind(onClose));
  }

  #addressOf(request: IncomingMessage): { readonly address?: string } {
    const address = this.address.of(request);
    return address === '' ? {} : { address };
  }

  #write(level: Level, context: string, msg: string, reason: string | number | undefined, fields: Fields): void {
    const sayLeftOut = (leftOut: number): void =>
      this.log.write(level, context, `${msg}, and more of the same`, {
        ...(reason !== undefined && { code: reason }),
        leftOut,
      });
    if (this.#gate.admits(`${msg} ${reason}`, sayLeftOut)) this.log.write(level, context, msg, fields);
  }
}

/** A limit that was met, or a fault on this side, is worth a look; a client's own mistake is worth knowing of. */
function levelOf(code: ErrorCode): Level {
  const { status } = CATALOGUE[code];
  if (code === 'internal-error') return 'error';
  if (code === 'stopping') return 'info';
  return status >= 500 || status === 429 ? 'warn' : 'info';
}

function requestFields(request: IncomingMessage): { readonly method: string | undefined; readonly path: string } {
  return { method: request.method, path: pathOf(request) };
}

function remoteAddressOf(socket: Duplex | null): { readonly address?: string } {
  const address = socket && 'remoteAddress' in socket ? socket.remoteAddress : undefined;
  return typeof address === 'string' ? { address } : {};
}

function isStream(response: ServerResponse): boolean {
  return String(response.getHeader('Content-Type')).startsWith('text/event-stream');
}
