/** The client's functions for admins: definitions with preconditions, deletions, and the past of a dashboard. */
import {
  bookHistory,
  deleteCounter,
  deleteDashboard,
  describeDashboard,
  listDashboards,
  readDefinition,
  readHistory,
  RefusedError,
  replaceDefinition,
  updateDefinition,
} from '../../src/client/client.js';
import { startApp } from '../support/app.js';
import { MINUTE_MS } from '../support/times.js';

const dashboard = 'shop';
const CHANGED = { problem: { status: 412, code: 'definition-changed' } };

it('a definition is replaced and patched only in the version that was read', async () => {
  const { url } = await startApp({ STORE: 'memory' });
  const definition = { title: 'Shop', counters: { sales: {} }, measures: { all: { sum: ['sales'] } } };
  const created = await replaceDefinition(url, { dashboard, definition, isNew: true });
  expect(created).toMatchObject({ dashboard, version: 1, title: 'Shop' });
  await expect(replaceDefinition(url, { dashboard, definition, isNew: true })).rejects.toMatchObject(CHANGED);
  const { etag = '' } = await readDefinition(url, { dashboard });
  expect(etag).toBe(`"${created.epoch}:v1"`);
  const patch = { title: null, counters: { sales: { title: 'Sales' } } };
  expect(await updateDefinition(url, { dashboard, patch, ifMatch: etag })).toMatchObject({ version: 2 });
  await expect(updateDefinition(url, { dashboard, patch, ifMatch: etag })).rejects.toMatchObject(CHANGED);
  await expect(replaceDefinition(url, { dashboard, definition: {}, ifMatch: etag })).rejects.toMatchObject(CHANGED);
  const present = await readDefinition(url, { dashboard });
  expect(present).toMatchObject({ version: 2, counters: { sales: { title: 'Sales' } } });
  expect(present.title).toBeUndefined();
  const refused = updateDefinition(url, { dashboard, patch: { counters: { sales: { target: { value: 0 } } } } });
  await expect(refused).rejects.toMatchObject({
    problem: { status: 400, errors: [{ pointer: '/counters/sales/target/value' }] },
  });
});

it('counters and dashboards are deleted, and what a measure needs is refused', async () => {
  const { url } = await startApp({ STORE: 'memory' });
  const definition = { counters: { sales: {}, visits: {} }, measures: { all: { sum: ['sales'] } } };
  await replaceDefinition(url, { dashboard, definition });
  expect(await deleteCounter(url, { dashboard, counter: 'visits' })).toBeUndefined();
  const needed = { problem: { status: 409, code: 'needed-by-measure' } };
  await expect(deleteCounter(url, { dashboard, counter: 'sales' })).rejects.toMatchObject(needed);
  expect(Object.keys((await describeDashboard(url, { dashboard })).counters)).toEqual(['sales']);
  await deleteDashboard(url, { dashboard });
  expect((await listDashboards(url)).map(({ name }) => name)).toEqual(['main']);
  await expect(deleteDashboard(url, { dashboard: 'main' })).rejects.toThrow(RefusedError);
});

it('the past of a dashboard is booked once', async () => {
  const { url } = await startApp({ STORE: 'memory' });
  await replaceDefinition(url, { dashboard, definition: { counters: { sales: {}, queue: { kind: 'gauge' } } } });
  const start = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS - 10 * MINUTE_MS;
  const lines = [
    { at: start, counters: { sales: { added: 12, removed: 1 } } },
    { at: start + MINUTE_MS, counters: { sales: { added: 3 }, queue: { value: 7 } } },
  ];
  expect(await bookHistory(url, { dashboard, lines })).toMatchObject({ lines: 2, revision: 1 });
  const { counters } = await readHistory(url, { dashboard, from: start, stepMs: MINUTE_MS });
  expect(counters['sales']?.value.slice(0, 2)).toEqual([11, 14]);
  expect(counters['queue']?.value.at(-1)).toBe(7);
  await expect(bookHistory(url, { dashboard, lines })).rejects.toMatchObject({ problem: { code: 'has-history' } });
});
