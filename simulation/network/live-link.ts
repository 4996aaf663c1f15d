/**
 * A live connection: a socket at the server, and a receiver at the client. It is late, stands still while the client
 * reads nothing, and dies with or without a word.
 */
import type { EventEmitter } from 'node:events';
import type { Life } from '../world/life.js';
import type { World } from '../world/world.js';

/** Bytes that the operating systems hold while the client reads nothing, at some machines and at others. */
const KERNEL_BYTES = [0, 256, 2_048];

/** Time after which the system of the server gives up a connection that acknowledges nothing, milliseconds. */
const GIVE_UP_MS = 240_000;

interface Chunk {
  readonly bytes: Uint8Array;
  readonly onWritten: ((error?: Error) => void) | undefined;
}

/** What a link needs of the network. */
interface LinkNetwork {
  readonly world: World;
  readonly links: Set<LiveLink>;
  isCut(origin: string, client: Life): boolean;
  drawDelayMs(): number;
}

interface ClientEnd {
  onBytes(bytes: Uint8Array): void;
  /** The connection has ended, with an error or in order. */
  onEnd(isReset: boolean): void;
}

export interface ServerEnd {
  onEnd(): void;
}

/** The part of a `net.Socket` that viewers write to. */
export interface LinkSocket {
  readonly writableLength: number;
  write(bytes: Uint8Array, onWritten?: (error?: Error) => void): void;
  destroy(): void;
}

export class LiveLink {
  readonly world: World;
  /** The process that has accepted the connection. */
  server: Life | undefined;
  /** The WebSocket of the server, if it is one. */
  emitter: EventEmitter | undefined;
  #serverEnd: ServerEnd | undefined;
  #isOpen = true;
  /** Nothing gets through any more, and nobody is told. */
  #isDead = false;
  #stalledUntilMs = 0;
  readonly #waiting: Chunk[] = [];
  #waitingBytes = 0;
  /** Bytes that the operating systems hold. */
  #heldBytes = 0;
  /** Those of them that have not left the machine of the server, which is cut off. */
  #held: Uint8Array[] = [];
  readonly #queue: string;
  readonly #kernelBytes: number;

