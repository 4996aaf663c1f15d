/** A bare keep-alive socket to a server: one request at a time. */
import net from 'node:net';

const END_OF_HEAD = '\r\n\r\n';
/** All sockets read into one buffer: a read is handled before the next begins. */
const READ_BUFFER = Buffer.allocUnsafeSlow(65_536);

export class Connection {
  onAnswer: (answer: string) => void = () => {};
  readonly #socket: net.Socket;
  #read = '';

  constructor(port: number, onLost: () => void) {
    const callback = (bytes: number): boolean => {
      this.#take(READ_BUFFER.toString('latin1', 0, bytes));
      return true;
    };
    this.#socket = net.connect({ port, host: '127.0.0.1', noDelay: true, onread: { buffer: READ_BUFFER, callback } });
    this.#socket.on('error', () => this.#socket.destroy());
    this.#socket.once('close', onLost);
  }

  send(request: Buffer | string): void {
    this.#socket.write(request);
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(text: string): void {
    this.#read = this.#read === '' ? text : this.#read + text;
    const head = this.#read.indexOf(END_OF_HEAD);
    if (head < 0) return;
    const length = Number(/\r\ncontent-length: *(\d+)/i.exec(this.#read)?.[1]);
    if (this.#read.length < head + END_OF_HEAD.length + length) return;
    const answer = this.#read;
    this.#read = '';
    this.onAnswer(answer);
  }
}
