/**
 * Lints the Lua scripts with luacheck, each with its includes as it is sent to Redis, and reports findings by file and
 * line. If luacheck is not installed it prints a notice and passes; in CI (`CI` is set) it fails.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

const FOLDER = 'src/store/redis/lua';
const INCLUDE = /^-- @include (\S+)$/;
const included = new Set();

/** Returns the lines of a script with its includes expanded. `place` is `file:line` of a line. */
function readLines(file) {
  const lines = readFileSync(`${FOLDER}/${file}`, 'utf8').trimEnd().split('\n');
  return lines.flatMap((text, index) => {
    const [, part] = INCLUDE.exec(text) ?? [];
    if (!part) return [{ text, place: `${FOLDER}/${file}:${index + 1}` }];
    included.add(part);
    return readLines(part);
  });
}

/** Runs luacheck on a script. @returns its findings, one per line */
function lint(lines) {
  const input = lines.map(({ text }) => text).join('\n');
  const { error, stdout, stderr } = spawnSync('luacheck', ['--formatter', 'plain', '--codes', '-'], {
    input,
    encoding: 'utf8',
  });
  if (error) throw error;
  if (stderr) throw new Error(stderr);
  const findings = stdout.split('\n').filter(Boolean);
  return findings.map((finding) => finding.replace(/^stdin:(\d+)/, (_match, line) => lines[line - 1].place));
}

const scripts = readdirSync(FOLDER).map((file) => ({ file, lines: readLines(file) }));
try {
  const whole = scripts.filter(({ file }) => !included.has(file));
  const findings = whole.flatMap(({ lines }) => lint(lines));
  for (const finding of findings) process.stderr.write(`${finding}\n`);
  if (findings.length > 0) process.exitCode = 1;
} catch (error) {
  if (error.code !== 'ENOENT') throw error;
  process.stderr.write('The Lua scripts were not linted: luacheck is not installed (apt-get install lua-check).\n');
  if (process.env.CI) process.exitCode = 1;
}
