/**
 * One reader of the ledger, on a stream of server-sent events. It gets every entry once and in order, and never more
 * than one chunk ahead of what its socket takes:
 *
 *     reading --chunk read--> writing --socket has taken it--> reading
 *     reading --nothing more in the ledger--> waiting --signal of a change--> reading
 *     any --close, disconnect--> closed
 */
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Logger } from '@nestjs/common';
import type { LivenessClock } from '../../clock/liveness-clock.js';
import { errorMessage, TallyError } from '../../counters/errors.js';
import { encodeComment, RETRY_FIELD, toEventId } from '../../http/event-stream.js';
import { CLOSE_CODES } from '../../protocol/close-codes.js';
import type { LedgerChunk, LedgerFilter } from './ledger-chunks.js';
import type { LedgerPlace } from './ledger-place.js';
import type { CloseReason, LedgerSource } from './ledger-source.js';

/** Time that a client has to disconnect after the end of the stream, milliseconds. Then its socket is destroyed. */
const CLOSE_TIMEOUT_MS = 2_000;
/**
 * Time for which a reader may take nothing, milliseconds. A slow one takes a chunk now and then. One that is cut off
 * goes on from `Last-Event-ID`.
 */
const STALL_TIMEOUT_MS = 300_000;
/** Pause before a read is repeated that failed, or did not find what is known to be there, milliseconds. */
const RETRY_DELAY_MS = 250;
const HEARTBEAT = ': heartbeat\n';

const logger = new Logger('LedgerStream');

interface LedgerReader {
  readonly socket: Socket;
  readonly response: ServerResponse;
  readonly filter: LedgerFilter;
  readonly clock: LivenessClock;
  /** Time at which the right to read ends, milliseconds since the Unix epoch. */
  readonly expiresAtMs: number;
}

export class LedgerStream {
  readonly expiresAtMs: number;
  closeReason: CloseReason | undefined;
  #state: 'reading' | 'writing' | 'waiting' | 'closed' = 'reading';
  #place: LedgerPlace;
  /** Revision of the last id that was sent. */
  #sentRevision: number;
  #resume: (() => void) | undefined;
  /** Times of the last write and of the last sign of life, by the liveness clock. */
  #writtenMs: number;
  #lastSeenMs: number;

  constructor(
    private readonly source: LedgerSource,
    place: LedgerPlace,
    private readonly reader: LedgerReader,
  ) {
    this.#place = place;
    this.#sentRevision = place.revision;
    this.expiresAtMs = reader.expiresAtMs;
    this.#writtenMs = this.#lastSeenMs = reader.clock.now();
    reader.socket.write(RETRY_FIELD);
  }

  get dashboard(): string {
    return this.source.state.dashboard;
  }

  /** Sends entries until the stream is closed. Never rejects. */
  async run(): Promise<void> {
    let limit: number | undefined;
    while (!this.#isClosed) {
      const chunk = await this.#read(limit);
      if (this.#isClosed) return;
      if (!chunk) {
        await this.#wait(RETRY_DELAY_MS);
        continue;
      }
      limit = chunk.nextLimit;
      this.#place = chunk.place;
      if (chunk.bytes.length > 0) await this.#write(chunk.bytes);
      if (!chunk.isLast || this.#isClosed) continue;
      // Also if more has come since the read: the next one waits for its turn, and finds more.
      const isBehind = this.#place.revision < this.source.state.revision;
      const hasMissed = isBehind && chunk.bytes.length === 0;
      await this.#wait(hasMissed ? RETRY_DELAY_MS : undefined, isBehind && !hasMissed);
    }
  }

  /** Called about once a second. @param heartbeatMs longest time without bytes */
  check(heartbeatMs: number): void {
    const now = this.reader.clock.now();
    if (this.#state !== 'writing') this.#lastSeenMs = now;
    else if (now - this.#lastSeenMs >= STALL_TIMEOUT_MS) this.reader.socket.destroy();
    if (this.#state === 'waiting' && now - this.#writtenMs >= heartbeatMs) this.#sendHeartbeat();
  }

  /** Ends the stream. The client reconnects with `Last-Event-ID`. @param retryAfterMs delay that it is asked for */
  close(code: CloseReason, retryAfterMs?: number): void {
    if (this.#isClosed) return;
    this.closeReason = code;
    const { socket, response } = this.reader;
    // The rest of an event would be missing: the client drops the event if the stream ends within it.
    if (!this.#place.part) {
      if (retryAfterMs !== undefined) socket.write(`retry: ${retryAfterMs}\n`);
      socket.write(encodeComment(`${code.code} ${code.reason}`));
    }
    response.end();
    setTimeout(() => socket.destroy(), CLOSE_TIMEOUT_MS).unref();
    this.onClosed();
  }

  /** Stops the stream after its connection has ended. */
  onClosed(): void {
    this.#state = 'closed';
    this.#resume?.();
  }

  get #isClosed(): boolean {
    return this.#state === 'closed';
  }

  /** @returns undefined if the store cannot be read for the moment, or the stream was closed */
  async #read(limit: number | undefined): Promise<LedgerChunk | undefined> {
    this.#state = 'reading';
    try {
      return await this.source.chunks.read(this.#place, this.reader.filter, limit);
    } catch (error) {
      if (error instanceof TallyError && error.definition.retryAfterS !== undefined) return undefined;
      // The next request gets the reason as a problem.
      if (!(error instanceof TallyError)) logger.error(error);
      this.close({ code: CLOSE_CODES.goingAway.code, reason: errorMessage(error) });
      return undefined;
    }
  }

  async #write(bytes: Buffer): Promise<void> {
    const { socket, clock } = this.reader;
    this.#state = 'writing';
    this.#lastSeenMs = this.#writtenMs = clock.now();
    this.#sentRevision = this.#place.revision;
    await new Promise<void>((resolve) => socket.write(bytes, () => resolve()));
  }

  /**
   * Waits for a signal of the source.
   * @param timeoutMs longest wait
   * @param isBehind true to be signalled although nothing changes
   */
  async #wait(timeoutMs?: number, isBehind = false): Promise<void> {
    this.#state = 'waiting';
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#resume = resolve;
      this.source.onSignal(resolve);
      if (isBehind) this.source.notify();
      if (timeoutMs !== undefined) timer = setTimeout(resolve, timeoutMs);
    });
    clearTimeout(timer);
    if (this.#resume) this.source.offSignal(this.#resume);
    this.#resume = undefined;
  }

  /** A comment. Where a filter has passed over entries, an id without data moves the client's place after them. */
  #sendHeartbeat(): void {
    const { revision, part } = this.#place;
    if (part) return;
    const id = revision > this.#sentRevision ? `id: ${toEventId(this.source.chunks.epoch, revision)}\n` : '';
    this.#writtenMs = this.reader.clock.now();
    this.#sentRevision = revision;
    this.reader.socket.write(`${HEARTBEAT}${id}\n`);
  }
}
