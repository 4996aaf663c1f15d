/** Definitions and removals are atomic: a killed service has each of them completely or not at all. */
import { type ApiCall, createCaller } from '../support/api-client.js';
import { createTempDirectory } from '../support/temp-directory.js';
import { type Service, startService } from '../support/service.js';

const KILLS = 6;
const CLIENTS = 8;
const COUNTERS = ['a', 'b', 'c'];

/** Expected state of a dashboard; undefined if it does not exist. */
type State = { readonly revision: number; readonly counters: Readonly<Record<string, number>> } | undefined;

interface Step {
  readonly line: string;
  readonly body?: unknown;
  readonly next: State;
}

function pick<T>(items: readonly [T, ...T[]]): T {
  return items[Math.floor(Math.random() * items.length)] ?? items[0];
}

/** Picks a random request that succeeds in a state, and the state after it. */
function pickStep(path: string, state: State): Step {
  const counter = pick(['a', 'b', 'c']);
  const define = (names: readonly string[]): Step => {
    const added = names.filter((name) => !(name in (state?.counters ?? {})));
    const counters = { ...state?.counters, ...Object.fromEntries(added.map((name) => [name, 0])) };
    const revision = state ? state.revision + (added.length > 0 ? 1 : 0) : 0;
    const body = { counters: Object.fromEntries(names.map((name) => [name, { title: name }])) };
    return { line: `PUT ${path}`, body, next: { revision, counters } };
  };
  if (!state) return define([counter]);
  const { [counter]: value, ...others } = state.counters;
  const revision = state.revision + 1;
  const steps: [Step, ...Step[]] = [define(COUNTERS), define([counter])];
  if (Math.random() < 0.2) steps.push({ line: `DELETE ${path}`, next: undefined });
  if (value !== undefined) {
    steps.push({ line: `DELETE ${path}/counters/${counter}`, next: { revision, counters: others } });
    const counters = { ...state.counters, [counter]: value + 1 };
    for (let times = 0; times < 3; times += 1) {
      steps.push({ line: `POST ${path}/counters/${counter}/add`, next: { revision, counters } });
    }
  }
  return pick(steps);
}

/** A client that changes its own dashboard. */
interface Client {
  readonly path: string;
  state: State;
  /** The request that was pending when the service was killed. */
  pending: Step | undefined;
}

async function sendSteps(
  client: Client,
  call: ApiCall,
  acknowledge: () => void,
  isKilled: () => boolean,
): Promise<void> {
  while (!isKilled()) {
    const step = pickStep(client.path, client.state);
    client.pending = step;
    const answer = await call(step.line, step.body).catch(() => undefined);
    if (!answer) return;
    expect([step.line, answer.status < 300]).toEqual([step.line, true]);
    client.state = step.next;
    client.pending = undefined;
    acknowledge();
  }
}

/** Asserts that the dashboard has all acknowledged steps, and the pending one completely or not at all. */
async function expectCompleteStep(client: Client, call: ApiCall): Promise<void> {
  const actual = await readState(call, client.path);
  expect(client.pending ? [client.state, client.pending.next] : [client.state]).toContainEqual(actual);
  client.state = actual;
  client.pending = undefined;
}

/** Reads a dashboard, and asserts that its ledger replays to the same values. */
async function readState(call: ApiCall, path: string): Promise<State> {
  const { status, body } = await call(`GET ${path}`);
  if (status === 404) return undefined;
  const counters = body.counters as Record<string, number>;
  const ledger = await call(`GET ${path}/changes?limit=1000`);
  const initial = Object.keys(counters).map((name) => [name, 0] as const);
  const replayed: Record<string, number> = Object.fromEntries(initial);
  for (const { changes } of ledger.body.entries) {
    for (const { counter, by, to } of changes) {
      if (counter in counters) replayed[counter] = to ?? (replayed[counter] ?? 0) + Number(by);
    }
  }
  expect([replayed, ledger.body.entries.length]).toEqual([counters, body.revision]);
  return { revision: body.revision, counters };
}

async function loadUntilKilled(service: Service, clients: readonly Client[], acknowledgements: number): Promise<void> {
  let remaining = acknowledgements;
  let killing: Promise<void> | undefined;
  const acknowledge = (): void => {
    remaining -= 1;
    if (remaining <= 0) killing ??= service.kill();
  };
  await Promise.all(
    clients.map((client) => sendSteps(client, createCaller(service.url), acknowledge, () => killing !== undefined)),
  );
  await killing;
}

it(`a service killed ${KILLS} times has each definition and removal completely or not at all`, async () => {
  const env = { DATA_DIR: createTempDirectory() };
  const clients = Array.from({ length: CLIENTS }, (_, index): Client => ({
    path: `/dashboards/client-${index}`,
    state: undefined,
    pending: undefined,
  }));
  let service = await startService(env);
  for (let round = 0; round < KILLS; round += 1) {
    await loadUntilKilled(service, clients, 20 + Math.floor(Math.random() * 200));
    service = await startService(env);
    for (const client of clients) await expectCompleteStep(client, createCaller(service.url));
  }
  const { body } = await createCaller(service.url)('GET /dashboards');
  const existing = clients.filter(({ state }) => state).map(({ path }) => path.split('/').at(-1));
  expect(body.dashboards.map(({ name }: { name: string }) => name)).toEqual([...existing, 'main']);
  expect(await service.stop()).toBe(0);
});
