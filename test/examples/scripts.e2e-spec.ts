/** The examples for shells: a till, jobs of cron, and messages of Kafka. They share one service. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createCaller } from '../support/api-client.js';
import { eventually } from '../support/cleanup.js';
import { startCommand } from '../support/cli-process.js';
import { DocumentedCommands } from '../support/documented-commands.js';
import { getExamplePath, runExample } from '../support/example.js';
import { readProjectFile } from '../support/markdown.js';
import { type Service, startService } from '../support/service.js';
import { startTcpProxy } from '../support/tcp-proxy.js';
import { createTempDirectory } from '../support/temp-directory.js';

let service: Service;
beforeAll(async () => {
  service = await startService({ STORE: 'memory' });
});

async function readCounters(dashboard: string): Promise<Record<string, number>> {
  const { body } = await createCaller(service.url)(`GET /dashboards/${dashboard}`);
  return body.counters;
}

/** Runs the commands of a README, and checks the output that it shows. */
const runReadme = (name: string) => DocumentedCommands.run(`examples/${name}/README.md`, [], service.port);

describe('examples/till', () => {
  const listQueue = (cwd: string): string[] =>
    readdirSync(join(cwd, 'till-queue')).filter((name) => name.endsWith('.json'));

  it('books a sale, keeps one that cannot be sent, and books one once whose answer was lost', async () => {
    await runReadme('till');
    expect(await readCounters('shop')).toEqual({ revenue: 4_998, sales: 1 });
    const proxy = await startTcpProxy(1);
    const [cwd, env] = [createTempDirectory(), { TILL_RETRIES: '0' }];
    const failed = await runExample('till/till.sh', [proxy.url, 'sell', '4998'], { cwd, env });
    expect(failed).toMatchObject({ code: 75, stderr: 'till: cannot send now (status 000): 1 waiting\n' });
    expect(listQueue(cwd)).toHaveLength(1);

    proxy.port = service.port;
    proxy.toClient = (_bytes, _pass, { client }) => {
      proxy.restore();
      client.destroy();
    };
    const booked = await runExample('till/till.sh', [proxy.url, 'sell', '102'], { cwd });
    expect(booked).toMatchObject({ code: 0, stdout: 'all sales are booked\n', stderr: '' });
    expect(listQueue(cwd)).toEqual([]);
    expect(await readCounters('shop')).toEqual({ revenue: 10_098, sales: 3 });
  });

  it('puts a sale aside that the service refuses, and refuses a price that is none', async () => {
    await createCaller(service.url)('DELETE /dashboards/shop');
    const cwd = createTempDirectory();
    const refused = await runExample('till/till.sh', [service.url, 'sell', '1'], { cwd });
    expect(refused).toMatchObject({ code: 65, stdout: '', stderr: expect.stringContaining('unknown-dashboard') });
    expect([listQueue(cwd), readdirSync(join(cwd, 'till-queue/refused'))]).toEqual([[], [expect.any(String)]]);
    const { code, stderr } = await runExample('till/till.sh', [service.url, 'sell', '4.50'], { cwd });
    expect([code, stderr]).toEqual([2, "till: '4.50' is not a price in cents, such as 4998\n"]);
  });
});

describe('examples/cron', () => {
  const lines = readProjectFile('examples/cron/jobs.cron').split('\n');
  const jobs = lines.flatMap((line) => {
    const [, user = '', command = ''] = /^(?:[\d*/,-]+ ){5}([a-z]+) (.+)$/.exec(line) ?? [];
    return command === '' ? [] : [{ user, command }];
  });

  /** Runs a job as cron would, with other paths, and with another command in place of the report. */
  async function runJob(command: string, report: string): Promise<number | null> {
    const adapted = command
      .replaceAll('http://127.0.0.1:8082', service.url)
      .replace('/opt/tallyboard/examples', getExamplePath('.'))
      .replace('/usr/local/bin/nightly-report', report);
    return startCommand(['-c', adapted], {}, '/bin/sh').ended;
  }

  it('counts runs and failures, keeps the status of the job, and sets the level', async () => {
    const [first, second] = jobs;
    expect(jobs.map(({ user }) => user)).toEqual(['root', 'nobody']);
    expect(lines.join('\n')).not.toMatch(/^[^#].*[^\\]%/m);
    await runReadme('cron');
    const before = await readCounters('jobs');
    expect(await runJob(first?.command ?? '', 'true')).toBe(0);
    expect(await runJob(first?.command ?? '', 'exit 3')).toBe(3);
    expect(await runJob(second?.command ?? '', '')).toBe(0);
    const { runs = 0, failures = 0, disk = -1 } = await readCounters('jobs');
    expect([runs, failures]).toEqual([(before['runs'] ?? 0) + 1, (before['failures'] ?? 0) + 1]);
    expect(disk).toBeGreaterThan(0);
    const { body } = await createCaller(service.url)('GET /dashboards/jobs/changes?order=newest&limit=2');
    expect(body.entries[1]).toMatchObject({ reason: 'report ended with 3' });
  });
});

describe('examples/kafka', () => {
  /** Starts the broker that kcat has built in. @returns its address */
  async function startBroker(): Promise<string> {
    const { stderr } = startCommand(
      ['-c', 'exec kcat -C -u -J -b x -X test.mock.num.brokers=1 -t orders'],
      {},
      '/bin/sh',
    );
    const find = (): string | undefined => /replaced with (127\.0\.0\.1:\d+)/.exec(stderr())?.[1];
    await eventually(() => find() !== undefined);
    return find() ?? '';
  }

  it('counts each message once, however often it is read, and names the one that is no change', async () => {
    const broker = await startBroker();
    const produce = (text: string) =>
      startCommand(['-c', `printf '%s\\n' '${text}' | kcat -P -b ${broker} -t orders`], {}, '/bin/sh').ended;
    const forward = () => runExample('kafka/forward.sh', [broker, 'orders', service.url]);
    const change = '[{"counter":"orders","by":1}]';
    const before = await readCounters('main');
    expect(await produce([change, change, change].join('\n'))).toBe(0);
    expect(await forward()).toEqual({ code: 0, stdout: '3 counted, 0 known\n', stderr: '' });
    expect(await produce(`${change}\nno change`)).toBe(0);
    const { code, stdout, stderr } = await forward();
    expect([code, stdout]).toEqual([1, '1 counted, 3 known\n']);
    expect(stderr).toContain('"code":"invalid-request"');
    expect((await readCounters('main'))['orders']).toBe((before['orders'] ?? 0) + 4);
  });
});
