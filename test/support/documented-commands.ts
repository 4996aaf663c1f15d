/**
 * Runs the shell blocks of a Markdown page in order, as a reader would, and compares the output of each with the output
 * block that follows it.
 *
 * Blocks run in a directory of symbolic links to the project, and each documented port is replaced by a free one. A
 * long-running command (a service, a server, a viewer) continues in the background until the page starts it again or
 * stops it, and is then interrupted as by Ctrl-C. HTML comments express what a reader does besides:
 *
 * - `<!-- stop: PORT -->` stops the background command on a port
 * - `<!-- start: PORT -->` starts it again
 * - `<!-- see: WORD -->` waits until a background command has printed a word
 * - `<!-- run: COMMAND -->` runs a command
 * - `<!-- skip -->` skips all blocks up to and including the next shell block
 *
 * `…` in an expected output matches any text.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterTest, eventually } from './cleanup.js';
import { findFreePorts } from '../harness/free-ports.js';
import { readProjectFile } from './markdown.js';
import { createTempDirectory } from './temp-directory.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Ports that the documents use. */
const DOCUMENTED_PORTS = [8082, 8083, 8000, 6379];
/** Entries of the project that a fresh checkout does not have, or that the commands create. */
const EXCLUDED_ENTRIES = /^(data|my-site|redis-data|redis\.conf|\.git)$/;
const LONG_RUNNING_COMMAND =
  /(npm start|npm run demo|curl -N|node dist\/main\.js|redis-server |http\.server |receiver\.(?:mjs|py)$|tallyboard\.js (?:watch|tail) |tally\.py watch )/;
/** Commands that would build first, or that use a fixed port, and their replacements. */
const COMMAND_REPLACEMENTS: readonly (readonly [RegExp, string])[] = [
  [/npm start$/m, 'node dist/main.js'],
  [/npm run demo$/m, 'node dist/cli/tallyboard.js demo http://127.0.0.1:8082'],
];
/** Commands that have been run before the test. */
const COMPLETED_COMMAND = /^(npm ci|npm run build)$/;

interface Background {
  readonly command: string;
  readonly port: number | undefined;
  readonly child: ChildProcess;
  readonly ended: Promise<unknown>;
  output: string;
}

interface Step {
  readonly kind: 'shell' | 'output' | 'directive';
  readonly text: string;
}

/** Lists the code blocks and comments of a page, without the indentation of enclosing lists. */
function listSteps(markdown: string): Step[] {
  const parts = markdown.matchAll(/^( *)```(sh|json|text)\n([^]*?)^\1```|<!-- ([a-z]+)(?:: (.*?))? -->/gm);
  return [...parts].map(([, indent = '', language, text = '', directive, argument = '']) => {
    if (directive !== undefined) return { kind: 'directive', text: `${directive} ${argument}`.trim() };
    const dedented = text.replaceAll(new RegExp(`^${indent}`, 'gm'), '');
    return { kind: language === 'sh' ? 'shell' : 'output', text: dedented };
  });
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const settle = (isOpen: boolean): void => {
      socket.destroy();
      resolve(isOpen);
    };
    socket.once('connect', () => settle(true)).once('error', () => settle(false));
  });
}

