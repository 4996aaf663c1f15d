/**
 * Builds the package `@tallyboard/react` from `packages/react/src`. It shares pure modules of the client's source, and
 * imports all that sends requests from `@tallyboard/client`, so that a page has one client.
 */
import { join } from 'node:path';
import { buildPackage, ROOT } from './build-package.mjs';

const CLIENT = '@tallyboard/client';
/** Modules of `src/client` whose exports the package has: they are imported from it. */
const EXPORTED = new Set(
  ['change', 'client', 'dashboards', 'errors', 'watch'].map((name) => join(ROOT, 'src/client', name)),
);

const importClient = {
  name: 'import-client',
  setup({ onResolve }) {
    onResolve({ filter: /^\./ }, ({ path, resolveDir }) =>
      EXPORTED.has(join(resolveDir, path).replace(/\.js$/, '')) ? { path: CLIENT, external: true } : undefined,
    );
  },
};

export function buildReact() {
  return buildPackage({
    name: 'react',
    entry: 'packages/react/src/react.ts',
    tsconfig: 'packages/react/tsconfig.build.json',
    options: {
      external: ['react', CLIENT],
      plugins: [importClient],
      // Hooks work in components of the browser only; bundlers for server components ask for this mark.
      banner: { js: "'use client';" },
    },
  });
}
