/** The worker thread that owns the database file: calls in by message, answers out, expiry in the gaps. */
import { parentPort, workerData } from 'node:worker_threads';
import type { ChangeSet } from '../counters/counters.js';
import { TallyError } from '../counters/errors.js';
import { openDatabase } from './sqlite.database.js';
import { Expiry } from './sqlite.expiry.js';
import { type Answer, type Call, OPENING, type WorkerOptions } from './sqlite.thread.js';
import { SqliteWriter } from './sqlite.writer.js';
import { messageOf } from './store.js';

/** How often the worker looks for what is outdated, milliseconds. Found portions follow each other with room between. */
const EXPIRY_INTERVAL_MS = 1_000;
const EXPIRY_GAP_MS = 10;

if (!parentPort) throw new Error('sqlite.worker runs as a worker thread only');
const port = parentPort;
const { directory, retention } = workerData as WorkerOptions;

function answer(id: number, work: () => unknown): void {
  let result: Answer;
  try {
    result = { id, value: work() };
  } catch (error) {
    result =
      error instanceof TallyError
        ? { id, refusal: { code: error.code, detail: error.message } }
        : { id, failure: messageOf(error) };
  }
  port.postMessage(result);
}

const warned = new Set<string>();

/** A fault that stays comes again every second: each is said once. */
function warnOnce(message: string): void {
  if (warned.has(message)) return;
  warned.add(message);
  process.emitWarning(`what is past its time cannot be deleted (${message}): the store tries on`);
}

function start(): void {
  const { database, close } = openDatabase(directory);
  const writer = new SqliteWriter(database, retention);
  const expiry = new Expiry(database, retention);
  const expire = (): void => {
    let more = false;
    try {
      more = expiry.step();
    } catch (error) {
      // The disk is full or away: changes report it to those who send them, and expiry tries again in its turn.
      warnOnce(messageOf(error));
    }
    timer = setTimeout(expire, more ? EXPIRY_GAP_MS : EXPIRY_INTERVAL_MS);
  };
  let timer = setTimeout(expire, EXPIRY_INTERVAL_MS);

  port.on('message', (call: Call) => {
    answer(call.id, () => {
      switch (call.method) {
        case 'apply':
          return writer.apply(call.args[0] as ChangeSet[]);
        case 'define':
        case 'snapshot':
        case 'dashboards':
        case 'ledger':
        case 'points':
          return Reflect.apply(writer[call.method], writer, call.args);
        case 'ping':
          return database.prepare('SELECT 1').get();
        case 'close':
          clearTimeout(timer);
          return close();
      }
    });
    if (call.method === 'close') port.close();
  });
}

answer(OPENING, start);
