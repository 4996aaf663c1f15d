/** The package `@tallyboard/react`: small, for React 18 and 19, and the same for ES modules, CommonJS and compilers. */
import { readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startCommand } from '../support/cli-process.js';
import { readProjectFile } from '../support/markdown.js';
import { findTypeFaults, installPackages, measureFolder, MODULE_RESOLUTIONS } from '../support/packed-package.js';

/** Unpacked, bytes. */
const MAX_BYTES = 30_000;
const PACKAGES = fileURLToPath(new URL('../../node_modules/', import.meta.url));

const USE = `
export function Orders(props: { day: boolean }): JSX.Element {
  const { value, status, isPending } = useCounter('orders', { period: props.day ? 'day' : undefined });
  const { snapshot, definition } = useDashboard({ dashboard: 'shop', periods: ['day'], definition: true });
  const { add, change, error } = useChange();
  const count = async (): Promise<number | undefined> => {
    await change([{ counter: 'orders', by: 1 }], { reason: 'first' });
    const { outcome, error: refused } = await add('orders', 2, { key: 'order-1' });
    return refused ? undefined : outcome.counters['orders'];
  };
  const text = [value?.toFixed(), status.state, isPending, snapshot?.periods?.day?.added['orders'], definition?.title];
  const problem = error instanceof RefusedError && error.problem.code;
  const children = createElement('button', { onClick: () => void count() }, text.join(), problem);
  return createElement(TallyboardProvider, { url: new URL('http://127.0.0.1'), token: () => 'secret', children });
}
// @ts-expect-error a service has an address
createElement(TallyboardProvider, {});
// @ts-expect-error decades are no periods
useCounter('orders', { period: 'decade' });
`;
const NAMES = 'RefusedError, TallyboardProvider, useChange, useCounter, useDashboard';
const IMPORTED = `import { createElement, type JSX } from 'react';
import { ${NAMES} } from '@tallyboard/react';${USE}`;
const REQUIRED = `import react = require('react');
import type { JSX } from 'react';
import tallyboard = require('@tallyboard/react');
const { createElement } = react;
const { ${NAMES} } = tallyboard;${USE}`;

let project: string;
let installed: string;

beforeAll(() => {
  project = installPackages('packages/client', 'packages/react');
  installed = join(project, 'node_modules/@tallyboard/react');
  symlinkSync(join(PACKAGES, 'react-18'), join(project, 'node_modules/react'));
});

it(`needs the client and React only, and has at most ${MAX_BYTES / 1_000} KB`, () => {
  expect(measureFolder(installed)).toBeLessThanOrEqual(MAX_BYTES);
  const { dependencies, peerDependencies, version } = JSON.parse(
    readFileSync(join(installed, 'package.json'), 'utf8'),
  ) as Record<string, unknown>;
  expect({ dependencies, peerDependencies }).toEqual({
    dependencies: { '@tallyboard/client': `^${String(version)}` },
    peerDependencies: { react: '^18.0.0 || ^19.0.0' },
  });
  expect(readFileSync(join(installed, 'LICENSE'), 'utf8')).toContain('MIT License');
  // Without the mark, frameworks with server components refuse modules with hooks.
  expect(readFileSync(join(installed, 'dist/react.js'), 'utf8')).toMatch(/^'use client';\n/);
});

it('does not bring React to a checkout that installs what the service needs', () => {
  const { packages } = JSON.parse(readProjectFile('package-lock.json')) as {
    readonly packages: Readonly<Record<string, { readonly dev?: boolean }>>;
  };
  // A development dependency of the package too: by the peer dependency alone, npm would install it.
  expect(packages['node_modules/react']?.dev).toBe(true);
});

it('is one module for import and require, with the errors of the client', async () => {
  const script = `
    import { createRequire } from 'node:module';
    import * as client from '@tallyboard/client';
    import * as imported from '@tallyboard/react';
    const required = createRequire('${project}/x.js')('@tallyboard/react');
    for (const name of Object.keys(imported)) if (required[name] !== imported[name]) process.exit(3);
    if (imported.RefusedError !== client.RefusedError) process.exit(4);`;
  const { ended, stderr } = startCommand(['--input-type=module', '--eval', script], {}, process.execPath, project);
  expect([await ended, stderr()]).toEqual([0, '']);
});

describe.each(['react', 'react-18'])('with the types of %s', (types) => {
  it.each(MODULE_RESOLUTIONS)('compiles for moduleResolution %s', (moduleResolution, extensions) => {
    const files = extensions.map(
      (extension) => [`use.${extension}`, extension === 'cts' ? REQUIRED : IMPORTED] as const,
    );
    const paths = { react: [join(PACKAGES, '@types', types, 'index.d.ts')] };
    expect(findTypeFaults(project, files, moduleResolution, { paths, skipLibCheck: true })).toEqual([]);
  });
});
