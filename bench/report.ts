/** The benchmark's answer as Markdown: the machine, the commit, the command and a table, ready for bench/RESULTS.md. */
import { execFileSync } from 'node:child_process';
import os from 'node:os';
import type { CaseResult, CaseOptions } from './cases/case.js';
import { countLongCaseRounds } from './cases/figures.js';
import { DATA_ROOT } from './server.js';

/** The first line that a command prints: empty when there is none, or the command is not there. */
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

/** The servers read the environment too, and so a figure can be taken under other settings: these are said. */
function describeSettings(): string {
  const set = Object.entries(process.env).filter(([name]) => name.startsWith('TALLYBOARD_'));
  return set.map(([name, value]) => `${name}=${value} `).join('');
}

/** The commit, the day, the machine, and how busy it is with everything. */
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
      ? `Each figure is the median of ${rounds} rounds (memory, slow, redis-bounds: ${countLongCaseRounds(rounds)}), taken in turn with its baseline; in brackets the least and the most.`
      : 'The short form: it asserts the invariants, and its figures only inform.',
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
    'exact final counts, no viewer ever goes back, every viewer ends on the last state, no viewer leaked, exit 0';
  lines.push('', faults.length > 0 ? `**Invariants broken** (${promise}):` : `Invariants held: ${promise}.`, ...faults);
  return `${lines.join('\n')}\n`;
}
