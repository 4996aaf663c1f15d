/**
 * Diagnostics events and their payloads, over `node:diagnostics_channel`. Publishers do not know their subscribers.
 * Log, metrics and traces subscribe.
 */
import type { AsyncLocalStorage } from 'node:async_hooks';
import { type Channel, channel } from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ChangeSet, Outcome } from '../counters/counters.js';
import type { TallyError } from '../counters/errors.js';

/**
 * A typed diagnostics channel. Channels belong to the process: an event of one application reaches the subscribers of
 * every application in it.
 */
export class EventChannel<Payload extends object> {
  readonly #channel: Channel;

  /** @param name the channel is `tallyboard:<name>` */
  constructor(name: string) {
    this.#channel = channel(`tallyboard:${name}`);
  }

  /** Check this before building a payload. Costs a few nanoseconds. */
  get hasSubscribers(): boolean {
    return this.#channel.hasSubscribers;
  }

  /** Calls every subscriber, in the order in which they subscribed, before it returns. */
  publish(event: Payload): void {
    this.#channel.publish(event);
  }

  /**
   * Calls `listener` with each event. The listener must not throw: Node rethrows its error as an uncaught exception.
   * @returns a function that unsubscribes
   */
  subscribe(listener: (event: Payload) => void): () => void {
    const onMessage = (message: unknown): void => listener(message as Payload);
    this.#channel.subscribe(onMessage);
    return () => this.#channel.unsubscribe(onMessage);
  }

  /** Publishes the event and calls `callback` in the async context of the bound stores. */
  runStores(event: Payload, callback: () => void): void {
    this.#channel.runStores(event, callback);
  }

  /**
   * Binds a store: everything that `runStores` calls, however late, sees the value that `transform` makes of the event.
   * @returns a function that unbinds
   */
  bindStore<T>(store: AsyncLocalStorage<T>, transform: (event: Payload) => T): () => void {
    this.#channel.bindStore(store, (message) => transform(message as Payload));
    return () => void this.#channel.unbindStore(store);
  }
}

/** An HTTP request has arrived and is about to be handled. */
export interface RequestStarted {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** A request was refused: by a route, at the upgrade, or because it could not be parsed. */
export interface RequestRefused {
  readonly error: TallyError;
  /** Undefined if the request could not be parsed. */
  readonly request: IncomingMessage | undefined;
  readonly requestId: string;
  readonly socket: Duplex | null;
}

export interface ViewerConnected {
  /** The same object in `ViewerDisconnected`. */
  readonly viewer: object;
  readonly dashboard: string;
  /** `bare`, `v1`, `v1+totals`, `sse`, `sse+totals` or `ledger`. */
  readonly kind: string;
  /** The upgrade, or the request for the event stream. */
  readonly request: IncomingMessage;
}

export interface ViewerDisconnected extends Omit<ViewerConnected, 'request'> {
  /**
   * The close code that this side sent, else the code that arrived. Undefined for an event stream that its client left.
   */
  readonly code: number | undefined;
  readonly reason: string;
}

/** Change sets that arrived together have been applied and are durable, or were refused. */
export interface ChangesApplied {
  readonly changeSets: readonly ChangeSet[];
  /** One result for each change set, in the same order. */
  readonly results: readonly (Outcome | TallyError)[];
  /** Milliseconds since they arrived. */
  readonly tookMs: number;
}

/** The store has committed a group of change sets. */
export interface GroupCommitted {
  readonly changeSets: number;
  /** Milliseconds from handing the group to the store until it was durable. */
  readonly tookMs: number;
}

/** A frame was broadcast. Viewers that were busy get the latest state later. */
export interface FrameBroadcast {
  readonly dashboard: string;
  readonly revision: number;
  /** Change sets that the frame combines. */
  readonly changes: number;
  /** Viewers visited. */
  readonly viewers: number;
  /** Frames written, and their bytes. */
  readonly frames: number;
  readonly bytes: number;
  /** Milliseconds of event-loop time. */
  readonly costMs: number;
  /** Milliseconds from the first viewer to the last. */
  readonly tookMs: number;
  /** Milliseconds from the first change that the frame combines to the last viewer. */
  readonly delayMs: number;
}

export const DROP_REASONS = ['pending', 'idle', 'stalled'] as const;

/** The service closed a connection. */
export interface ConnectionDropped {
  readonly socket: Duplex;
  /**
   * `pending`: without a complete request, to make room for another. `idle`: between two requests, likewise. `stalled`:
   * the client did not take its response.
   */
  readonly reason: (typeof DROP_REASONS)[number];
}

/** The server could not accept a connection. */
export interface AcceptFailed {
  readonly error: NodeJS.ErrnoException;
}

export const events = {
  requestStarted: new EventChannel<RequestStarted>('request-started'),
  requestRefused: new EventChannel<RequestRefused>('request-refused'),
  viewerConnected: new EventChannel<ViewerConnected>('viewer-connected'),
  viewerDisconnected: new EventChannel<ViewerDisconnected>('viewer-disconnected'),
  connectionDropped: new EventChannel<ConnectionDropped>('connection-dropped'),
  acceptFailed: new EventChannel<AcceptFailed>('accept-failed'),
  changesApplied: new EventChannel<ChangesApplied>('changes-applied'),
  groupCommitted: new EventChannel<GroupCommitted>('group-committed'),
  frameBroadcast: new EventChannel<FrameBroadcast>('frame-broadcast'),
} as const;
