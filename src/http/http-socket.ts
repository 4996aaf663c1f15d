/** The socket of an HTTP connection, with fields that Node keeps on it and does not document. */
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

export interface HttpSocket extends Socket {
  /** The response that is under way: from the head of its request until its last byte is with the kernel. */
  _httpMessage?: ServerResponse | null;
  /** True while Node reads nothing from the socket, because the client does not take its responses. */
  _paused?: boolean;
  /** Node's HTTP parser. It has to be resumed apart from the socket. */
  parser?: { readonly resume: () => void } | null;
  /**
   * libuv's stream. `writeQueueSize` is the number of bytes that the kernel has not taken yet. Windows has no `fd`: it
   * is -1 there.
   */
  _handle?: { readonly writeQueueSize?: number; readonly fd?: number } | null;
}