/** Compares a text with its expectation: runs of white space are equal, and `…` matches anything. */
function matches(actual: string, expected: string): boolean {
  const collapse = (text: string): string => text.trim().replaceAll(/\s+/g, ' ');
  const pattern = collapse(expected)
    .split('…')
    .map((part) => part.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`))
    .join('[^]*?');
  return new RegExp(`^${pattern}$`).test(collapse(actual));
}

export class DocumentedCommands {
  readonly #directory = createTempDirectory();
  readonly #ports = new Map<number, number>();
  readonly #running = new Map<string, Background>();
  #stopped: Background | undefined;
  /** Output of the last block that was run. */
  #output = '';

  private constructor(ports: readonly number[]) {
    for (const [index, port] of DOCUMENTED_PORTS.entries()) this.#ports.set(port, ports[index] ?? 0);
    for (const name of readdirSync(ROOT))
      if (!EXCLUDED_ENTRIES.test(name)) symlinkSync(join(ROOT, name), this.#path(name));
    mkdirSync(this.#path('.bin'));
    // Puts `tallyboard` on the PATH, as an installed package would.
    writeFileSync(this.#path('.bin/tallyboard'), `#!/bin/sh\nexec node "${ROOT}/dist/cli/tallyboard.js" "$@"\n`, {
      mode: 0o755,
    });
  }

  /**
   * Runs a page.
   * @param setupCommands commands that the page assumes to have been run, such as `npm start`
   * @param servicePort port of a service that runs already, in place of 8082
   * @throws Error at the first block that fails
   */
  static async run(page: string, setupCommands: readonly string[] = [], servicePort?: number): Promise<void> {
    const [port = 0, ...ports] = await findFreePorts(DOCUMENTED_PORTS.length);
    const commands = new DocumentedCommands([servicePort ?? port, ...ports]);
    afterTest(() => commands.#end());
    for (const command of setupCommands) await commands.#runBlock(command);
    let isSkipped = false;
    for (const { kind, text } of listSteps(readProjectFile(page))) {
      if (text === 'skip') isSkipped = true;
      else if (kind === 'directive') await commands.#runDirective(text);
      else if (kind === 'output') {
        if (!isSkipped) commands.#compare(text);
      } else if (isSkipped) isSkipped = false;
      else await commands.#runBlock(text);
    }
  }

  #path(name: string): string {
    return join(this.#directory, name);
  }

  #adapt(text: string): string {
    const replaced = COMMAND_REPLACEMENTS.reduce(
      (command, [pattern, replacement]) => command.replace(pattern, replacement),
      text,
    );
    return replaced.replaceAll(/\b(8082|8083|8000|6379)\b/g, (port) => String(this.#ports.get(Number(port))));
  }

  get #env(): Record<string, string> {
    const PATH = `${this.#path('.bin')}:${process.env['PATH'] ?? ''}:/usr/sbin`;
    return { PATH, HOME: this.#directory, PORT: String(this.#ports.get(8082)), LOG_FORMAT: 'json' };
  }

  async #runBlock(text: string): Promise<void> {
    const lines = text
      .trimEnd()
      .split('\n')
      .filter((line) => !COMPLETED_COMMAND.test(line));
    const last = lines.at(-1) ?? '';
    const isLongRunning = LONG_RUNNING_COMMAND.test(last);
    const script = (isLongRunning ? lines.slice(0, -1) : lines).join('\n');
    if (script.trim() !== '') this.#output = await this.#runToEnd(this.#adapt(script));
    if (isLongRunning) await this.#start(this.#adapt(last));
  }

  async #runToEnd(script: string): Promise<string> {
    const options = { cwd: this.#directory, env: this.#env };
    try {
      return (await promisify(execFile)('bash', ['--norc', '-euo', 'pipefail', '-c', script], options)).stdout;
    } catch (error) {
      const { stderr = '' } = error as { readonly stderr?: string };
      throw new Error(`command failed:\n${script}\n${stderr}`, { cause: error });
    }
  }

  async #start(command: string): Promise<void> {
    const port = this.#findPort(command);
    const name = port === undefined ? command : String(port);
    const previous = this.#running.get(name);
    if (previous) await this.#stop(previous);
    const child = spawn('bash', ['--norc', '-c', `exec env ${command}`], { cwd: this.#directory, env: this.#env });
    const background: Background = { command, port, child, ended: once(child, 'close'), output: '' };
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => (background.output += String(chunk)));
    this.#running.set(name, background);
    if (port === undefined) return;
    await eventually(async () => (await isListening(port)) || child.exitCode !== null);
    if (child.exitCode !== null)
      throw new Error(`command exited before it listened:\n${command}\n${background.output}`);
  }

  /** Returns the port that a command will listen on, or undefined if it does not listen. */
  #findPort(command: string): number | undefined {
    if (command.includes('redis-server')) return this.#ports.get(6379);
    if (/http\.server|receiver\./.test(command)) return this.#ports.get(8000);
    if (!command.includes('dist/main.js')) return undefined;
    return Number(/\bPORT=(\d+)/.exec(command)?.[1] ?? this.#ports.get(8082));
  }

  async #stop(background: Background): Promise<void> {
    background.child.kill('SIGINT');
    await background.ended;
    this.#stopped = background;
  }

  async #runDirective(directive: string): Promise<void> {
    const [verb, argument = ''] = directive.split(/ (.*)/s);
    const background = this.#running.get(this.#adapt(argument));
    if (verb === 'stop' && background) await this.#stop(background);
    else if (verb === 'start' && background) await this.#start(background.command);
    else if (verb === 'run') this.#output = await this.#runToEnd(this.#adapt(argument));
    else if (verb === 'see') {
      await eventually(() =>
        [...this.#running.values(), this.#stopped].some((command) => command?.output.includes(argument)),
      );
    }
  }

  #compare(expected: string): void {
    const text = this.#adapt(expected);
    if (!matches(this.#output, text)) throw new Error(`expected:\n${text}\nbut was:\n${this.#output}`);
  }

  async #end(): Promise<void> {
    for (const { child, ended } of this.#running.values()) {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      await ended;
    }
  }
}
