/** A bare TCP connection to a server on this machine: sends any bytes, and leaves to its subclass how to read the answer. */
import { connect, type Socket } from 'node:net';

/** All connections read into one buffer, since a read is handled before the next begins: thousands of them allocate nothing. */
const READ_BUFFER = Buffer.allocUnsafeSlow(65_536);

export abstract class RawConnection {
  readonly socket: Socket;

  /** @param localAddress address of this machine to connect from: all of 127.0.0.0/8 is */
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
   * Takes the first `byteCount` bytes of a buffer that the next read overwrites.
   * @returns false to read nothing more until `socket.resume()`
   */
  protected abstract receive(buffer: Buffer, byteCount: number): boolean;
}