  constructor(
    private readonly network: LinkNetwork,
    readonly origin: string,
    readonly client: Life,
    private readonly clientEnd: ClientEnd,
  ) {
    this.world = network.world;
    this.#queue = `link ${this.world.draw(2 ** 31)}`;
    this.#kernelBytes = this.world.pick(KERNEL_BYTES);
    network.links.add(this);
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** True if what the server sends gets to the client at once. */
  get isPassing(): boolean {
    return this.#isOpen && !this.#isCut && this.server !== undefined && this.world.nowMs >= this.#stalledUntilMs;
  }

  /** Largest number of bytes that wait in the server. */
  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  readonly socket: LinkSocket = ((link) => ({
    get writableLength() {
      return link.waitingBytes;
    },
    write: (bytes, onWritten) => link.#write(bytes, onWritten),
    destroy: () => link.end(),
  }))(this);

  /** Connects the end of the server. Its process breaks the connection when it ends. */
  accept(server: Life, serverEnd: ServerEnd): void {
    this.server = server;
    this.#serverEnd = serverEnd;
    server.onEnd(() => this.#breakOff());
    this.client.onEnd(() => this.endByClient());
  }

  /** The client reads nothing until then. */
  stall(untilMs: number): void {
    this.#stalledUntilMs = Math.max(this.#stalledUntilMs, untilMs);
    this.world.schedule('link goes on', untilMs - this.world.nowMs, () => this.#pump(), this.world.outside);
  }

  /** The connection dies and nobody is told. The system of the server gives it up in the end. */
  die(): void {
    if (this.#isDead) return;
    this.#isDead = true;
    if (this.server) this.world.schedule('link is given up', GIVE_UP_MS, () => this.end(), this.server);
  }

  /** The server ends the connection. Its end is told at once, as a socket does it. */
  end(): void {
    if (this.#close() && !this.#isCut) this.toClient(() => this.clientEnd.onEnd(false));
    this.#tellServer(0);
  }

  /** The client ends the connection. */
  endByClient(): void {
    if (this.#isCut) this.die();
    else if (this.#close()) this.#tellServer(this.network.drawDelayMs());
  }

  /** Sends something from the client to the server. */
  toServer(run: () => void): void {
    if (this.#isCut || !this.server) return;
    const arrive = (): void => void (this.#isOpen && run());
    this.world.scheduleInOrder(`${this.#queue} up`, 'to server', this.network.drawDelayMs(), arrive, this.server);
  }

  /** Sends something from the server to the client. */
  toClient(run: () => void): void {
    const delayMs = Math.max(this.network.drawDelayMs(), this.#stalledUntilMs - this.world.nowMs);
    this.world.scheduleInOrder(`${this.#queue} down`, 'to client', delayMs, run, this.client);
  }

  /** As {@link toClient}, unless nothing gets through. */
  reply(run: () => void): void {
    if (this.#isOpen && !this.#isCut) this.toClient(run);
  }

  get #isCut(): boolean {
    return this.#isDead || this.network.isCut(this.origin, this.client);
  }

  #close(): boolean {
    if (!this.#isOpen) return false;
    this.#isOpen = false;
    this.network.links.delete(this);
    return true;
  }

  /** The process of the server has ended: its machine resets the connection, unless that is gone too. */
  #breakOff(): void {
    if (!this.#close() || this.#isCut) return;
    this.toClient(() => this.clientEnd.onEnd(true));
  }

  #tellServer(delayMs: number): void {
    const { server } = this;
    if (!server) return;
    const tell = (): void => {
      const end = this.#serverEnd;
      this.#serverEnd = undefined;
      for (const { onWritten } of this.#waiting.splice(0)) onWritten?.(new Error('the connection has ended'));
      end?.onEnd();
    };
    this.world.schedule('link ends', delayMs, tell, server);
  }

  #write(bytes: Uint8Array, onWritten?: (error?: Error) => void): void {
    if (!this.#isOpen) {
      onWritten?.(new Error('the connection has ended'));
      return;
    }
    // Frames are shared by all viewers, and are not written to once they are encoded.
    this.#waiting.push({ bytes, onWritten });
    this.#waitingBytes += bytes.length;
    this.#pump();
  }

  #pump(): void {
    const isStanding = this.#isCut || this.world.nowMs < this.#stalledUntilMs;
    if (!isStanding) this.#heldBytes = 0;
    if (!this.#isCut) for (const bytes of this.#held.splice(0)) this.#deliver(bytes);
    for (;;) {
      const chunk = this.#waiting[0];
      if (!chunk || !this.#isOpen) return;
      if (isStanding && this.#heldBytes + chunk.bytes.length > this.#kernelBytes) return this.#pumpLater();
      this.#waiting.shift();
      this.#waitingBytes -= chunk.bytes.length;
      if (isStanding) this.#heldBytes += chunk.bytes.length;
      if (this.#isCut) this.#hold(chunk.bytes);
      else this.#deliver(chunk.bytes);
      const { onWritten } = chunk;
      if (onWritten && this.server) this.world.schedule('written', 0, () => onWritten(), this.server);
    }
  }

  #hold(bytes: Uint8Array): void {
    if (this.#held.length === 0) this.#pumpLater();
    this.#held.push(bytes);
  }

  #deliver(bytes: Uint8Array): void {
    if (bytes.length > 0) this.toClient(() => this.#isOpen && this.clientEnd.onBytes(bytes));
  }

  /** A host that is cut off is reached again in the end. */
  #pumpLater(): void {
    if (this.#isDead || this.world.nowMs < this.#stalledUntilMs) return;
    this.world.schedule('link goes on', 500, () => this.#pump(), this.world.outside);
  }
}
