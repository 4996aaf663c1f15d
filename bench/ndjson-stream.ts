/** One stream of change sets on a bare socket: lines that are ready before the clock starts, answers that are looked at when it has stopped. */
import { once } from 'node:events';
import net from 'node:net';
import { nowMs } from './server.js';

/** A stream that adds an order a line. */
export interface Lines {
  readonly port: number;
  /** A multiple of 1,000. */
  readonly lines: number;
  /** Bytes of a line, filled up with blanks. */
  readonly lineBytes: number;
  /** What the keys of the lines begin with; without it they have none. */
  readonly keys?: string;
  /** Dashboards that the lines go to in turn, `d0`, `d1` and so on; without it all go to `main`. */
  readonly dashboards?: number;
  /** What the answers have to be: revisions from this one on, or, when others change the same, any that rise; and whether they are replays. */
  readonly revision?: number;
  readonly replayed: boolean;
}

export interface Answered {
  readonly tookMs: number;
  readonly faults: string[];
}

const LINES_PER_PIECE = 1_000;
const MOST_FAULTS = 3;

function dashboardOf({ dashboards }: Lines, index: number): string {
  return dashboards === undefined ? 'main' : `d${index % dashboards}`;
}

function pieceOf(stream: Lines, first: number): Buffer {
  const { keys, lineBytes } = stream;
  const lines = Array.from({ length: LINES_PER_PIECE }, (_, index) => {
    const key = keys === undefined ? '' : `,"key":"${keys}-${first + index}"`;
    return `{"dashboard":"${dashboardOf(stream, first + index)}","changes":[{"counter":"orders","by":1}]${key}}`.padEnd(
      lineBytes - 1,
    );
  });
  return Buffer.from(`${lines.join('\n')}\n`);
}

/** Sends the lines as fast as they are taken. Resolves when all of the answer is there. */
export async function streamLines(stream: Lines): Promise<Answered> {
  const { port, lines, keys } = stream;
  const count = lines / LINES_PER_PIECE;
  const same = keys === undefined && LINES_PER_PIECE % (stream.dashboards ?? 1) === 0 ? pieceOf(stream, 0) : undefined;
  const pieces = Array.from({ length: count }, (_, index) => same ?? pieceOf(stream, index * LINES_PER_PIECE));
  const bytes = pieces.reduce((sum, { length }) => sum + length, 0);
  const socket = net.connect({ port, host: '127.0.0.1' });
  const answer: Buffer[] = [];
  socket.on('data', (piece: Buffer) => answer.push(piece));
  const closed = once(socket, 'close');
  const began = nowMs();
  // HTTP/1.0: the answer comes as it is, and ends with the connection.
  socket.write(`POST /changes HTTP/1.0\r\nContent-Type: application/x-ndjson\r\nContent-Length: ${bytes}\r\n\r\n`);
  for (const piece of pieces) if (!socket.write(piece)) await once(socket, 'drain');
  await closed;
  const tookMs = nowMs() - began;
  return { tookMs, faults: faultsOf(Buffer.concat(answer).toString('latin1'), stream) };
}

/** Every line has to be answered, in order. */
function faultsOf(answer: string, stream: Lines): string[] {
  const { lines, revision, replayed } = stream;
  const [head = '', body = ''] = answer.split('\r\n\r\n', 2);
  const answers = body.split('\n').slice(0, -1);
  const faults = head.startsWith('HTTP/1.1 200 ') ? [] : [`a stream was answered with ${head.split('\r\n', 1)[0]}`];
  if (answers.length !== lines) faults.push(`${lines} lines got ${answers.length} answers`);
  const last = new Map<string, number>();
  for (const [index, text] of answers.entries()) {
    const dashboard = dashboardOf(stream, index);
    const begin = `{"dashboard":"${dashboard}","revision":`;
    const shown = text.startsWith(begin) ? Number.parseInt(text.slice(begin.length), 10) : Number.NaN;
    const isNext = revision === undefined ? shown > (last.get(dashboard) ?? 0) : shown === revision + index;
    last.set(dashboard, shown);
    if (isNext && text.endsWith(`"replayed":${replayed}}`)) continue;
    faults.push(`line ${index + 1} was answered with ${text}`);
    if (faults.length > MOST_FAULTS) break;
  }
  return faults;
}
