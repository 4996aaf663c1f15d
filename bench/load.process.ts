/** A process of clients: does what the runner asks, one task at a time, and ends with the runner. */
import { Changers } from './changers.js';
import type { Answer, Ask, Sample, Tasks } from './load.js';
import { cpuMs, nowMs, rssBytes } from './server.js';
import { Room } from './viewers.js';

const room = new Room();
const changers = new Changers();

type Doers = { [Task in keyof Tasks]: (takes: Tasks[Task]['takes']) => Promise<Tasks[Task]['gives']> };

const doers: Doers = {
  watch: (watch) => room.open(watch),
  async storm({ port, connections, cycle }) {
    changers.storm(port, connections, cycle);
  },
  // Answers at once: the pace goes on until `rest`.
  async pace({ port, perSecond }) {
    changers.pace(port, perSecond).catch((error: unknown) => process.stderr.write(`${String(error)}\n`));
  },
  rest: () => changers.rest(),
  settle: ({ orders, withinMs }) => room.settle(orders, withinMs),
  async listen() {
    room.listen();
  },
  async sample({ pid }): Promise<Sample> {
    const { frames } = room;
    const { changes } = changers;
    return { atMs: nowMs(), cpuMs: cpuMs(pid), rssBytes: rssBytes(pid), frames, changes };
  },
  async leave() {
    room.leave();
    changers.leave();
  },
};

async function answerTo({ id, task, takes }: Ask): Promise<Answer> {
  try {
    const doer = doers[task] as (takes: unknown) => Promise<unknown>;
    return { id, gives: await doer(takes) };
  } catch (error) {
    return { id, error: `${task}: ${String(error)}` };
  }
}

process.on('message', (ask: Ask) => void answerTo(ask).then((answer) => process.send?.(answer)));
process.on('disconnect', () => process.exit(0));
