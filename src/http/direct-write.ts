/**
 * Writes to sockets past their streams. A stream allocates a request and a tick for each write, and looks up a dozen
 * objects of the socket, which the processor has forgotten since the last frame. That is a seventh of the CPU of a frame
 * to 1,000 viewers.
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
  // A socket that is destroyed is not writable: its number may be that of another file by now.
  if (descriptor === NO_DESCRIPTOR || !socket.writable || socket.writableLength > 0) {
    socket.write(bytes);
    return;
  }
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
