/** A bare keep-alive socket to a server: one request at a time. */
import net from 'node:net';

const HEAD_END = '\r\n\r\n';
/** All sockets read into one buffer: a read is handled before the next begins. */
const READ_BUFFER = Buffer.allocUnsafeSlow(65_536);

export class KeepAliveConnection {
  onResponse: (answer: string) => void = () => {};
  readonly #socket: net.Socket;
  #received = '';

  constructor(port: number, onClose: () => void) {
    const callback = (bytes: number): boolean => {
      this.#receive(READ_BUFFER.toString('latin1', 0, bytes));
      return true;
    };
    this.#socket = net.connect({ port, host: '127.0.0.1', noDelay: true, onread: { buffer: READ_BUFFER, callback } });
    this.#socket.on('error', () => this.#socket.destroy());
    this.#socket.once('close', onClose);
  }

  send(request: Buffer | string): void {
    this.#socket.write(request);
  }

  close(): void {
    this.#socket.destroy();
  }

  #receive(text: string): void {
    this.#received = this.#received === '' ? text : this.#received + text;
    const head = this.#received.indexOf(HEAD_END);
    if (head < 0) return;
    const length = Number(/\r\ncontent-length: *(\d+)/i.exec(this.#received)?.[1]);
    if (this.#received.length < head + HEAD_END.length + length) return;
    const answer = this.#received;
    this.#received = '';
    this.onResponse(answer);
  }
}
