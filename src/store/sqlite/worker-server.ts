/** The worker's side of a thread: calls in by message, carried out in order, answers out. */
import { parentPort } from 'node:worker_threads';
import { TallyError } from '../../counters/errors.js';
import { type Answer, type Call, OPENING } from './worker-client.js';
import { messageOf } from '../store-open.error.js';

/** Opens what the thread owns, says how that went, and answers calls until the one to close. */
export function answerCalls(open: () => (call: Call) => unknown): void {
  if (!parentPort) throw new Error('this runs as a worker thread only');
  const port = parentPort;

  const answer = (id: number, work: () => unknown): void => {
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
  };

  answer(OPENING, () => {
    const carryOut = open();
    port.on('message', (call: Call) => {
      answer(call.id, () => carryOut(call));
      if (call.method === 'close') port.close();
    });
  });
}
