/**
 * `npm run bench`: runs the cases of the benchmark in order, prints their table, and exits with 1 if an invariant
 * fails.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { BenchCase, CaseResult, CaseOptions } from './cases/case.js';
import { countersCase } from './cases/counters.js';
import { dashboardsCase } from './cases/dashboards.js';
import { fanoutCase } from './cases/fanout.js';
import { historyCase } from './cases/history.js';
import { hooksCase } from './cases/hooks.js';
import { idleCase } from './cases/idle.js';
import { ingestCase } from './cases/ingest.js';
import { ledgerCase } from './cases/ledger.js';
import { manyNumbersCase } from './cases/many-numbers.js';
import { measuresCase } from './cases/measures.js';
import { memoryCase } from './cases/memory.js';
import { pageCase } from './cases/page.js';
import { relayCase } from './cases/relay.js';
import { redisCase } from './cases/redis.js';
import { redisBoundsCase } from './cases/redis-bounds.js';
import { redisLatencyCase } from './cases/redis-latency.js';
import { slowCase } from './cases/slow.js';
import { stormCase } from './cases/storm.js';
import { streamCase } from './cases/stream.js';
import { workersCase } from './cases/workers.js';
import { replaceSection } from './generated-section.js';
import { formatReport } from './report.js';
import { DATA_ROOT, nowMs } from './server.js';

const CASES: readonly BenchCase[] = [
  fanoutCase,
  stormCase,
  ingestCase,
  hooksCase,
  memoryCase,
  idleCase,
  slowCase,
  countersCase,
  measuresCase,
  dashboardsCase,
  historyCase,
  streamCase,
  ledgerCase,
  redisCase,
  redisLatencyCase,
  redisBoundsCase,
  pageCase,
  manyNumbersCase,
  workersCase,
  relayCase,
];

const USAGE = `npm run bench -- [--short] [--only ${CASES.map(({ name }) => name).join(',')}] [--rounds N] [--out FILE]
  --short   takes about a minute, for CI: asserts the invariants, figures are for information only
  --only    runs only these cases
  --rounds  rounds of each case, alternating with its baseline (default: 3, or 1 with --short)
  --out     also writes the report to this file, for example bench/RESULTS.md
  --into    also writes the report into the generated section of these pages, for example
            docs/explanation/capacity.md,bench/RESULTS.md
A missed target is reported and does not fail the run. A broken invariant makes it exit with 1.
`;

function fail(text: string): never {
  process.stderr.write(`${text}\n${USAGE}`);
  process.exit(2);
}

function parseOptions(args: string[]) {
  try {
    const string = { type: 'string' } as const;
    const boolean = { type: 'boolean' } as const;
    return parseArgs({
      args,
      options: { short: boolean, help: boolean, only: string, rounds: string, out: string, into: string },
    }).values;
  } catch (error) {
    return fail(String(error));
  }
}

const args = process.argv.slice(2);
const { short, help, only, rounds, out, into } = parseOptions(args);
if (help) {
  process.stdout.write(USAGE);
  process.exit(0);
}
if (rounds !== undefined && !/^[1-9]\d?$/.test(rounds)) fail(`--rounds ${rounds}: must be an integer from 1 to 99`);
const form: CaseOptions['form'] = short ? 'short' : 'full';
const options: CaseOptions = { form, rounds: Number(rounds ?? (short ? 1 : 3)) };
const selectedNames = only?.split(',') ?? CASES.map(({ name }) => name);
for (const name of selectedNames) if (!CASES.some((known) => known.name === name)) fail(`--only ${name}: unknown case`);

const findings = new Map<string, CaseResult>();
for (const { name, run } of CASES) {
  if (!selectedNames.includes(name)) continue;
  const began = nowMs();
  try {
    findings.set(name, await run(options));
  } catch (error) {
    findings.set(name, { figures: [], faults: [`the case failed: ${String(error)}`] });
  }
  process.stderr.write(`${name}: ${((nowMs() - began) / 1_000).toFixed(1)} s\n`);
}

const command = ['npm run bench', ...(args.length > 0 ? ['--', ...args] : [])].join(' ');
const report = formatReport(command, options, findings);
rmSync(DATA_ROOT, { recursive: true, force: true });
process.stdout.write(report);
if (out !== undefined) writeFileSync(out, `# Benchmark results\n\n${report}`);
for (const file of into?.split(',') ?? []) {
  writeFileSync(file, replaceSection(readFileSync(file, 'utf8'), 'bench', report));
}
const missed = [...findings.values()].flatMap(({ figures }) => figures.filter(({ met }) => !met));
if (form === 'full') {
  process.stdout.write(`\n${missed.length === 0 ? 'All targets are met.' : `Targets missed: ${missed.length}.`}\n`);
}
if ([...findings.values()].some(({ faults }) => faults.length > 0)) process.exitCode = 1;
