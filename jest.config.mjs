/**
 * Four projects: `unit` needs nothing but the code, `e2e` runs whole applications on sockets, files and processes, `redis` a
 * redis-server too, `page` a browser.
 */
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

/** What is answered and sent is held to the documents of the built service. */
const documented = {
  globalSetup: '<rootDir>/test/support/api-docs-global.mjs',
  globalTeardown: '<rootDir>/test/support/api-docs-global.mjs',
  setupFilesAfterEnv: ['<rootDir>/test/support/api-docs-setup.ts'],
};

/** Pointed at a Redis, all applications of the e2e tests keep their counters there: what is about the file of the embedded store does not apply. */
const aboutTheFile =
  '/test/(cli/(backup|export-import)|faults/(full-disk|lost-worker)|store/(backup|sqlite-[a-z]+|transfer))\\.e2e-spec\\.ts$';
const pointed = process.env.TEST_REDIS_URL ? { testPathIgnorePatterns: ['/node_modules/', aboutTheFile] } : {};

export default {
  // Starting an application takes seconds on a machine that has other things to do.
  testTimeout: 20_000,
  // One for each core: most tests wait for processes and sockets most of the time.
  maxWorkers: '100%',
  projects: [
    { ...base, displayName: 'unit', testMatch: ['<rootDir>/{src,web,test}/**/*.spec.ts'] },
    { ...base, ...documented, ...pointed, displayName: 'e2e', testMatch: ['<rootDir>/test/**/*.e2e-spec.ts'] },
    { ...base, ...documented, displayName: 'redis', testMatch: ['<rootDir>/test/**/*.redis-spec.ts'] },
    { ...base, displayName: 'page', testMatch: ['<rootDir>/test/**/*.page-spec.ts'] },
  ],
};
