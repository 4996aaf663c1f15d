/** Warnings of a large write-ahead log, and reports of missing files. */
import { Logger } from '@nestjs/common';
import { FileWatch } from './file-watch.js';
import type { FileCheck, FileFault } from './held-files.js';

const MIB = 2 ** 20;
const FAULT: FileFault = { message: 'gone', canReopen: false, isReplaced: false, isOverwritten: false };

async function runChecks(checks: readonly FileCheck[]) {
  const warnings: string[] = [];
  const changes: (string | undefined)[] = [];
  const logger = Object.assign(new Logger(), { warn: (message: string) => warnings.push(message) });
  let current: FileCheck = { walBytes: 0 };
  const watch = new FileWatch(logger, {
    check: async () => current,
    onChange: (fault) => changes.push(fault?.message),
  });
  for (current of checks) await watch.check();
  return { warnings, changes, watch };
}

describe('the watch over the files of a store', () => {
  it('warns once each time that the write-ahead log becomes large', async () => {
    const sizes = [1, 63, 70, 90, 4, 64].map((mib) => ({ walBytes: mib * MIB }));
    const { warnings, watch } = await runChecks(sizes);
    expect(warnings.map((text) => /(\d+) MiB/.exec(text)?.[1])).toEqual(['70', '64']);
    expect(watch.walBytes).toBe(64 * MIB);
  });

  it('reports a fault when it begins, when its text changes, and when it ends', async () => {
    const other = { ...FAULT, message: 'replaced' };
    const faults = [undefined, FAULT, FAULT, other, undefined, undefined];
    const { changes, watch } = await runChecks(faults.map((fault) => ({ walBytes: 0, ...(fault && { fault }) })));
    expect([changes, watch.fault]).toEqual([['gone', 'replaced', undefined], undefined]);
  });
});
