/** The limits of a relay and of its upstream hold for requests that arrive together. */
import { startApi } from '../support/api-client.js';
import { watchV1 } from '../support/websocket-viewer.js';

const VIEWERS = 6;

async function startLimitedRelay() {
  const upstream = await startApi({ STORE: 'memory' });
  return startApi({ STORE: 'upstream', UPSTREAM_URL: upstream.url, MAX_VIEWERS: 2 });
}

it('MAX_VIEWERS holds for WebSocket viewers that wait together for the first state', async () => {
  const relay = await startLimitedRelay();
  const viewers = await Promise.all(Array.from({ length: VIEWERS }, () => watchV1(relay.url)));
  expect(viewers.filter(({ frames }) => frames.length > 0).length).toBe(2);
});

it('MAX_VIEWERS holds for event streams that wait together for the first state', async () => {
  const relay = await startLimitedRelay();
  const init = { headers: { Accept: 'text/event-stream' } };
  const responses = await Promise.all(Array.from({ length: VIEWERS }, () => fetch(`${relay.url}/dashboard`, init)));
  const counts = [200, 503].map((status) => responses.filter((response) => response.status === status).length);
  for (const { body } of responses) await body?.cancel();
  expect(counts).toEqual([2, VIEWERS - 2]);
});

it('MAX_CHANGES_PER_S of the upstream refuses the changes beyond it, and none of those counts', async () => {
  const upstream = await startApi({ STORE: 'memory', MAX_CHANGES_PER_S: 5 });
  const relay = await startApi({ STORE: 'upstream', UPSTREAM_URL: upstream.url });
  const answers = await Promise.all(Array.from({ length: 20 }, () => relay.call('POST /order')));
  const count = answers.filter(({ status }) => status === 200).length;
  expect(count).toBeGreaterThanOrEqual(5);
  expect(answers.find(({ status }) => status !== 200)?.body).toMatchObject({ status: 429, code: 'too-many-changes' });
  expect((await upstream.call('GET /dashboard')).body.counters.orders).toBe(count);
});
