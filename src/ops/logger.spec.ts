/** Lines of the log, as they come out of a file. */
import { mkdtempSync, openSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { type LogFields, type LogLevel, AppLogger } from './logger.js';
import { StdoutWriter } from './stdout-writer.js';

const formatSuppressed = (leftOut: number): string => `${leftOut} left out\n`;

/** A log into a file, and its lines once they are written. */
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

it('a line has level, time, context and message, the fields it was given, and those that are in every line', async () => {
  const { log, lines } = createFileLogger('info', () => ({ traceId: 'abc' }));
  log.write('warn', 'Store', 'slow', { tookMs: 12 });
  const [{ time, ...line } = { time: '' }] = await lines();
  expect(line).toEqual({ level: 'warn', context: 'Store', msg: 'slow', tookMs: 12, traceId: 'abc' });
  expect(new Date(String(time)).toISOString()).toBe(time);
});

it('loggers of Nest write through it: text, fields and context; what Nest says of its start is for debugging', async () => {
  const { log, lines } = createFileLogger('info');
  Logger.overrideLogger(log);
  new Logger('Store').log('opened', { file: 'a.db' });
  new Logger('InstanceLoader').log('DashboardModule dependencies initialized');
  new Logger('Store').debug('nobody sees this');
  expect(await lines()).toEqual([expect.objectContaining({ context: 'Store', msg: 'opened', file: 'a.db' })]);
});

it('an error keeps its stack, its code and its cause, and nothing that others have hung on it', async () => {
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

it('lines that come faster than they can be written are left out beyond a bound, and counted', async () => {
  const path = join(mkdtempSync(join(tmpdir(), 'tallyboard-log-')), 'log');
  const output = new StdoutWriter(openSync(path, 'a'), formatSuppressed);
  const line = `${'x'.repeat(1_023)}\n`;
  for (let one = 0; one < 1_200; one += 1) output.write(line);
  await output.flush(5_000);
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  // One is on its way when the others come.
  expect(lines.filter((text) => text === line.trimEnd())).toHaveLength(1_025);
  expect(lines.at(-1)).toBe('175 left out');
});

it('a disk that is full, or an output that is gone, ends nothing: later lines are tried again', async () => {
  const full = new StdoutWriter(openSync('/dev/full', 'w'), formatSuppressed);
  // Not one that was closed: its number may be another's by now.
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
