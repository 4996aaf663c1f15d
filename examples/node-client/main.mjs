/** Counts two orders and watches until they are shown: `node examples/node-client/main.mjs http://127.0.0.1:8082` */
import { randomUUID } from 'node:crypto';
import { change, readHistory, RefusedError, watch } from '@tallyboard/client';
import { WebSocket } from 'ws';

const url = process.argv[2] ?? 'http://127.0.0.1:8082';
// A token, if the service requires one. A function may be passed instead: it is called again when a token is refused.
const token = process.env.TALLYBOARD_TOKEN;
const options = { dashboard: 'main', ...(token && { token }) };

// A program that may crash stores the key before it sends the change, and retries with the same key when it restarts.
const key = randomUUID();

let waitFor = Infinity;
const watching = watch(url, {
  ...options,
  // Node 20 has no global WebSocket. Without this line, the client uses server-sent events.
  WebSocket,
  onStatus: ({ state }) => console.log(`status: ${state}`),
  onSnapshot: ({ revision, counters }) => {
    console.log(`revision ${revision}: ${counters.orders} orders`);
    if (revision >= waitFor) void finish();
  },
});

try {
  const outcome = await change(url, { ...options, key, reason: 'example', changes: [{ counter: 'orders', by: 2 }] });
  console.log(`counted: ${outcome.counters.orders} orders at revision ${outcome.revision}`);
  const again = await change(url, { ...options, key, reason: 'example', changes: [{ counter: 'orders', by: 2 }] });
  console.log(`repeated: ${again.counters.orders} orders, replayed: ${again.replayed}`);
  waitFor = outcome.revision;
  if ((watching.snapshot?.revision ?? -1) >= waitFor) await finish();
} catch (error) {
  watching.close();
  console.error(error instanceof RefusedError ? `refused: ${error.problem.detail}` : error.message);
  process.exitCode = 1;
}

async function finish() {
  waitFor = Infinity;
  const { counters } = await readHistory(url, { ...options, counters: ['orders'] });
  const added = counters.orders.added.reduce((sum, one) => sum + one, 0);
  console.log(`last hour: ${added} orders added`);
  watching.close();
}
