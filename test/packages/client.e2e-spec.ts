/** The package `@tallyboard/client`: small, without dependencies, the same for ES modules, CommonJS and compilers. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startApp } from '../support/app.js';
import { startCommand } from '../support/cli-process.js';
import { findTypeFaults, installPackages, measureFolder, MODULE_RESOLUTIONS } from '../support/packed-package.js';

/** Unpacked, bytes. */
const MAX_BYTES = 60_000;

const USE = `
const watching = watch('http://127.0.0.1', { periods: ['day'], onSnapshot: ({ counters }) => counters['orders']?.toFixed() });
const ended: Promise<Outcome> = add('http://127.0.0.1', 'orders', 2, { dashboard: 'shop' });
ended.catch((error: unknown) => error instanceof RefusedError && error.problem.code);
watching.close();
// @ts-expect-error a counter has a name
void add('http://127.0.0.1', 2);
`;
const IMPORTED = `import { add, type Outcome, RefusedError, watch } from '@tallyboard/client';${USE}`;
const REQUIRED = `import client = require('@tallyboard/client');
import type { Outcome } from '@tallyboard/client';
const { add, RefusedError, watch } = client;${USE}`;

let project: string;
let installed: string;

beforeAll(() => {
  project = installPackages('packages/client');
  installed = join(project, 'node_modules/@tallyboard/client');
});

it(`has no dependency and at most ${MAX_BYTES / 1_000} KB`, () => {
  expect(measureFolder(installed)).toBeLessThanOrEqual(MAX_BYTES);
  const { dependencies, peerDependencies, scripts } = JSON.parse(
    readFileSync(join(installed, 'package.json'), 'utf8'),
  ) as Record<string, unknown>;
  expect({ dependencies, peerDependencies, isBuiltAtInstall: JSON.stringify(scripts).includes('install') }).toEqual({
    isBuiltAtInstall: false,
  });
  expect(readFileSync(join(installed, 'LICENSE'), 'utf8')).toMatch(/MIT License/);
});

it('counts from an ES module and from CommonJS, with the same classes', async () => {
  const { url, dashboard } = await startApp();
  const count = `await add('${url}', 'orders', 2); if (required.RefusedError !== RefusedError) process.exit(3);`;
  const scripts = [
    `import { createRequire } from 'node:module'; import { add, RefusedError } from '@tallyboard/client';
     const required = createRequire('${project}/x.js')('@tallyboard/client'); ${count}`,
    `const required = require('@tallyboard/client'); const { add, RefusedError } = required; (async () => { ${count} })();`,
  ];
  for (const [index, script] of scripts.entries()) {
    const type = index === 0 ? 'module' : 'commonjs';
    const { ended, stderr } = startCommand([`--input-type=${type}`, '--eval', script], {}, process.execPath, project);
    expect([await ended, stderr()]).toEqual([0, '']);
  }
  expect((await dashboard()).counters).toMatchObject({ orders: 4 });
});

it.each(MODULE_RESOLUTIONS)('has the right types for moduleResolution %s', (moduleResolution, extensions) => {
  const files = extensions.map((extension) => [`use.${extension}`, extension === 'cts' ? REQUIRED : IMPORTED] as const);
  expect(findTypeFaults(project, files, moduleResolution)).toEqual([]);
});
