/** What those who observe are told: the names and shapes. Who tells does not know who listens, if anybody does. */
import type { AsyncLocalStorage } from 'node:async_hooks';
import { type Channel, channel } from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ChangeSet, Outcome } from '../counters/counters.js';
import type { TallyError } from '../counters/errors.js';

/** One kind of note. Channels are the process's own: a note of one application reaches the observers of all in it. */
export class EventChannel<Payload extends object> {
  readonly #channel: Channel;

  constructor(name: string) {
    this.#channel = channel(`tallyboard:${name}`);
  }

  /** Whether somebody listens: ask before a note is made. A few nanoseconds. */
  get hasSubscribers(): boolean {
    return this.#channel.hasSubscribers;
  }

  publish(event: Payload): void {
    this.#channel.publish(event);
  }

  /**
   * Calls a listener with each note, before `tell` returns. It must not throw: nobody would catch that.
   * @returns what ends it
   */
  subscribe(listener: (event: Payload) => void): () => void {
    const onMessage = (message: unknown): void => listener(message as Payload);
    this.#channel.subscribe(onMessage);
    return () => this.#channel.unsubscribe(onMessage);
  }

  /** Tells, and does the work that the note is about. What `keep` has stored is there in all of it, however late. */
  runStores(event: Payload, callback: () => void): void {
    this.#channel.runStores(event, callback);
  }

  /**
   * Stores something for the work of each note.
   * @returns what ends it
   */
  bindStore<T>(store: AsyncLocalStorage<T>, transform: (event: Payload) => T): () => void {
    this.#channel.bindStore(store, (message) => transform(message as Payload));
    return () => void this.#channel.unbindStore(store);
  }
}

/** A request is about to be answered. */
export interface RequestStarted {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** Somebody was told no: over HTTP, at the upgrade, or on what could not be read as a request. */
export interface RequestRefused {
  readonly error: TallyError;
  /** Undefined when there was none that could be read. */
  readonly request: IncomingMessage | undefined;
  readonly requestId: string;
  readonly socket: Duplex | null;
}

/** A viewer came in. */
export interface ViewerConnected {
  /** The same object when it leaves. */
  readonly viewer: object;
  readonly dashboard: string;
  /** How it watches: `bare`, `v1`, `v1+totals`, `sse`, `sse+totals`. */
  readonly kind: string;
  /** What it came with. */
  readonly request: IncomingMessage;
}

/** A viewer is gone. */
export interface ViewerDisconnected extends Omit<ViewerConnected, 'request'> {
  /** What it was closed with by this side, else what it closed with. Undefined for a stream that its client has left. */
  readonly code: number | undefined;
  readonly reason: string;
}

/** Change sets that came together are durable, or refused. */
export interface ChangesApplied {
  readonly changeSets: readonly ChangeSet[];
  /** What each came to, in order. */
  readonly results: readonly (Outcome | TallyError)[];
  /** From when they were taken in. */
  readonly tookMs: number;
}

/** A group of change sets is durable. */
export interface GroupCommitted {
  readonly changeSets: number;
  /** From its sending to the disk until all of it was there. */
  readonly tookMs: number;
}

/** A frame reached all who watch: those that could not take it get the latest later. */
export interface FrameBroadcast {
  readonly dashboard: string;
  /** The newest that it shows. */
  readonly revision: number;
  /** Change sets that it carried. */
  readonly changes: number;
  /** Viewers that were visited, frames that were written to them, and their bytes. */
  readonly viewers: number;
  readonly frames: number;
  readonly bytes: number;
  /** Time of the loop, and from the first visit to the last. */
  readonly costMs: number;
  readonly tookMs: number;
  /** From the first change that it carried to the last visit. */
  readonly delayMs: number;
}

/** A connection that had said nothing yet was closed to make room for another. */
export interface PendingConnectionClosed {
  readonly socket: Duplex;
}

/** All that is told. */
export const events = {
  requestStarted: new EventChannel<RequestStarted>('request-started'),
  requestRefused: new EventChannel<RequestRefused>('request-refused'),
  viewerConnected: new EventChannel<ViewerConnected>('viewer-connected'),
  viewerDisconnected: new EventChannel<ViewerDisconnected>('viewer-disconnected'),
  pendingConnectionClosed: new EventChannel<PendingConnectionClosed>('pending-connection-closed'),
  changesApplied: new EventChannel<ChangesApplied>('changes-applied'),
  groupCommitted: new EventChannel<GroupCommitted>('group-committed'),
  frameBroadcast: new EventChannel<FrameBroadcast>('frame-broadcast'),
} as const;
