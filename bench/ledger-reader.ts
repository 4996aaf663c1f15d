/** A reader of the ledger stream of `main`, on a bare socket: it records when each entry arrives, and any gap. */
import { formatRequest } from '../test/harness/http-text.js';
import { RawConnection } from '../test/harness/raw-connection.js';
import { nowMs } from './server.js';

const ID = /\nid: [^:\n]+:(\d+)\n/g;

export class LedgerReader extends RawConnection {
  fault: string | undefined;
  /** When each entry arrived, by revision. */
  readonly arrivedAtMs = new Map<number, number>();
  /** Revision of the last entry. */
  revision = 0;
  #rest = '';

  constructor(port: number) {
    super(port);
    const headers = { Host: '127.0.0.1', Accept: 'text/event-stream' };
    this.send(formatRequest('GET /dashboards/main/changes', headers));
  }

  protected override receive(buffer: Buffer, byteCount: number): boolean {
    const text = this.#rest + buffer.toString('latin1', 0, byteCount);
    const end = text.lastIndexOf('\n\n') + 1;
    this.#rest = text.slice(end);
    const at = nowMs();
    for (const [, id] of text.slice(0, end).matchAll(ID)) {
      const revision = Number(id);
      if (revision !== this.revision + 1) this.fault ??= `entry ${revision} came after ${this.revision}`;
      this.revision = revision;
      this.arrivedAtMs.set(revision, at);
    }
    return true;
  }
}
