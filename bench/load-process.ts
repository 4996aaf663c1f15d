/** A process of clients: does what the runner asks, one task at a time, and ends with the runner. */
import { Callers } from './retrying-clients.js';
import { Changers } from './load-clients.js';
import { cross } from './propagation-latency.js';
import { streamLines } from './ndjson-stream.js';
import type { Answer, Ask, Sample, Tasks } from './load-generator.js';
import { cpuMs, nowMs, rssBytes } from './server.js';
import { Room } from './viewer-pool.js';

const room = new Room();
const changers = new Changers();
const callers = new Callers();

type Doers = { [Task in keyof Tasks]: (takes: Tasks[Task]['takes']) => Promise<Tasks[Task]['gives']> };

const doers: Doers = {
  watch: (watch) => room.open(watch),
  async storm({ port, connections, cycle }) {
    changers.storm(port, connections, cycle);
  },
  // Answers at once: the pace goes on until `rest`.
  async pace({ port, perSecond, route }) {
    changers.pace(port, perSecond, route).catch((error: unknown) => process.stderr.write(`${String(error)}\n`));
  },
  stream: (lines) => streamLines(lines),
  async call(calls) {
    callers.begin(calls);
  },
  hangUp: () => callers.end(),
  cross: (crossing) => cross(crossing),
  rest: () => changers.rest(),
  settle: ({ last, withinMs }) => room.settle(last, withinMs),
  async listen() {
    room.listen();
  },
  async sample({ pid }): Promise<Sample> {
    const { frames, bytes } = room;
    const changes = changers.changes + callers.acknowledged;
    return { atMs: nowMs(), cpuMs: cpuMs(pid), rssBytes: rssBytes(pid), frames, bytes, changes };
  },
  async leave() {
    room.leave();
    changers.leave();
  },
};

async function answerTo<Task extends keyof Tasks>({ id, task, takes }: Ask<Task>): Promise<Answer> {
  try {
    return { id, gives: await doers[task](takes) };
  } catch (error) {
    return { id, error: `${task}: ${String(error)}` };
  }
}

process.on('message', (ask: Ask) => void answerTo(ask).then((answer) => process.send?.(answer)));
process.on('disconnect', () => process.exit(0));
