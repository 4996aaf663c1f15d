/** Requests and answers of the simulated network. */
import type { Life } from '../world/life.js';

export interface Request {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly origin: string;
  /** The process that sends it. */
  readonly client: Life;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** In place of the body: gets a function that takes the pieces of a stream, and one that ends it. */
  readonly stream?: (take: (bytes: Uint8Array) => void, end: () => void) => void;
  /** Called when the reader of a stream has gone. */
  readonly onGone?: () => void;
}

/** The part of a `Response` that the client reads. */
export class VirtualResponse {
  readonly status: number;
  readonly statusText = '';
  readonly headers: { get(name: string): string | null };
  readonly body: ReadableStream<Uint8Array> | null;
  readonly allHeaders: Readonly<Record<string, string>>;
  readonly #text: string;

  constructor({ status, headers, body, stream, onGone }: Answer, signal?: AbortSignal) {
    this.status = status;
    this.allHeaders = headers;
    this.headers = { get: (name) => headers[name.toLowerCase()] ?? null };
    this.#text = body;
    this.body = stream ? createBody(stream, onGone, signal) : null;
  }

  get ok(): boolean {
    return this.status >= 200 && this.status < 300;
  }

  async text(): Promise<string> {
    return this.#text;
  }

  async dump(): Promise<void> {}

  async json(): Promise<unknown> {
    return JSON.parse(this.#text);
  }
}

function createBody(
  stream: NonNullable<Answer['stream']>,
  onGone: (() => void) | undefined,
  signal: AbortSignal | undefined,
): ReadableStream<Uint8Array> {
  let isOpen = true;
  return new ReadableStream<Uint8Array>({
    start(controller) {
      const close = (finish: () => void): void => {
        if (isOpen) finish();
        isOpen = false;
      };
      signal?.addEventListener('abort', () =>
        close(() => {
          controller.error(signal.reason);
          onGone?.();
        }),
      );
      stream(
        (bytes) => isOpen && controller.enqueue(bytes),
        () => close(() => controller.close()),
      );
    },
    cancel() {
      isOpen = false;
      onGone?.();
    },
  });
}
