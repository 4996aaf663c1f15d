/** A counter that is deleted while the numbers of all counters are read is left out of them. */
import { startApi } from '../support/api-client.js';
import { CounterStore } from '../../src/store/store.js';

it('periods of all counters leave out one that is deleted while they are read, and one that is asked for is 404', async () => {
  const { owner, call } = await startApi({ STORE: 'memory' });
  await call('PUT /dashboards/shop', { counters: { sales: {}, visits: {}, returns: {} } });
  const store = owner.get(CounterStore);
  const readSums = store.readSums.bind(store);
  const doomed = ['visits', 'returns'];
  store.readSums = async (...args) => {
    const counter = doomed.shift();
    if (counter) await call(`DELETE /dashboards/shop/counters/${counter}`);
    return readSums(...args);
  };
  const { status, body } = await call('GET /dashboards/shop/periods?period=day&count=1');
  expect([status, Object.keys(body.rows[0].counters)]).toEqual([200, ['sales']]);
  doomed.push('sales');
  expect((await call('GET /dashboards/shop/periods?period=day&count=1&counters=sales')).status).toBe(404);
});
