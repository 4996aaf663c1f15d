/**
 * Holds the OpenAPI and AsyncAPI documents of the built service to the tools that read them: linters, generated clients
 * that compile and count on the service, and a proxy that compares requests and responses with the document.
 * It installs `tools/generators` first if it is missing or older than its lock file.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { countWithClients, generateClients } from './generated-clients.mjs';
import { callThroughPrism } from './prism-proxy.mjs';
import { installTools, ROOT } from './tools.mjs';

const BIN = `${ROOT}tools/generators/node_modules/.bin`;
const TOKEN = 'token-for-the-tools-of-the-api';
const ENV = { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true', NO_COLOR: '1' };

/** Starts a program. @returns the process, and the first line of its output that matches */
async function start(command, args, pattern, env = ENV) {
  const child = spawn(command, args, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = [];
  for await (const line of createInterface(child.stdout)) {
    const [, found] = pattern.exec(line) ?? [];
    if (found) {
      child.stdout.resume();
      return { child, found };
    }
    lines.push(line);
  }
  throw new Error(`${command} did not start:\n${lines.join('\n')}`);
}

/** Runs a program. Prints its output only if it fails, which ends the check. */
async function run(command, args) {
  const child = spawn(command, args, { cwd: ROOT, env: ENV, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => output.push(chunk));
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} failed:\n${Buffer.concat(output).toString()}`);
}

const runTool = (name, args) => run(`${BIN}/${name}`, args);

async function step(title, work) {
  const startMs = performance.now();
  const result = await work();
  process.stdout.write(`${title}: ${((performance.now() - startMs) / 1_000).toFixed(1)} s\n`);
  return result;
}

/** Fetches both documents and writes them to a directory, for tools that read files. */
async function saveDocuments(url, directory) {
  const [openApi, asyncApi] = await Promise.all(
    ['openapi.json', 'asyncapi.json'].map(async (name) => (await fetch(`${url}/${name}`)).json()),
  );
  const openApiFile = join(directory, 'openapi.json');
  const asyncApiFile = join(directory, 'asyncapi.json');
  writeFileSync(openApiFile, JSON.stringify(openApi, undefined, 1));
  writeFileSync(asyncApiFile, JSON.stringify(asyncApi, undefined, 1));
  return { openApi, asyncApi, openApiFile, asyncApiFile };
}

/** Redocly's strict rules are its recommended ones, with warnings as errors. */
async function lint({ openApiFile, asyncApiFile }, directory) {
  await runTool('redocly', ['lint', '--extends', 'recommended-strict', '--max-problems', '20', openApiFile]);
  const rules = join(directory, 'spectral.yaml');
  // A newer version of AsyncAPI than the document's is information, no warning.
  writeFileSync(rules, 'extends: ["spectral:oas", "spectral:asyncapi"]\n');
  await runTool('spectral', ['lint', '--ruleset', rules, '--fail-severity', 'warn', openApiFile, asyncApiFile]);
}

await step('installed', async () => installTools('tools/generators'));
const directory = mkdtempSync(join(tmpdir(), 'tallyboard-api-tools-'));
const children = [];
try {
  const service = await step('the service starts', () =>
    start(process.execPath, ['dist/main.js'], /Listening on (http:\/\/[^\s"]+)/, {
      PATH: process.env.PATH,
      PORT: '0',
      STORE: 'memory',
      NO_COLOR: '1',
      LOG_LEVEL: 'info',
      ADMIN_TOKENS: `tools:${TOKEN}`,
    }),
  );
  children.push(service.child);
  const url = service.found;
  const documents = await saveDocuments(url, directory);
  await step('Redocly and Spectral find nothing', () => lint(documents, directory));
  await step('clients are generated', () => generateClients(documents, runTool));
  await step('clients compile and count', () => countWithClients({ url, token: TOKEN }, run, runTool));
  const prism = await step('Prism starts', () =>
    start(
      `${BIN}/prism`,
      ['proxy', documents.openApiFile, url, '--errors', '--port', '0'],
      /Prism is listening on (http:\/\/[^\s"]+)/,
    ),
  );
  children.push(prism.child);
  const calls = await step('Prism finds nothing', () => callThroughPrism(prism.found, TOKEN, documents.openApi));
  process.stdout.write(`${calls} calls\n`);
} finally {
  for (const child of children) child.kill();
  rmSync(directory, { recursive: true });
}
