/** Own changes on the page, before and after the service has confirmed them. */
import { signal } from '@preact/signals';
import { startHttpServer } from '../../test/support/http-server.js';
import type { BoardData } from './board-data.js';
import { OptimisticChanges } from './optimistic-changes.js';

/** A board whose numbers the test sets, and a service that confirms each change at revision 9. */
async function createBoard() {
  const { url } = await startHttpServer((_request, response) => {
    const outcome = { dashboard: 'main', revision: 9, at: 1, counters: { orders: 5 }, replayed: false };
    response.setHeader('Content-Type', 'application/json').end(JSON.stringify(outcome));
  });
  const numbers = signal({ total: 4 });
  const [revision, epoch] = [signal(8), signal('first')];
  const board = {
    base: new URL(`${url}/`),
    name: 'main',
    tokenOptions: {},
    isLive: signal(true),
    definition: signal(undefined),
    getNumbers: () => numbers,
    revision,
    epoch,
  } as unknown as BoardData;
  const changes = new OptimisticChanges(
    board,
    () => undefined,
    () => undefined,
  );
  const readShown = (): number => numbers.value.total + changes.getOffset('orders').value;
  return { numbers, revision, epoch, changes, readShown };
}

it('shows a change at once, and goes on with the snapshots once they have it', async () => {
  const { numbers, revision, changes, readShown } = await createBoard();
  const changing = changes.change('orders', { by: 1 });
  expect([readShown(), changes.isPending('orders')]).toEqual([5, true]);
  expect(await changing).toBe(true);
  expect([readShown(), changes.isPending('orders')]).toEqual([5, false]);
  numbers.value = { total: 7 };
  revision.value = 10;
  expect(readShown()).toBe(7);
});

it('forgets what was confirmed when the dashboard begins a new epoch at a lower revision', async () => {
  const { numbers, revision, epoch, changes, readShown } = await createBoard();
  await changes.change('orders', { by: 1 });
  numbers.value = { total: 2 };
  revision.value = 3;
  epoch.value = 'second';
  expect(readShown()).toBe(2);
});
