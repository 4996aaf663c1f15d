/** Killed at any moment while dashboards and counters come and go, the service has each definition and removal whole or not at all. */
import { type ApiCall, createCaller } from '../support/api-client.js';
import { createTempDirectory } from '../support/temp-directory.js';
import { type Service, startService } from '../support/service.js';

const KILLS = 6;
const LANES = 8;
const COUNTERS = ['a', 'b', 'c'];

/** A dashboard as its lane knows it; undefined when it is not there. */
type State = { readonly revision: number; readonly counters: Readonly<Record<string, number>> } | undefined;

interface Step {
  readonly line: string;
  readonly body?: unknown;
  readonly next: State;
}

function pick<T>(all: readonly [T, ...T[]]): T {
  return all[Math.floor(Math.random() * all.length)] ?? all[0];
}

/** Something that may be asked for in a state, and what it leads to. */
function stepFrom(path: string, state: State): Step {
  const counter = pick(['a', 'b', 'c']);
  const define = (names: readonly string[]): Step => {
    const newborn = names.filter((name) => !(name in (state?.counters ?? {})));
    const counters = { ...state?.counters, ...Object.fromEntries(newborn.map((name) => [name, 0])) };
    const revision = state ? state.revision + (newborn.length > 0 ? 1 : 0) : 0;
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

/** One client with a dashboard of its own. */
interface Lane {
  readonly path: string;
  state: State;
  /** What was under way when the service was killed. */
  pending: Step | undefined;
}

async function run(lane: Lane, call: ApiCall, acknowledge: () => void, killed: () => boolean): Promise<void> {
  while (!killed()) {
    const step = stepFrom(lane.path, lane.state);
    lane.pending = step;
    const answer = await call(step.line, step.body).catch(() => undefined);
    if (!answer) return;
    expect([step.line, answer.status < 300]).toEqual([step.line, true]);
    lane.state = step.next;
    lane.pending = undefined;
    acknowledge();
  }
}

/** What is there now is what was acknowledged, or that and the whole of what was under way. */
async function expectWhole(lane: Lane, call: ApiCall): Promise<void> {
  const found = await stateOf(call, lane.path);
  expect(lane.pending ? [lane.state, lane.pending.next] : [lane.state]).toContainEqual(found);
  lane.state = found;
  lane.pending = undefined;
}

/** What a dashboard shows, after its ledger was replayed to the same. */
async function stateOf(call: ApiCall, path: string): Promise<State> {
  const { status, body } = await call(`GET ${path}`);
  if (status === 404) return undefined;
  const counters = body.counters as Record<string, number>;
  const ledger = await call(`GET ${path}/changes?limit=1000`);
  const born = Object.keys(counters).map((name) => [name, 0] as const);
  const replayed: Record<string, number> = Object.fromEntries(born);
  for (const { changes } of ledger.body.entries) {
    for (const { counter, by, to } of changes) {
      if (counter in counters) replayed[counter] = to ?? (replayed[counter] ?? 0) + Number(by);
    }
  }
  expect([replayed, ledger.body.entries.length]).toEqual([counters, body.revision]);
  return { revision: body.revision, counters };
}

async function loadUntilKilled(service: Service, lanes: readonly Lane[], acknowledgements: number): Promise<void> {
  let left = acknowledgements;
  let killing: Promise<void> | undefined;
  const acknowledge = (): void => {
    left -= 1;
    if (left <= 0) killing ??= service.kill();
  };
  await Promise.all(
    lanes.map((lane) => run(lane, createCaller(service.url), acknowledge, () => killing !== undefined)),
  );
  await killing;
}

it(`a service that is killed ${KILLS} times has every definition and removal whole or not at all`, async () => {
  const env = { DATA_DIR: createTempDirectory() };
  const lanes = Array.from({ length: LANES }, (_, index): Lane => ({
    path: `/dashboards/lane-${index}`,
    state: undefined,
    pending: undefined,
  }));
  let service = await startService(env);
  for (let round = 0; round < KILLS; round += 1) {
    await loadUntilKilled(service, lanes, 20 + Math.floor(Math.random() * 200));
    service = await startService(env);
    for (const lane of lanes) await expectWhole(lane, createCaller(service.url));
  }
  const { body } = await createCaller(service.url)('GET /dashboards');
  const there = lanes.filter(({ state }) => state).map(({ path }) => path.split('/').at(-1));
  expect(body.dashboards.map(({ name }: { name: string }) => name)).toEqual([...there, 'main']);
  expect(await service.stop()).toBe(0);
}, 120_000);
