/** The worker's side of a thread: calls in by message, carried out in order, answers out. */
import { parentPort } from 'node:worker_threads';
import { errorMessage, TallyError } from '../../counters/errors.js';
import { type WorkerResponse, type WorkerCall, OPENING_CALL_ID } from './worker-client.js';

/** Opens what the thread owns, says how that went, and answers calls until the one to close. */
export function serveCalls(open: () => (call: WorkerCall) => unknown): void {
  if (!parentPort) throw new Error('this runs as a worker thread only');
  const port = parentPort;

  const respond = (id: number, run: () => unknown): void => {
    let result: WorkerResponse;
    try {
      result = { id, value: run() };
    } catch (error) {
      result =
        error instanceof TallyError
          ? { id, refusal: { code: error.code, detail: error.message } }
          : { id, failure: errorMessage(error) };
    }
    port.postMessage(result);
  };

  respond(OPENING_CALL_ID, () => {
    const execute = open();
    port.on('message', (call: WorkerCall) => {
      respond(call.id, () => execute(call));
      if (call.method === 'close') port.close();
    });
  });
}
