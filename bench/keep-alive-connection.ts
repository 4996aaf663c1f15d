/** A keep-alive HTTP connection on a bare socket, with one request in flight at a time. */
import { RawConnection } from '../test/harness/raw-connection.js';

const HEAD_END = '\r\n\r\n';

export class KeepAliveConnection extends RawConnection {
  onResponse: (response: string) => void = () => {};
  #received = '';

  constructor(port: number, onClose: () => void) {
    super(port);
    this.socket.once('close', onClose);
  }

  protected override receive(buffer: Buffer, byteCount: number): boolean {
    const text = buffer.toString('latin1', 0, byteCount);
    this.#received = this.#received === '' ? text : this.#received + text;
    const head = this.#received.indexOf(HEAD_END);
    if (head < 0) return true;
    const length = Number(/\r\ncontent-length: *(\d+)/i.exec(this.#received)?.[1]);
    if (this.#received.length < head + HEAD_END.length + length) return true;
    const response = this.#received;
    this.#received = '';
    this.onResponse(response);
    return true;
  }
}
