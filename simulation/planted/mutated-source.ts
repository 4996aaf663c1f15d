/** Applies a mutation to a file of `src`, and compiles it as the build does. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { transformSync } from '@swc/core';
import type { Mutation } from './mutations.js';

const ROOT = new URL('../../', import.meta.url);

/**
 * Returns the compiled text, and the URL of the built module that it replaces.
 * @throws Error if the original text is not there exactly once
 */
export function createMutatedSource({ file, original, replacement }: Mutation): { url: string; source: string } {
  const text = readFileSync(fileURLToPath(new URL(`src/${file}`, ROOT)), 'utf8');
  const count = text.split(original).length - 1;
  if (count !== 1) throw new Error(`src/${file} has ${count} times, in place of once: ${original}`);
  // As scripts/compile-service.mjs.
  const { code } = transformSync(
    text.replace(original, () => replacement),
    {
      swcrc: false,
      jsc: {
        target: 'es2022',
        parser: { syntax: 'typescript', decorators: true },
        transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: true },
      },
      module: { type: 'es6' },
    },
  );
  return { url: new URL(`dist/${file.replace(/\.ts$/, '.js')}`, ROOT).href, source: code };
}
