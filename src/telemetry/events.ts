/** What those who observe are told: the names and shapes. Who tells does not know who listens, if anybody does. */
import type { AsyncLocalStorage } from 'node:async_hooks';
import { type Channel, channel } from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ChangeSet, Outcome } from '../counters/counters.js';
import type { TallyError } from '../counters/errors.js';

/** One kind of note. Channels are the process's own: a note of one application reaches the observers of all in it. */
export class Telling<Note extends object> {
  readonly #channel: Channel;

  constructor(name: string) {
    this.#channel = channel(`tallyboard:${name}`);
  }

  /** Whether somebody listens: ask before a note is made. A few nanoseconds. */
  get isHeard(): boolean {
    return this.#channel.hasSubscribers;
  }

  tell(note: Note): void {
    this.#channel.publish(note);
  }

  /**
   * Calls a listener with each note, before `tell` returns. It must not throw: nobody would catch that.
   * @returns what ends it
   */
  hear(listener: (note: Note) => void): () => void {
    const onNote = (note: unknown): void => listener(note as Note);
    this.#channel.subscribe(onNote);
    return () => this.#channel.unsubscribe(onNote);
  }

  /** Tells, and does the work that the note is about. What `keep` has stored is there in all of it, however late. */
  during(note: Note, work: () => void): void {
    this.#channel.runStores(note, work);
  }

  /**
   * Stores something for the work of each note.
   * @returns what ends it
   */
  keep<T>(store: AsyncLocalStorage<T>, valueOf: (note: Note) => T): () => void {
    this.#channel.bindStore(store, (note) => valueOf(note as Note));
    return () => void this.#channel.unbindStore(store);
  }
}

/** A request is about to be answered. */
export interface Requested {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** Somebody was told no: over HTTP, at the upgrade, or on what could not be read as a request. */
export interface Refused {
  readonly error: TallyError;
  /** Undefined when there was none that could be read. */
  readonly request: IncomingMessage | undefined;
  readonly requestId: string;
  readonly socket: Duplex | null;
}

/** A viewer came in. */
export interface ViewerEntered {
  /** The same object when it leaves. */
  readonly viewer: object;
  readonly dashboard: string;
  /** How it watches: `bare`, `v1`, `v1+totals`, `sse`, `sse+totals`. */
  readonly kind: string;
  /** What it came with. */
  readonly request: IncomingMessage;
}

/** A viewer is gone. */
export interface ViewerLeft extends Omit<ViewerEntered, 'request'> {
  /** What it was closed with by this side, else what it closed with. Undefined for a stream that its client has left. */
  readonly code: number | undefined;
  readonly reason: string;
}

/** Change sets that came together are durable, or refused. */
export interface Applied {
  readonly changeSets: readonly ChangeSet[];
  /** What each came to, in order. */
  readonly results: readonly (Outcome | TallyError)[];
  /** From when they were taken in. */
  readonly tookMs: number;
}

/** A group of change sets is durable. */
export interface Committed {
  readonly changeSets: number;
  /** From its sending to the disk until all of it was there. */
  readonly tookMs: number;
}

/** A frame reached all who watch: those that could not take it get the latest later. */
export interface FannedOut {
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
export interface HandshakeDropped {
  readonly socket: Duplex;
}

/** All that is told. */
export const told = {
  requested: new Telling<Requested>('requested'),
  refused: new Telling<Refused>('refused'),
  viewerEntered: new Telling<ViewerEntered>('viewer-entered'),
  viewerLeft: new Telling<ViewerLeft>('viewer-left'),
  handshakeDropped: new Telling<HandshakeDropped>('handshake-dropped'),
  applied: new Telling<Applied>('applied'),
  committed: new Telling<Committed>('committed'),
  fannedOut: new Telling<FannedOut>('fanned-out'),
} as const;
