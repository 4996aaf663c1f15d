/** Log lines, as written to a file. */
import { mkdtempSync, openSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { type LogFields, type LogLevel, AppLogger } from './logger.js';
import { StdoutWriter } from './stdout-writer.js';

const formatSuppressed = (leftOut: number): string => `${leftOut} left out\n`;

/** Creates a logger that writes to a file, and a function that reads its lines. */
function createFileLogger(level: LogLevel, getFields?: () => LogFields) {
  const path = join(mkdtempSync(join(tmpdir(), 'tallyboard-log-')), 'log');
  const output = new StdoutWriter(openSync(path, 'a'), formatSuppressed);
  const log = new AppLogger(level, output, (line) => line, getFields);
  const lines = async (): Promise<Record<string, unknown>[]> => {
    await log.flush();
    const texts = readFileSync(path, 'utf8').split('\n').slice(0, -1);
    return texts.map((text) => JSON.parse(text) as Record<string, unknown>);
  };
  return { log, lines };
}

it('a line has level, time, context, message, its fields and the common fields', async () => {
  const { log, lines } = createFileLogger('info', () => ({ traceId: 'abc' }));
  log.write('warn', 'Store', 'slow', { tookMs: 12 });
  const [{ time, ...line } = { time: '' }] = await lines();
  expect(line).toEqual({ level: 'warn', context: 'Store', msg: 'slow', tookMs: 12, traceId: 'abc' });
  expect(new Date(String(time)).toISOString()).toBe(time);
});

it('loggers of Nest write to the same log, and start-up lines of Nest are debug lines', async () => {
  const { log, lines } = createFileLogger('info');
  Logger.overrideLogger(log);
  new Logger('Store').log('opened', { file: 'a.db' });
  new Logger('InstanceLoader').log('DashboardModule dependencies initialized');
  new Logger('Store').debug('nobody sees this');
  expect(await lines()).toEqual([expect.objectContaining({ context: 'Store', msg: 'opened', file: 'a.db' })]);
});

it('an error is logged with stack, code and cause, and without other properties', async () => {
  const { log, lines } = createFileLogger('error');
  const cause = new Error('the disk is gone');
  const error = Object.assign(new TypeError('no', { cause }), { code: 'E_NO', request: { authorization: 'secret' } });
  log.error(error, 'Store');
  const [line] = await lines();
  expect(line).toMatchObject({ level: 'error', context: 'Store', msg: 'no' });
  expect(line?.['error']).toEqual({
    type: 'TypeError',
    message: 'no',
    code: 'E_NO',
    stack: expect.stringContaining('logger.spec'),
    cause: { type: 'Error', message: 'the disk is gone', stack: expect.stringContaining('logger.spec') },
  });
});

it('lines that exceed the buffer are dropped and counted', async () => {
  const path = join(mkdtempSync(join(tmpdir(), 'tallyboard-log-')), 'log');
  const output = new StdoutWriter(openSync(path, 'a'), formatSuppressed);
  const line = `${'x'.repeat(1_023)}\n`;
  for (let one = 0; one < 1_200; one += 1) output.write(line);
  await output.flush(5_000);
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  // One line is being written when the others arrive.
  expect(lines.filter((text) => text === line.trimEnd())).toHaveLength(1_025);
  expect(lines.at(-1)).toBe('175 left out');
});

it('a full disk or a lost reader does not end the process, and later lines are written', async () => {
  const full = new StdoutWriter(openSync('/dev/full', 'w'), formatSuppressed);
  // A closed descriptor will not do: its number may be reused.
  const gone = new StdoutWriter(openSync('/dev/null', 'r'), formatSuppressed);
  const written = await Promise.all(
    [full, gone, full, gone].map(async (output) => {
      output.write('a\n');
      await output.flush(5_000);
      return 'done with';
    }),
  );
  expect(written).toEqual(Array(4).fill('done with'));
});
