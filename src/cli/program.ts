/** The commands, their arguments and their help. */
import { readFileSync } from 'node:fs';
import { Argument, Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { changeCounter, type ChangeCommandOptions } from './change.command.js';
import { simulateShop, type DemoCommandOptions } from './demo.command.js';
import { EXIT, EXIT_CODES_HELP, explainError } from './exit-codes.js';
import type { ExportCommandOptions } from './export.command.js';
import { checkHealth } from './health.command.js';
import type { ImportCommandOptions } from './import.command.js';
import type { CommandEnvironment } from './bearer-token.js';
import { watchCounters, type WatchCommandOptions } from './watch.command.js';

const EXAMPLES = {
  tallyboard: ['tallyboard', 'tallyboard add http://127.0.0.1:8082 orders', 'tallyboard watch http://127.0.0.1:8082'],
  start: ['tallyboard start', 'PORT=9000 DATA_DIR=/var/lib/tallyboard tallyboard start'],
  watch: [
    'tallyboard watch http://127.0.0.1:8082',
    'tallyboard watch https://example.org/tallyboard --dashboard shop --counters orders,returns',
    'tallyboard watch http://127.0.0.1:8082 --json | jq .counters.orders',
  ],
  add: [
    'tallyboard add http://127.0.0.1:8082 orders',
    'tallyboard add http://127.0.0.1:8082 orders 12 --key import-7 --reason "late orders"',
    'TALLYBOARD_TOKEN=... tallyboard add https://example.org visitors --dashboard shop',
  ],
  remove: ['tallyboard remove http://127.0.0.1:8082 products', 'tallyboard remove http://127.0.0.1:8082 products 3'],
  demo: [
    'tallyboard demo',
    'tallyboard demo http://127.0.0.1:8082 --speed 600 --from 11:00 --until 20:00',
    'tallyboard demo --dashboard shop --speed max --hours 24 --json',
  ],
  health: ['tallyboard health', 'tallyboard health https://example.org/tallyboard'],
  backup: ['tallyboard backup counters.db', 'tallyboard backup /backup/monday.db --data-dir /var/lib/tallyboard'],
  export: [
    'tallyboard export counters.ndjson',
    'tallyboard export --data-dir /var/lib/tallyboard | gzip > counters.ndjson.gz',
    'REDIS_URL=rediss://... tallyboard export --dashboard shop --dashboard main counters.ndjson',
  ],
  import: [
    'STORE=redis REDIS_URL=redis://127.0.0.1:6379 tallyboard import counters.ndjson',
    'gunzip < counters.ndjson.gz | tallyboard import --data-dir /var/lib/tallyboard',
  ],
} as const;

/** Where `npm start` listens. */
const DEFAULT_DEMO_URL = new URL('http://127.0.0.1:8082');

/** Runs a command line. @returns its exit code; `start` goes on after that, and ends the process itself */
export async function runCommandLine(args: readonly string[], env: CommandEnvironment): Promise<number> {
  try {
    await createProgram(env).parseAsync(args.length > 0 ? args : ['start'], { from: 'user' });
    return EXIT.done;
  } catch (error) {
    // Commander has said what is wrong by itself; asking for help is an error to it as well, with 0.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    const { exitCode: code, lines } = explainError(error);
    process.stderr.write(lines.map((line) => `${line}\n`).join(''));
    return code;
  }
}

export function createProgram(env: CommandEnvironment): Command {
  const program = new Command('tallyboard')
    .description('Live business counters: without a command, starts the service.')
    .version(readVersion())
    .exitOverride()
    .showHelpAfterError('(--help tells more)')
    .addHelpText('after', formatExamples('tallyboard'));
  program
    .command('start')
    .description('Start the service. It is configured by environment variables: see docs/reference/configuration.md.')
    .addHelpText('after', formatExamples('start'))
    .action(async () => void (await import('../main.js')));
  addServiceArguments(program.command('watch'), 'watch')
    .description(
      'Show the counters live until it is interrupted: in place on a terminal, else a line of JSON for each new state. ' +
        'Comes back by itself when the connection is lost, except when the first attempt fails.',
    )
    .option('--counters <names>', 'only these, with commas between', (text: string) => text.split(','))
    .option('--json', 'lines of JSON on a terminal too')
    .action((url: URL, options: WatchCommandOptions) => watchCounters(url, options, env));
  for (const [name, sign, summary] of [
    ['add', 1, 'Add to a counter.'],
    ['remove', -1, 'Take from a counter. More than there is: refused, and nothing changes.'],
  ] as const) {
    addServiceArguments(program.command(name), name)
      .description(`${summary} Retried under one key, so that it counts once.`)
      .argument('<counter>', 'name of the counter')
      .argument('[amount]', 'how much: 1 to 1000000000', parsePositiveInteger, 1)
      .option('--key <key>', 'Idempotency-Key: repeat it to repeat the command without counting twice')
      .option('--reason <text>', 'why, for the ledger')
      .addOption(new Option('--timeout <seconds>', 'how long to try').argParser(parsePositiveInteger).default(30))
      .option('--json', 'print the outcome as JSON')
      .action((url: URL, counter: string, amount: number, options: ChangeCommandOptions) =>
        changeCounter(url, counter, sign * amount, options, env),
      );
  }
  addServiceArguments(program.command('demo'), 'demo', DEFAULT_DEMO_URL)
    .description(
      'Count the days of a shop that is made up: orders, returns, sign-ups, deliveries, until it is interrupted or its time is over. ' +
        'Makes the dashboard when it is missing, waits for a server that has gone, and ends with the sums of what was counted.',
    )
    .option('--speed <times>', 'how many times faster than a clock: 1 to 1000000, or max', parseSpeed, 60)
    .option('--seed <number>', 'the same number makes the same days', parsePositiveInteger, 7)
    .addOption(
      new Option('--from <time>', 'time of day in the shop: HH:MM, or now')
        .argParser((text) => (text === 'now' ? text : parseTime(text)))
        .default(8 * 3_600, '08:00'),
    )
    .option('--until <time>', 'end at the next such time: HH:MM', parseTime)
    .option('--hours <number>', 'end after so many hours of the shop', parseHours)
    .option('--json', 'print the sums as JSON')
    .action((url: URL, options: DemoCommandOptions) => simulateShop(url, options, env));
  program
    .command('health')
    .description(
      'Say whether the service is ready: the one that these environment variables configure, or that of a URL.',
    )
    .argument('[url]', 'base URL of the service', parseUrl)
    .addHelpText('after', formatExamples('health'))
    .action((url?: URL) => checkHealth(url, env));
  program
    .command('backup')
    .description('Make a consistent copy of an embedded store, which may be in use.')
    .argument('<file>', 'the copy; it must not be there yet')
    .option('--data-dir <directory>', 'directory of the store (default: as the service, DATA_DIR or ./data)')
    .addHelpText('after', formatExamples('backup'))
    .action(async (file: string, options: { dataDir?: string }) => {
      // The store's driver and the configuration take longer to load than the other commands take altogether.
      const { backupStore } = await import('./backup.command.js');
      backupStore(file, options.dataDir, env);
    });
  addStoreArguments(program.command('export'), 'export', 'where to; it must not be there yet (default: stdout)')
    .description(
      'Write dashboards with all that belongs to them as lines of JSON: for another store, or to be looked at. The store may be in use.',
    )
    .action(async (file: string | undefined, options: ExportCommandOptions) => {
      const { exportStore } = await import('./export.command.js');
      await exportStore(file, options, env);
    });
  addStoreArguments(program.command('import'), 'import', 'where from (default: stdin)')
    .description(
      'Bring the dashboards of an export into a store, each whole or not at all. ' +
        'After an interruption, give the same command again: what is complete is skipped.',
    )
    .option(
      '--replace',
      'let dashboards take the place of others of their name, which go with all that belongs to them',
    )
    .action(async (file: string | undefined, options: ImportCommandOptions) => {
      const { importStore } = await import('./import.command.js');
      await importStore(file, options, env);
    });
  return program;
}

/** What all commands have that go to a running service. */
function addServiceArguments(command: Command, name: keyof typeof EXAMPLES, url?: URL): Command {
  const description = 'base URL of the service';
  if (url) command.addArgument(new Argument('[url]', description).argParser(parseUrl).default(url, url.href));
  else command.argument('<url>', `${description}, for example http://127.0.0.1:8082`, parseUrl);
  return command
    .option('--dashboard <name>', 'name of the dashboard', 'main')
    .option('--token-file <file>', 'file that holds the bearer token (default: the variable TALLYBOARD_TOKEN)')
    .addHelpText('after', formatExamples(name));
}

/** What the commands have that go to a store. */
function addStoreArguments(command: Command, name: 'export' | 'import', file: string): Command {
  return command
    .argument('[file]', file)
    .option('--data-dir <directory>', 'the embedded store of a directory (default: as the service, by its variables)')
    .option('--redis-url <url>', 'the store on a Redis; where the URL has a password, give it as REDIS_URL instead')
    .option('--redis-prefix <prefix>', 'what its keys begin with (default: REDIS_PREFIX or tallyboard)')
    .addOption(
      new Option('--dashboard <name>', 'only this one; may be given many times')
        .argParser((text: string, names: readonly string[]) => [...names, text])
        .default([], 'all'),
    )
    .addHelpText('after', formatExamples(name));
}

function formatExamples(name: keyof typeof EXAMPLES): string {
  return `\nExamples:\n${EXAMPLES[name].map((line) => `  ${line}\n`).join('')}${EXIT_CODES_HELP}`;
}

function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url;
  throw new InvalidArgumentError('It has to be an address like http://127.0.0.1:8082.');
}

function parsePositiveInteger(text: string): number {
  if (/^[1-9]\d{0,9}$/.test(text) && Number(text) <= 1_000_000_000) return Number(text);
  throw new InvalidArgumentError('It has to be a whole number, 1 to 1000000000.');
}

function parseTime(text: string): number {
  const [, hour, minute] = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(text) ?? [];
  if (hour !== undefined) return Number(hour) * 3_600 + Number(minute) * 60;
  throw new InvalidArgumentError('It has to be a time of day like 09:00.');
}

function parseSpeed(text: string): number {
  if (text === 'max') return Infinity;
  if (/^\d+(\.\d+)?$/.test(text) && Number(text) >= 1 && Number(text) <= 1_000_000) return Number(text);
  throw new InvalidArgumentError('It has to be a number, 1 to 1000000, or max.');
}

function parseHours(text: string): number {
  if (/^\d+(\.\d+)?$/.test(text) && Number(text) > 0) return Number(text);
  throw new InvalidArgumentError('It has to be a number above 0.');
}

function readVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
