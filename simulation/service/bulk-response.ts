/** Runs the bulk route on a request: lines in, and a line for each out. */
import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { BulkChangeStream } from '../../src/dashboard/bulk/bulk-change-stream.js';
import type { DashboardService } from '../../src/dashboard/dashboard.service.js';
import type { Answer } from '../network/http.js';

const MAX_PENDING_LINES = 4_096;

/** The part of a response that the stream writes to. It takes everything at once. */
class BufferedResponse extends EventEmitter {
  readonly writableNeedDrain = false;
  destroyed = false;
  text = '';

  write(text: string): void {
    this.text += text;
  }

  flushHeaders(): void {}

  end(): void {}

  destroy(): void {
    this.destroyed = true;
  }
}

/** @throws Error if the connection would have been cut */
export async function answerBulk(dashboards: DashboardService, body: string, key: string | undefined): Promise<Answer> {
  const response = new BufferedResponse();
  const stream = new BulkChangeStream(response as unknown as ServerResponse, {
    applyAll: (changeSets) => dashboards.applyAll(changeSets),
    getMaxLines: () => MAX_PENDING_LINES,
    key,
    deferResponse: true,
  });
  await stream.run(Readable.from([Buffer.from(body)]));
  if (response.destroyed) throw new Error('the bulk route could not answer');
  return { status: 200, headers: { 'content-type': 'application/x-ndjson' }, body: response.text };
}
