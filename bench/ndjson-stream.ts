/**
 * Sends a bulk stream of change sets on a bare socket. Lines are encoded before the clock starts and responses are
 * checked after it has stopped, so that only the server is measured.
 */
import { once } from 'node:events';
import net from 'node:net';
import { nowMs } from './server.js';

/** A stream in which each line adds one order. */
export interface BulkStreamOptions {
  readonly port: number;
  /** Number of lines, a multiple of 1,000. */
  readonly lines: number;
  /** Minimum length of a line with its newline, reached by appending spaces. */
  readonly lineBytes: number;
  /** Prefix of the idempotency keys. Without it lines have no keys. */
  readonly keys?: string;
  /** Number of dashboards that the lines go to in turn, `d0`, `d1` and so on. Without it all lines go to `main`. */
  readonly dashboards?: number;
  /**
   * Expected revision of the first response; each of the others is one higher. Without it, because other clients change
   * the same dashboards, revisions must only increase.
   */
  readonly revision?: number;
  /** True if the responses must be replays. */
  readonly replayed: boolean;
}

export interface BulkStreamResult {
  readonly durationMs: number;
  readonly faults: string[];
}

const LINES_PER_CHUNK = 1_000;
const MAX_FAULTS = 3;

function selectDashboard({ dashboards }: BulkStreamOptions, index: number): string {
  return dashboards === undefined ? 'main' : `d${index % dashboards}`;
}

function encodeChunk(stream: BulkStreamOptions, firstIndex: number): Buffer {
  const { keys, lineBytes } = stream;
  const lines = Array.from({ length: LINES_PER_CHUNK }, (_, index) => {
    const key = keys === undefined ? '' : `,"key":"${keys}-${firstIndex + index}"`;
    return `{"dashboard":"${selectDashboard(stream, firstIndex + index)}","changes":[{"counter":"orders","by":1}]${key}}`.padEnd(
      lineBytes - 1,
    );
  });
  return Buffer.from(`${lines.join('\n')}\n`);
}

/** Sends the lines as fast as the server reads them. Resolves when the whole response has arrived. */
export async function sendBulkStream(stream: BulkStreamOptions): Promise<BulkStreamResult> {
  const { port, lines, keys } = stream;
  const chunkCount = lines / LINES_PER_CHUNK;
  const repeatedChunk =
    keys === undefined && LINES_PER_CHUNK % (stream.dashboards ?? 1) === 0 ? encodeChunk(stream, 0) : undefined;
  const chunks = Array.from(
    { length: chunkCount },
    (_, index) => repeatedChunk ?? encodeChunk(stream, index * LINES_PER_CHUNK),
  );
  const bytes = chunks.reduce((sum, { length }) => sum + length, 0);
  const socket = net.connect({ port, host: '127.0.0.1' });
  const received: Buffer[] = [];
  socket.on('data', (piece: Buffer) => received.push(piece));
  const closed = once(socket, 'close');
  const startedAtMs = nowMs();
  // HTTP/1.0: the response is not chunked and ends with the connection.
  socket.write(`POST /changes HTTP/1.0\r\nContent-Type: application/x-ndjson\r\nContent-Length: ${bytes}\r\n\r\n`);
  for (const piece of chunks) if (!socket.write(piece)) await once(socket, 'drain');
  await closed;
  const durationMs = nowMs() - startedAtMs;
  return { durationMs, faults: findFaults(Buffer.concat(received).toString('latin1'), stream) };
}

/** Checks that every line was answered as expected, in order. Reports the first few that were not. */
function findFaults(response: string, stream: BulkStreamOptions): string[] {
  const { lines, revision, replayed } = stream;
  const [head = '', body = ''] = response.split('\r\n\r\n', 2);
  const responseLines = body.split('\n').slice(0, -1);
  const faults = head.startsWith('HTTP/1.1 200 ') ? [] : [`a stream was answered with ${head.split('\r\n', 1)[0]}`];
  if (responseLines.length !== lines) faults.push(`${lines} lines got ${responseLines.length} answers`);
  const lastRevisions = new Map<string, number>();
  for (const [index, text] of responseLines.entries()) {
    const dashboard = selectDashboard(stream, index);
    const begin = `{"dashboard":"${dashboard}","revision":`;
    const revisionShown = text.startsWith(begin) ? Number.parseInt(text.slice(begin.length), 10) : Number.NaN;
    const isNext =
      revision === undefined ? revisionShown > (lastRevisions.get(dashboard) ?? 0) : revisionShown === revision + index;
    lastRevisions.set(dashboard, revisionShown);
    if (isNext && text.endsWith(`"replayed":${replayed}}`)) continue;
    faults.push(`line ${index + 1} was answered with ${text}`);
    if (faults.length > MAX_FAULTS) break;
  }
  return faults;
}
