/** Serves the calls of a worker client, in a worker thread. */
import { type MessagePort, parentPort } from 'node:worker_threads';
import { errorMessage, TallyError } from '../../counters/errors.js';
import { isDamage } from './text-decoder.js';
import {
  type DamageMessage,
  OPENING_CALL_ID,
  type WarningMessage,
  type WorkerCall,
  type WorkerResponse,
} from './worker-client.js';

/** Reports damage to the main thread, which logs and counts it. */
export function reportDamage(finding: string): void {
  parentPort?.postMessage({ finding } satisfies DamageMessage);
}

/**
 * Executes calls in the order of their messages until `close`.
 * @param open opens the resource of the thread and returns the function that executes calls. Its success or failure is
 *   reported first.
 */
export function serveCalls(open: () => (call: WorkerCall) => unknown): void {
  if (!parentPort) throw new Error('this module must run in a worker thread');
  const port = parentPort;
  forwardWarnings(port);

  const respond = (id: number, run: () => unknown): void => {
    let result: WorkerResponse;
    try {
      result = { id, value: run() };
    } catch (error) {
      if (isDamage(error)) reportDamage(error.message);
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

/** Sends the warnings of this thread to the main thread, in place of printing them. */
function forwardWarnings(port: MessagePort): void {
  process.removeAllListeners('warning').on('warning', ({ name, message, code }: NodeJS.ErrnoException) => {
    port.postMessage({ warning: { name, message, ...(code !== undefined && { code }) } } satisfies WarningMessage);
  });
}
