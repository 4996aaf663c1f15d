/**
 * Four projects: `unit` needs only the code, `e2e` runs whole applications with sockets, files and processes, `redis`
 * needs a redis-server too, and `page` a browser.
 */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

const base = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2022',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: true },
        },
        module: { type: 'es6' },
      },
    ],
  },
};

/** Checks every response and frame against the OpenAPI and AsyncAPI documents of the built service. */
const checkedByDocuments = {
  globalSetup: '<rootDir>/test/support/api-docs-global.mjs',
  globalTeardown: '<rootDir>/test/support/api-docs-global.mjs',
  setupFilesAfterEnv: ['<rootDir>/test/support/api-docs-setup.ts'],
};

/**
 * With TEST_REDIS_URL, all applications of the e2e tests use that Redis. Tests of the embedded store's file and metrics
 * are left out.
 */
const embeddedStoreTests =
  '/test/(cli/(backup|export-import)|deploy/(alerts|metrics)|faults/(clock-steps|crash|crash-restore|full-disk|hanging-disk|lost-worker)|store/(backup|displaced-files|form-1|kept-forms|restore|sqlite-[a-z]+|transfer))\\.e2e-spec\\.ts$';
const onRedis = process.env.TEST_REDIS_URL ? { testPathIgnorePatterns: ['/node_modules/', embeddedStoreTests] } : {};

/**
 * With TEST_UPSTREAM, only e2e tests run, and a relay is before each application that they start. The table says which
 * suites are left out, by their paths below `test`, and why.
 */
const leftOut = JSON.parse(readFileSync(new URL('test/support/not-through-relays.json', import.meta.url), 'utf8'));
const suitesWithoutRelays = leftOut.flatMap(({ suites }) => suites).join('|');
const throughRelays = process.env.TEST_UPSTREAM
  ? { testPathIgnorePatterns: ['/node_modules/', `<rootDir>/test/(${suitesWithoutRelays})\\.e2e-spec\\.ts$`] }
  : {};

export default {
  // It ends tests that hang. How long a test takes proves nothing: the machine may have twenty other things to do.
  testTimeout: 180_000,
  // More than one for each core: most tests wait for processes and sockets most of the time.
  maxWorkers: Math.ceil(1.5 * availableParallelism()),
  // The modules of finished test files stay in memory (github.com/jestjs/jest/issues/14605). A worker that has grown to
  // gigabytes exits later than Jest waits for it.
  workerIdleMemoryLimit: '800MB',
  projects: [
    { ...base, displayName: 'unit', testMatch: ['<rootDir>/{src,web,test}/**/*.spec.ts'] },
    {
      ...base,
      ...checkedByDocuments,
      ...onRedis,
      ...throughRelays,
      displayName: 'e2e',
      testMatch: ['<rootDir>/test/**/*.e2e-spec.ts'],
    },
    { ...base, ...checkedByDocuments, displayName: 'redis', testMatch: ['<rootDir>/test/**/*.redis-spec.ts'] },
    { ...base, displayName: 'page', testMatch: ['<rootDir>/test/**/*.page-spec.ts'] },
  ].filter(({ displayName }) => !process.env.TEST_UPSTREAM || displayName === 'e2e'),
};
