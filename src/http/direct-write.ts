/**
 * Writes to sockets past their streams. A stream allocates a request and a tick for each write, and looks up many
 * objects of the socket that the caches have lost since the last frame. With 1,000 viewers that is a seventh of the CPU
 * of a frame.
 */
import { writeSync } from 'node:fs';
import type { HttpSocket } from './http-socket.js';

/** The socket has to be written to through its stream: it encrypts, or the system has no descriptor for it. */
const NO_DESCRIPTOR = -1;

/** Returns what {@link writeDirectly} needs to know of a socket. It stays the same for the life of the socket. */
export function getDescriptor(socket: HttpSocket): number {
  return 'encrypted' in socket ? NO_DESCRIPTOR : (socket._handle?.fd ?? NO_DESCRIPTOR);
}

/**
 * Writes bytes in the order of all writes to the socket. They go straight to the kernel if nothing waits in the stream.
 * The stream gets what the kernel has no room for, and all bytes if the connection is broken: it reports the fault.
 * Bytes that are written directly are missing in `bytesWritten`, and do not put off a timeout of the socket.
 */
export function writeDirectly(socket: HttpSocket, descriptor: number, bytes: Buffer): void {
  if (canWriteDirectly(socket, descriptor)) writeNow(socket, descriptor, bytes);
  else socket.write(bytes);
}

/**
 * Writes to many sockets as {@link writeDirectly} does, after all of them have been looked at. What is not in the
 * caches is then fetched for several sockets at a time, since no system call comes between them. A frame to 1,000
 * viewers costs 3 % less.
 *
 * Nothing else may run between `add` and `flush`. A socket may be added once.
 */
export class WriteBatch {
  #sockets: HttpSocket[] = [];
  #descriptors: number[] = [];
  #bytes: Buffer[] = [];

  add(socket: HttpSocket, descriptor: number, bytes: Buffer): void {
    if (!canWriteDirectly(socket, descriptor)) {
      socket.write(bytes);
      return;
    }
    this.#sockets.push(socket);
    this.#descriptors.push(descriptor);
    this.#bytes.push(bytes);
  }

  flush(): void {
    const [sockets, descriptors, bytes] = [this.#sockets, this.#descriptors, this.#bytes];
    [this.#sockets, this.#descriptors, this.#bytes] = [[], [], []];
    for (let i = 0; i < sockets.length; i += 1)
      writeNow(sockets[i] as HttpSocket, descriptors[i] as number, bytes[i] as Buffer);
  }
}

/** A socket that is destroyed is not writable: its number may be that of another file by now. */
function canWriteDirectly(socket: HttpSocket, descriptor: number): boolean {
  return descriptor !== NO_DESCRIPTOR && socket.writable && socket.writableLength === 0;
}

function writeNow(socket: HttpSocket, descriptor: number, bytes: Buffer): void {
  const written = tryWrite(descriptor, bytes);
  if (written < bytes.length) socket.write(bytes.subarray(written));
}

/** @returns the number of bytes that the kernel has taken; 0 if it refused */
function tryWrite(descriptor: number, bytes: Buffer): number {
  try {
    return writeSync(descriptor, bytes);
  } catch {
    return 0;
  }
}
