/** A thousand large bodies at a time: the service holds 32 MiB of them, and the others wait unread. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Agent, type ClientRequest, request as sendRequest } from 'node:http';
import { afterTest } from '../support/cleanup.js';
import { postToHook, writeHooksFile } from '../support/hooks.js';
import { createStripeRequest, SECRET } from '../support/provider-requests.js';
import { readSnapshot, startService } from '../support/service.js';
import { createTempDirectory } from '../support/temp-directory.js';

const MIB = 2 ** 20;
const POSTS = 1_000;
/** Held bodies, twice that for what is parsed of them, and at most 128 KiB for each connection that waits. */
const MAX_GROWTH_BYTES = 3 * 32 * MIB + POSTS * 128 * 1_024;

const HOOK = { provider: 'stripe', secrets: [SECRET], dashboard: 'main', rules: [{ counter: 'orders' }] };

/** Largest memory that a process has had, bytes. */
function readPeakBytes(pid: number | undefined): number {
  return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]) * 1_024;
}

/** Opens a post. The body is sent by the caller. */
function openPost(url: string, length: number, headers: object, agent: Agent): ClientRequest {
  return sendRequest(`${url}/hooks/shop`, {
    method: 'POST',
    headers: { ...headers, 'content-length': String(length) },
    agent,
  });
}

function readStatus(request: ClientRequest): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request.on('error', reject).on('response', (response) => {
      response.resume().on('end', () => resolve(response.statusCode));
    });
  });
}

function createAgent(): Agent {
  const agent = new Agent();
  afterTest(() => agent.destroy());
  return agent;
}

it(`${POSTS} posts of 1 MiB at a time are all answered, and memory stays within its bound`, async () => {
  const service = await startService({ DATA_DIR: createTempDirectory(), HOOKS_FILE: writeHooksFile({ shop: HOOK }) });
  const agent = createAgent();
  const empty = createStripeRequest({ id: 'evt_1', amount: '' }).body.length;
  const { headers, body } = createStripeRequest({ id: 'evt_1', amount: 'x'.repeat(MIB - empty) });
  const bytes = Buffer.from(body);
  expect(bytes.length).toBe(MIB);
  const post = (): Promise<number | undefined> => {
    const request = openPost(service.url, bytes.length, headers, agent);
    const status = readStatus(request);
    request.end(bytes);
    return status;
  };
  for (let round = 0; round < 50; round += 1) expect(await post()).toBe(200);
  const before = readPeakBytes(service.child.pid);
  const statuses = await Promise.all(Array.from({ length: POSTS }, post));
  expect(new Set(statuses)).toEqual(new Set([200]));
  expect(readPeakBytes(service.child.pid) - before).toBeLessThan(MAX_GROWTH_BYTES);
  expect(await readSnapshot(service)).toMatchObject({ revision: 1, counters: { orders: 1 } });
});

it('bodies that find no room get 503 after BODY_TIMEOUT_MS, and those that arrive too slowly 408', async () => {
  const service = await startService({
    DATA_DIR: createTempDirectory(),
    HOOKS_FILE: writeHooksFile({ shop: { ...HOOK, maxBytes: 32 * MIB } }),
    BODY_TIMEOUT_MS: '1000',
  });
  const agent = createAgent();
  const { headers } = createStripeRequest({ id: 'evt_1' });
  // Each wants all the room. The second gets it when the first has given up, and the others have waited too long then.
  const statuses = Array.from({ length: 4 }, () => {
    const request = openPost(service.url, 32 * MIB, headers, agent);
    request.write('{');
    return readStatus(request);
  });
  const isFirst = (status: number | undefined): boolean => status === 408;
  const answers = await Promise.all(statuses);
  expect([answers.filter(isFirst), answers.filter((status) => !isFirst(status))]).toEqual([
    [408, 408],
    [503, 503],
  ]);
  expect(await postToHook(service.url, 'shop', createStripeRequest({ id: 'evt_1' }))).toEqual([200, 'counted']);
});

it('a client that leaves before its body has arrived gives its room back', async () => {
  const HOOKS_FILE = writeHooksFile({ shop: { ...HOOK, maxBytes: 32 * MIB } });
  const service = await startService({ DATA_DIR: createTempDirectory(), HOOKS_FILE });
  const agent = createAgent();
  const leavers = Array.from({ length: 3 }, () => {
    const request = openPost(service.url, 32 * MIB, createStripeRequest({ id: 'evt_1' }).headers, agent);
    request.on('error', () => undefined).write('{');
    return request;
  });
  // The room is taken, or waited for, once each has sent something.
  await Promise.all(leavers.map((request) => once(request, 'socket')));
  const answer = postToHook(service.url, 'shop', createStripeRequest({ id: 'evt_1' }));
  for (const request of leavers) request.destroy();
  expect(await answer).toEqual([200, 'counted']);
  expect(await postToHook(service.url, 'shop', createStripeRequest({ id: 'evt_2' }))).toEqual([200, 'counted']);
});
