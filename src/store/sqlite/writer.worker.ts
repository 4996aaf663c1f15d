/** The thread that owns the database file: writes, and expires in the gaps. */
import { workerData } from 'node:worker_threads';
import { errorMessage } from '../../counters/errors.js';
import type { ChangeSet } from '../../counters/counters.js';
import { serveCalls } from './worker-server.js';
import { openDatabase } from './database.js';
import { Expiry } from './expiry.js';
import { encodeReplies } from './reply-codec.js';
import type { WorkerOptions } from './worker-client.js';
import { SqliteWriter } from './writer.js';

/**
 * How often the worker looks for what is outdated, milliseconds. Found portions follow each other with room between.
 */
const EXPIRY_INTERVAL_MS = 1_000;
const EXPIRY_GAP_MS = 10;

const { directory, retention, limits } = workerData as WorkerOptions;
const reportedWarnings = new Set<string>();

/** A fault that stays comes again every second: each is said once. */
function warnOnce(message: string): void {
  if (reportedWarnings.has(message)) return;
  reportedWarnings.add(message);
  process.emitWarning(`what is past its time cannot be deleted (${message}): the store tries on`);
}

serveCalls(() => {
  const { database, close } = openDatabase(directory);
  const writer = new SqliteWriter(database, retention, limits);
  const expiry = new Expiry(database, retention);
  const expire = (): void => {
    let more = false;
    try {
      more = expiry.runStep();
    } catch (error) {
      // The disk is full or away: changes report it to those who send them, and expiry tries again in its turn.
      warnOnce(errorMessage(error));
    }
    timer = setTimeout(expire, more ? EXPIRY_GAP_MS : EXPIRY_INTERVAL_MS);
  };
  let timer = setTimeout(expire, EXPIRY_INTERVAL_MS);

  return ({ method, args }) => {
    switch (method) {
      case 'apply':
        return encodeReplies(writer.apply(JSON.parse(args[0] as string) as ChangeSet[]));
      case 'define':
      case 'remove':
      case 'readDashboard':
      case 'readAllDashboards':
        return Reflect.apply(writer[method], writer, args);
      case 'ping':
        return database.prepare('SELECT 1').get();
      case 'close':
        clearTimeout(timer);
        return close();
      default:
        throw new Error(`the store's thread does not know how to ${method}`);
    }
  };
});
