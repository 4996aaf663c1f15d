/** A bare TCP connection to a server on this machine. It sends any bytes; subclasses parse the response. */
import { connect, type Socket } from 'node:net';

/**
 * Read buffer shared by all connections, so that thousands of them allocate nothing. Safe because each read is handled
 * before the next begins.
 */
const READ_BUFFER = Buffer.allocUnsafeSlow(65_536);

export abstract class RawConnection {
  readonly socket: Socket;

  /** @param localAddress source address of the connection; any address in 127.0.0.0/8 works */
  constructor(port: number, localAddress?: string) {
    const callback = (byteCount: number): boolean => this.receive(READ_BUFFER, byteCount);
    this.socket = connect({
      port,
      host: '127.0.0.1',
      noDelay: true,
      onread: { buffer: READ_BUFFER, callback },
      ...(localAddress !== undefined && { localAddress }),
    });
    this.socket.on('error', () => this.socket.destroy());
  }

  send(bytes: Buffer | string): void {
    this.socket.write(bytes);
  }

  close(): void {
    this.socket.destroy();
  }

  /**
   * Handles the first `byteCount` bytes of the buffer, which the next read overwrites.
   * @returns false to pause reading until `socket.resume()`
   */
  protected abstract receive(buffer: Buffer, byteCount: number): boolean;
}
