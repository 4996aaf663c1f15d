/**
 * Lints the Lua scripts with luacheck, each put together as it is sent to Redis, and names every finding by its file and
 * line. Where luacheck is not installed it passes with a notice; in CI (`CI` is set) it fails.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

const FOLDER = 'src/store/redis/lua';
const INCLUDE = /^-- @include (\S+)$/;
const included = new Set();

/** The lines of a script, with those of the parts that it includes in place. `place` is `file:line`. */
function readLines(file) {
  const lines = readFileSync(`${FOLDER}/${file}`, 'utf8').trimEnd().split('\n');
  return lines.flatMap((text, index) => {
    const [, part] = INCLUDE.exec(text) ?? [];
    if (!part) return [{ text, place: `${FOLDER}/${file}:${index + 1}` }];
    included.add(part);
    return readLines(part);
  });
}

/** @returns what luacheck finds in a script, a line each */
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
