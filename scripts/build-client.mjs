/** Builds the package `@tallyboard/client` from `src/client`. */
import { buildPackage } from './build-package.mjs';

export function buildClient() {
  return buildPackage({ name: 'client', entry: 'src/client/client.ts', tsconfig: 'tsconfig.client.json' });
}
