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
