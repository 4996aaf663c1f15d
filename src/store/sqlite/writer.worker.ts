/** Worker thread that owns the database file: it writes, and deletes expired data in between. */
import { randomUUID } from 'node:crypto';
import { workerData } from 'node:worker_threads';
import { errorMessage } from '../../counters/errors.js';
import type { ChangeSet } from '../../counters/counters.js';
import { reportDamage, serveCalls } from './worker-server.js';
import { startNewEpochs } from './backup-mark.js';
import { getDatabasePath, openDatabase } from './database.js';
import { DocumentTable } from './document-table.js';
import { Expiry } from './expiry.js';
import type { FinishedPast } from '../past-builder.js';
import type { DocumentChanges, DocumentRange, DocumentVersion } from '../document-store.js';
import type { ExportRecord } from '../transfer.port.js';
import { HeldFiles } from './held-files.js';
import { PastWriter } from './past-writer.js';
import { prepareFile } from './prepare-file.js';
import { encodeReplies } from './reply-codec.js';
import { describeDroppedFrames } from './wal-check.js';
import type { OpenNotice, WorkerOptions } from './worker-client.js';
import { STAGING_PREFIX } from './tombstone-cleaner.js';
import { SqliteWriter } from './writer.js';

/** Pause between the steps that delete expired data, milliseconds. */
const EXPIRY_GAP_MS = 10;

const { directory, retention, limits, timeZone, isReplaced } = workerData as WorkerOptions;
const reportedWarnings = new Set<string>();

/** A permanent fault recurs every second, but each is logged once only. */
function warnOnce(message: string): void {
  if (reportedWarnings.has(message)) return;
  reportedWarnings.add(message);
  process.emitWarning(`expired data cannot be deleted (${message}): retrying`);
}

serveCalls(() => {
  const notices: OpenNotice[] = [];
  const { database, droppedFrames, close } = openDatabase(directory, retention, (file) =>
    notices.push(...prepareFile(file).map((message) => ({ message, isWarning: false }))),
  );
  if (droppedFrames > 0)
    notices.push({ message: describeDroppedFrames(getDatabasePath(directory), droppedFrames), isWarning: true });
  if (isReplaced) startNewEpochs(database);
  const writer = new SqliteWriter(database, retention, limits, timeZone, reportDamage);
  const documents = new DocumentTable(database, writer);
  const files = new HeldFiles(directory);
  // A name of this process alone: leftovers under other names are deleted.
  const hiddenPrefix = `${STAGING_PREFIX}past-${randomUUID()}/`;
  const past = new PastWriter(database, writer, hiddenPrefix);
  const expiry = new Expiry(database, retention, hiddenPrefix);
  let expiryTimer: NodeJS.Timeout | undefined;
  /** Deletes what had expired at `nowMs`, step by step. */
  const expire = (nowMs: number): void => {
    clearTimeout(expiryTimer);
    try {
      const more = !files.check().fault && expiry.runStep(nowMs);
      if (more) expiryTimer = setTimeout(expire, EXPIRY_GAP_MS, nowMs);
    } catch (error) {
      // The disk is full or missing: changes report that to their callers, and expiry is retried.
      warnOnce(errorMessage(error));
    }
  };

  return ({ method, args }) => {
    switch (method) {
      case 'apply':
        return encodeReplies(
          writer.apply(JSON.parse(args[0] as string) as ChangeSet[], args[1] as number, args[2] as number),
        );
      case 'expire':
        expire(args[0] as number);
        return writer.readNewestTime();
      case 'define':
      case 'remove':
      case 'readDashboard':
      case 'readAllDashboards':
      case 'readNewestTime':
      case 'redateAhead':
      case 'readTrust':
      case 'recordTrust':
        return Reflect.apply(writer[method], writer, args);
      case 'beginPast':
        return past.begin(args[1] as string);
      case 'addPast':
        return past.add(args[2] as number, args[3] as ExportRecord[]);
      case 'completePast':
        return past.complete(args[2] as number, args[3] as FinishedPast);
      case 'abortPast':
        return past.abort(args[2] as number);
      case 'listDocumented':
        return documents.listDashboards();
      case 'readDocuments':
        return documents.read(args[0] as string, args[1] as DocumentRange);
      case 'writeDocuments':
        return documents.write(args[1] as string, args[2] as DocumentVersion, args[3] as DocumentChanges);
      case 'readNotices':
        return notices;
      case 'checkFiles':
        return files.check();
      case 'close':
        clearTimeout(expiryTimer);
        return close();
      default:
        throw new Error(`the writer thread has no method ${method}`);
    }
  };
});
