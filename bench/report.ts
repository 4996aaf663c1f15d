/**
 * Formats the results of the benchmark as Markdown for bench/RESULTS.md: command, commit, machine and a table of
 * figures.
 */
import { execFileSync } from 'node:child_process';
import os from 'node:os';
import type { CaseResult, CaseOptions } from './cases/case.js';
import { countLongCaseRounds } from './cases/figures.js';
import { DATA_ROOT } from './server.js';

/** Returns the first line that a command prints, or an empty string if it prints nothing, fails or does not exist. */
function readFirstLine(command: string, ...args: string[]): string {
  try {
    const output = execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    return output.trim().split('\n', 1)[0] ?? '';
  } catch {
    return '';
  }
}

function describeCommit(): string {
  const hash = readFirstLine('git', 'rev-parse', '--short', 'HEAD') || 'unknown';
  return readFirstLine('git', 'status', '--porcelain', '--', 'src', 'bench', 'package.json') === ''
    ? hash
    : `${hash} with changes`;
}

/**
 * Lists the variables with the prefix TALLYBOARD_: servers under measurement inherit them, so they affect the figures.
 */
function describeSettings(): string {
  const set = Object.entries(process.env).filter(([name]) => name.startsWith('TALLYBOARD_'));
  return set.map(([name, value]) => `${name}=${value} `).join('');
}

/** Describes the commit, date, machine and load average. */
export function describeEnvironment(): string {
  const cpus = os.cpus();
  const memoryGb = (os.totalmem() / 2 ** 30).toFixed(0);
  const disk = readFirstLine('stat', '-f', '-c', '%T', DATA_ROOT) || 'an unknown file system';
  const machine = `${cpus[0]?.model.trim() ?? 'unknown'}, ${cpus.length} cores, ${memoryGb} GB, data on ${disk}`;
  const system = `Node ${process.version}, ${os.type()} ${os.release()} ${os.arch()}`;
  return `at commit ${describeCommit()}, ${new Date().toISOString().slice(0, 10)}
on ${machine}; ${system}; load ${os.loadavg()[0]?.toFixed(1)}.`;
}

export function formatReport(
  command: string,
  { form, rounds }: CaseOptions,
  findings: ReadonlyMap<string, CaseResult>,
): string {
  const lines = [
    `\`${describeSettings()}${command}\` ${describeEnvironment()}`,
    form === 'full'
      ? `Each figure is the median of ${rounds} rounds (memory, slow, redis-bounds: ${countLongCaseRounds(rounds)}), alternating with its baseline; the lowest and the highest are in brackets.`
      : 'Short form: it asserts the invariants; its figures are for information only.',
    '',
    '| case | Tallyboard | baseline of the same run | ratio | target | |',
    '|---|---|---|---|---|---|',
  ];
  for (const { figures } of findings.values()) {
    for (const { label, tallyboard, baseline, ratio, target, met } of figures) {
      const verdict = form === 'short' ? '' : met ? 'met' : '**missed**';
      lines.push(`| ${label} | ${tallyboard} | ${baseline} | ${ratio} | ${target} | ${verdict} |`);
    }
  }
  const faults = [...findings].flatMap(([name, finding]) => finding.faults.map((fault) => `- ${name}: ${fault}`));
  const promise =
    'final counts are exact, no viewer goes back to an older state, every viewer ends on the last state, no file stays open, exit code 0';
  lines.push('', faults.length > 0 ? `**Invariants broken** (${promise}):` : `Invariants held: ${promise}.`, ...faults);
  return `${lines.join('\n')}\n`;
}
