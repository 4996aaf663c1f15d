/** Load process: carries out the tasks that `LoadGenerator` sends over IPC, and exits when the benchmark does. */
import { RetryingClients } from './retrying-clients.js';
import { ChangeClients } from './change-clients.js';
import { HookClients } from './hook-clients.js';
import { measurePropagation } from './propagation-latency.js';
import { sendBulkStream } from './ndjson-stream.js';
import type { LoadResponse, LoadRequest, Sample, LoadTasks } from './load-generator.js';
import { readCpuMs, nowMs, readRssBytes } from './server.js';
import { ViewerPool } from './viewer-pool.js';

const viewers = new ViewerPool();
const changeClients = new ChangeClients();
const hookClients = new HookClients();
const retryingClients = new RetryingClients();

type TaskHandlers = {
  [Task in keyof LoadTasks]: (input: LoadTasks[Task]['input']) => Promise<LoadTasks[Task]['output']>;
};

const handlers: TaskHandlers = {
  openViewers: (watch) => viewers.open(watch),
  async startStorm({ port, connections, cycle }) {
    changeClients.startStorm(port, connections, cycle);
  },
  // Responds at once; changes continue until `stopChanges`.
  async startPaced({ port, perSecond, routes }) {
    changeClients
      .runPaced(port, perSecond, routes)
      .catch((error: unknown) => process.stderr.write(`${String(error)}\n`));
  },
  async startHookStorm({ port, connections, request }) {
    hookClients.startStorm(port, connections, request);
  },
  async startHookEvents({ port, perSecond }) {
    hookClients.runPaced(port, perSecond).catch((error: unknown) => process.stderr.write(`${String(error)}\n`));
  },
  stopHookEvents: () => hookClients.stop(),
  sendStream: (lines) => sendBulkStream(lines),
  async startRetrying(calls) {
    retryingClients.start(calls);
  },
  stopRetrying: () => retryingClients.stop(),
  measurePropagation: (crossing) => measurePropagation(crossing),
  stopChanges: () => changeClients.stop(),
  waitForState: ({ last, withinMs }) => viewers.waitForState(last, withinMs),
  async resumeReading() {
    viewers.resumeReading();
  },
  async sample({ pid }): Promise<Sample> {
    const { frames, bytes } = viewers;
    const changes = changeClients.acknowledgedCount + retryingClients.acknowledged + hookClients.acknowledged;
    const [cpuMs, loadCpuMs] = [readCpuMs(pid), readCpuMs(process.pid)];
    return { atMs: nowMs(), cpuMs, loadCpuMs, rssBytes: readRssBytes(pid), frames, bytes, changes };
  },
  async disconnect() {
    viewers.close();
    changeClients.disconnect();
    hookClients.disconnect();
  },
};

async function handleRequest<Task extends keyof LoadTasks>({
  id,
  task,
  input,
}: LoadRequest<Task>): Promise<LoadResponse> {
  try {
    return { id, output: await handlers[task](input) };
  } catch (error) {
    return { id, error: `${task}: ${String(error)}` };
  }
}

process.on('message', (ask: LoadRequest) => void handleRequest(ask).then((answer) => process.send?.(answer)));
process.on('disconnect', () => process.exit(0));
