/** Worker thread that reads ledger, points and sums on its own connection, so that no commit waits for a long read. */
import { workerData } from 'node:worker_threads';
import { serveCalls } from './worker-server.js';
import { openReadOnly } from './database.js';
import { SqliteReader } from './reader.js';
import { type CheckCursor, RowCheck } from './row-check.js';
import { encodeSeries } from './series-codec.js';
import { encodeSums } from './sums-codec.js';
import type { WorkerOptions } from './worker-client.js';

serveCalls(() => {
  const database = openReadOnly((workerData as WorkerOptions).directory);
  const reader = new SqliteReader(database);
  const check = new RowCheck(database);

  return ({ method, args }) => {
    switch (method) {
      case 'readPastBounds':
      case 'searchLedger':
        return Reflect.apply(reader[method], reader, args);
      case 'readPoints':
        return encodeSeries(Reflect.apply(reader[method], reader, args));
      case 'readSums':
        return encodeSums(Reflect.apply(reader[method], reader, args));
      case 'checkRows':
        return check.runStep(args[0] as CheckCursor);
      case 'close':
        return database.close();
      default:
        throw new Error(`the reader thread has no method ${method}`);
    }
  };
});
