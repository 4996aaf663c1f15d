/** Defines the commands, their arguments and their help. */
import { readFileSync } from 'node:fs';
import { Argument, Command, CommanderError, Option } from 'commander';
import { PERIODS } from '../counters/definition.js';
import {
  parseDays,
  parseEntry,
  parseHeader,
  parseHours,
  parseLocale,
  parsePositiveInteger,
  parseSpeed,
  parseTime,
  parseUrl,
} from './argument-parsers.js';
import { changeCounter, type ChangeCommandOptions } from './change.command.js';
import { defineDashboard, type DefineCommandOptions } from './define.command.js';
import { simulateShop, type DemoCommandOptions } from './demo.command.js';
import { EXIT, EXIT_CODES_HELP, explainError } from './exit-codes.js';
import type { ExportCommandOptions } from './export.command.js';
import { checkHealth } from './health.command.js';
import type { HooksCheckOptions } from './hooks-check.command.js';
import type { ImportCommandOptions } from './import.command.js';
import type { CommandEnvironment } from './bearer-token.js';
import { tailLedger, type TailCommandOptions } from './tail.command.js';
import { watchCounters, type WatchCommandOptions } from './watch.command.js';

const EXAMPLES = {
  tallyboard: ['tallyboard', 'tallyboard add http://127.0.0.1:8082 orders', 'tallyboard watch http://127.0.0.1:8082'],
  start: ['tallyboard start', 'PORT=9000 DATA_DIR=/var/lib/tallyboard tallyboard start'],
  watch: [
    'tallyboard watch http://127.0.0.1:8082',
    'tallyboard watch https://example.org/tallyboard --dashboard shop --counters orders,returns',
    'tallyboard watch http://127.0.0.1:8082 --dashboard shop --period day --locale de',
    'tallyboard watch http://127.0.0.1:8082 --json | jq .counters.orders',
  ],
  tail: [
    'tallyboard tail http://127.0.0.1:8082',
    'tallyboard tail https://example.org/tallyboard shop --out shop.ndjson',
    'tallyboard tail http://127.0.0.1:8082 shop --checkpoint shop.place | ./load-into-warehouse',
  ],
  add: [
    'tallyboard add http://127.0.0.1:8082 orders',
    'tallyboard add http://127.0.0.1:8082 orders 12 --key import-7 --reason "late orders"',
    'TALLYBOARD_TOKEN=... tallyboard add https://example.org visitors --dashboard shop',
  ],
  remove: ['tallyboard remove http://127.0.0.1:8082 products', 'tallyboard remove http://127.0.0.1:8082 products 3'],
  define: [
    'tallyboard define http://127.0.0.1:8082 shop orders=Orders revenue "stock=Blue mugs"',
    'TALLYBOARD_TOKEN=... tallyboard define https://example.org shop orders --title "Our shop"',
  ],
  demo: [
    'tallyboard demo',
    'tallyboard demo --backfill 14d',
    'tallyboard demo http://127.0.0.1:8082 --speed 600 --from 11:00 --until 20:00',
    'tallyboard demo --dashboard shop --speed max --hours 24 --json',
  ],
  health: ['tallyboard health', 'tallyboard health https://example.org/tallyboard'],
  backup: ['tallyboard backup counters.db', 'tallyboard backup /backup/monday.db --data-dir /var/lib/tallyboard'],
  check: ['tallyboard check', 'tallyboard check monday.db'],
  repair: ['tallyboard repair repaired.db', 'tallyboard repair /backup/repaired.db --data-dir /var/lib/tallyboard'],
  restore: ['tallyboard restore counters.db', 'tallyboard restore /backup/monday.db --data-dir /var/lib/tallyboard'],
  export: [
    'tallyboard export counters.ndjson',
    'tallyboard export --data-dir /var/lib/tallyboard | gzip > counters.ndjson.gz',
    'REDIS_URL=rediss://... tallyboard export --dashboard shop --dashboard main counters.ndjson',
  ],
  import: [
    'STORE=redis REDIS_URL=redis://127.0.0.1:6379 tallyboard import counters.ndjson',
    'gunzip < counters.ndjson.gz | tallyboard import --data-dir /var/lib/tallyboard',
  ],
  hooks: [
    'tallyboard hooks check hooks.yaml',
    'tallyboard hooks check hooks.yaml --event star.json --hook code --header "X-GitHub-Event: star"',
  ],
} as const;

const URL_DESCRIPTION = 'base URL of the service, for example http://127.0.0.1:8082';
const TOKEN_FILE_DESCRIPTION = 'file with the bearer token (default: the variable TALLYBOARD_TOKEN)';
const DEFAULT_DEMO = { url: new URL('http://127.0.0.1:8082'), dashboard: 'demo' } as const;

/**
 * Runs a command line.
 * @returns its exit code; after `start` the service continues to run and ends the process itself
 */
export async function runCommandLine(args: readonly string[], env: CommandEnvironment): Promise<number> {
  try {
    await createProgram(env).parseAsync(args.length > 0 ? args : ['start'], { from: 'user' });
    return EXIT.done;
  } catch (error) {
    // Commander has printed the error. It throws for `--help` too, with exit code 0.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    const { exitCode: code, lines } = explainError(error);
    process.stderr.write(lines.map((line) => `${line}\n`).join(''));
    return code;
  }
}

export function createProgram(env: CommandEnvironment): Command {
  const program = new Command('tallyboard')
    .description('Live business counters. Without a command, starts the service.')
    .version(readVersion())
    .exitOverride()
    .showHelpAfterError('(run with --help for usage)')
    .addHelpText('after', formatExamples('tallyboard'));
  program
    .command('start')
    .summary('Start the service (configured by environment variables)')
    .description('Start the service. Environment variables configure it: see docs/reference/configuration.md.')
    .addHelpText('after', formatExamples('start'))
    .option('--workers <count>', 'processes that take requests and hold viewers: 1 (default), more, or auto')
    .action(async ({ workers }: { readonly workers?: string }) => {
      // The service reads its variables from there.
      if (workers !== undefined) Object.assign(env, { TALLYBOARD_WORKERS: workers });
      await import('../main.js');
    });
  addServiceArguments(program.command('watch'), 'watch')
    .summary('Show live counter values; prints one JSON line per update when piped')
    .description(
      'Show live counter values until interrupted: in place on a terminal, or one JSON line per update when piped. ' +
        'Reconnects when the connection is lost, but fails if the first attempt fails.',
    )
    .option('--counters <names>', 'show only these counters and measures, separated by commas', splitNames)
    .addOption(new Option('--period <period>', 'show what came within the present one').choices(PERIODS))
    .option(
      '--locale <tag>',
      'language of the numbers on a terminal, such as de or en-GB (default: that of LC_ALL, LC_NUMERIC or LANG)',
      parseLocale,
    )
    .option('--json', 'print JSON lines on a terminal too')
    .action((url: URL, options: WatchCommandOptions) => watchCounters(url, options, env));
  addServiceArguments(program.command('tail'), 'tail')
    .summary('Write every change as a JSON line, to a file or to another program')
    .description(
      'Write the ledger as JSON lines: each entry that is kept, then every new one until interrupted. ' +
        'Reconnects when the connection is lost, but fails if the first request fails. ' +
        'With --out each entry is in the file exactly once, also if the command is killed and started again.',
    )
    .argument('[dashboard]', 'dashboard to use, in place of --dashboard')
    .addOption(
      new Option('--out <file>', 'append to this file, after the entry of its last line').conflicts('checkpoint'),
    )
    .option('--checkpoint <file>', 'write to stdout, and keep the last entry there: a restart repeats a few at most')
    .option('--after <entry>', 'begin after this entry: revision, or epoch:revision', parseEntry)
    .option('--counters <names>', 'only entries that change these counters, separated by commas', splitNames)
    .option('--who <name>', 'only entries of this actor')
    .action((url: URL, dashboard: string | undefined, options: TailCommandOptions) =>
      tailLedger(url, { ...options, ...(dashboard !== undefined && { dashboard }) }, env),
    );
  for (const [name, sign, summary] of [
    ['add', 1, 'Add to a counter; safe to retry'],
    ['remove', -1, 'Subtract from a counter; fails if the counter would go below zero'],
  ] as const) {
    addServiceArguments(program.command(name), name)
      .summary(summary)
      .description(`${summary}. Retries network failures under one key, so that the change counts once.`)
      .argument('<counter>', 'name of the counter')
      .argument('[amount]', 'an integer from 1 to 2^53 - 1', parsePositiveInteger, 1)
      .option('--key <key>', 'idempotency key: repeat the command with the same key to retry without counting twice')
      .option('--reason <text>', 'reason that the ledger records')
      .addOption(
        new Option('--timeout <seconds>', 'seconds after which to stop retrying')
          .argParser(parsePositiveInteger)
          .default(30),
      )
      .option('--json', 'print the outcome as JSON')
      .action((url: URL, counter: string, amount: number, options: ChangeCommandOptions) =>
        changeCounter(url, counter, sign * amount, options, env),
      );
  }
  program
    .command('define')
    .summary('Make a dashboard and counters, or give counters titles')
    .description(
      'Make a dashboard and counters, or give counters titles. What is not named stays as it is, and no value changes. ' +
        'Needs a token for admins where the service has tokens.',
    )
    .argument('<url>', URL_DESCRIPTION, parseUrl)
    .argument('<dashboard>', 'name of the dashboard: letters, digits, - and _')
    .argument('<counters...>', 'name of a counter, or name=Title')
    .option('--title <text>', 'title of the dashboard')
    .option('--token-file <file>', TOKEN_FILE_DESCRIPTION)
    .option('--json', 'print the definition as JSON')
    .addHelpText('after', formatExamples('define'))
    .action((url: URL, dashboard: string, counters: readonly string[], options: DefineCommandOptions) =>
      defineDashboard(url, dashboard, counters, options, env),
    );
  addServiceArguments(program.command('demo'), 'demo', DEFAULT_DEMO)
    .summary('Simulate a busy shop')
    .description(
      'Simulate a busy shop: visits, orders, returns and deliveries, until interrupted or until the given end. ' +
        'Creates the dashboard if it is missing, waits if the server goes away, and prints the sums of what was counted.',
    )
    .option('--speed <factor>', 'simulated time per real time: 1 to 1000000, or max', parseSpeed, 60)
    .addOption(
      new Option(
        '--backfill <days>',
        'book the days before the start if the dashboard is new: 1d to 60d; then --from is now and --speed is 1 by default',
      )
        .argParser(parseDays)
        .implies({ from: 'now', speed: 1 }),
    )
    .option('--seed <number>', 'seed of the simulation; the same seed gives the same days', parsePositiveInteger, 7)
    .addOption(
      new Option('--from <time>', 'start at this time of day: HH:MM, or now in Europe/Berlin')
        .argParser((text) => (text === 'now' ? text : parseTime(text)))
        .default(8 * 3_600, '08:00'),
    )
    .option('--until <time>', 'end at the next such time of day: HH:MM', parseTime)
    .option('--hours <number>', 'end after so many simulated hours', parseHours)
    .option('--json', 'print the sums as JSON')
    .action((url: URL, options: DemoCommandOptions) => simulateShop(url, options, env));
  program
    .command('health')
    .summary('Check whether a service is ready')
    .description(
      'Check whether a service is ready. Without a URL, checks the one that the environment variables configure.',
    )
    .argument('[url]', 'base URL of the service', parseUrl)
    .addHelpText('after', formatExamples('health'))
    .action((url?: URL) => checkHealth(url, env));
  program
    .command('backup')
    .summary('Copy the embedded database while it is in use')
    .description('Make a consistent copy of the embedded database, which may be in use.')
    .argument('<file>', 'path of the copy; must not exist yet')
    .option('--data-dir <directory>', 'directory of the database (default: DATA_DIR, or ./data)')
    .addHelpText('after', formatExamples('backup'))
    .action(async (file: string, options: { dataDir?: string }) => {
      // Loaded on demand: the database driver and the configuration take longer to load than other commands take to
      // run.
      const { backupStore } = await import('./backup.command.js');
      backupStore(file, options.dataDir, env);
    });
  program
    .command('check')
    .summary('Look for damage in the embedded database or a backup')
    .description(
      'Look for damage in the embedded database, which may be in use, or in a backup: read every page, index and row, ' +
        'and compare values with ledger and history. Changes nothing.',
    )
    .argument('[file]', 'path of a backup (default: the database in --data-dir)')
    .option('--data-dir <directory>', 'directory of the database (default: DATA_DIR, or ./data)')
    .addHelpText('after', formatExamples('check'))
    .action(async (file: string | undefined, options: { dataDir?: string }) => {
      const { checkStore } = await import('./check.command.js');
      checkStore(file, options.dataDir, env);
    });
  program
    .command('repair')
    .summary('Rebuild a damaged embedded database as a new file, while the service is stopped')
    .description(
      'Rebuild a damaged embedded database as a new file, while the service is stopped. Reads every page that can be ' +
        'read, decides what contradicts itself by values, points and ledger, and prints what is damaged, repaired and ' +
        'lost, line by line. Changes nothing else: put the new file in place with `tallyboard restore`. Exit code 0: ' +
        'nothing is lost; 4: the lines with "lost" say what is; 1: nothing was written.',
    )
    .argument('<file>', 'path of the new database; must not exist yet')
    .option('--data-dir <directory>', 'directory of the database (default: DATA_DIR, or ./data)')
    .addHelpText('after', formatExamples('repair'))
    .action(async (file: string, options: { dataDir?: string }) => {
      const { repairStore } = await import('./repair.command.js');
      repairStore(file, options.dataDir, env);
    });
  program
    .command('restore')
    .summary('Replace the embedded database by a backup, while the service is stopped')
    .description(
      'Replace the embedded database by a backup. The service must be stopped. Checks the backup first, keeps the files ' +
        'that it replaces under other names, and gives every dashboard a new epoch, so that no client shows later numbers ' +
        'than the backup has.',
    )
    .argument('<file>', 'path of the backup')
    .option('--data-dir <directory>', 'directory of the database (default: DATA_DIR, or ./data)')
    .addHelpText('after', formatExamples('restore'))
    .action(async (file: string, options: { dataDir?: string }) => {
      const { restoreStore } = await import('./restore.command.js');
      restoreStore(file, options.dataDir, env);
    });
  addStoreArguments(
    program.command('export'),
    'export',
    'path of the export; must not exist yet (default, and -: stdout)',
  )
    .summary('Write dashboards, history and ledger as JSON lines')
    .description(
      'Write dashboards with their history, ledger and idempotency keys as JSON lines, to import them into another store or to ' +
        'read them. The store may be in use.',
    )
    .action(async (file: string | undefined, options: ExportCommandOptions) => {
      const { exportStore } = await import('./export.command.js');
      await exportStore(file, options, env);
    });
  addStoreArguments(program.command('import'), 'import', 'path of the export (default, and -: stdin)')
    .summary('Load an export; run the same command again to resume')
    .description(
      'Load the dashboards of an export into a store, each of them completely or not at all. ' +
        'After an interruption run the same command again: complete dashboards are skipped.',
    )
    .option('--replace', 'replace dashboards of the same name, including their history and ledger')
    .action(async (file: string | undefined, options: ImportCommandOptions) => {
      const { importStore } = await import('./import.command.js');
      await importStore(file, options, env);
    });
  program
    .command('hooks')
    .summary('Check the file of hooks, and what an event would count')
    .description('Work on HOOKS_FILE, the file of hooks that providers of webhooks post to.')
    .command('check')
    .summary('Look for faults in a file of hooks, and say what a sample event would count')
    .description(
      'Look for faults in a file of hooks. With --event, also say what its rules make of a sample event. Counts nothing, ' +
        'and checks no signature.',
    )
    .argument('<file>', 'path of the file, YAML or JSON')
    .option('--event <file>', 'JSON file with the body of a sample event')
    .option('--hook <name>', 'hook that the event is for (default: the only one of the file)')
    .addOption(
      new Option('--header <header>', 'header of the event, as "Name: value"; may be repeated')
        .argParser(parseHeader)
        .default({}, 'none'),
    )
    .addHelpText('after', formatExamples('hooks'))
    .action(async (file: string, options: HooksCheckOptions) => {
      const { checkHooks } = await import('./hooks-check.command.js');
      await checkHooks(file, options);
    });
  return program;
}

/** Adds the arguments of commands that connect to a running service. @param url default of the URL */
function addServiceArguments(
  command: Command,
  name: keyof typeof EXAMPLES,
  { url, dashboard }: { readonly url?: URL; readonly dashboard: string } = { dashboard: 'main' },
): Command {
  if (url)
    command.addArgument(new Argument('[url]', 'base URL of the service').argParser(parseUrl).default(url, url.href));
  else command.argument('<url>', URL_DESCRIPTION, parseUrl);
  return command
    .option('--dashboard <name>', 'dashboard to use', dashboard)
    .option('--token-file <file>', TOKEN_FILE_DESCRIPTION)
    .addHelpText('after', formatExamples(name));
}

/** Adds the arguments of commands that open a store. @param file description of the file argument */
function addStoreArguments(command: Command, name: 'export' | 'import', file: string): Command {
  return command
    .argument('[file]', file)
    .option(
      '--data-dir <directory>',
      "use the embedded store in this directory (default: the store that the service's variables name)",
    )
    .option('--redis-url <url>', 'use the store on this Redis; set REDIS_URL instead if the URL contains a password')
    .option('--redis-prefix <prefix>', 'prefix of its keys (default: REDIS_PREFIX, or tallyboard)')
    .addOption(
      new Option('--dashboard <name>', 'only this dashboard; may be repeated')
        .argParser((text: string, names: readonly string[]) => [...names, text])
        .default([], 'all'),
    )
    .addHelpText('after', formatExamples(name));
}

function formatExamples(name: keyof typeof EXAMPLES): string {
  return `\nExamples:\n${EXAMPLES[name].map((line) => `  ${line}\n`).join('')}${EXIT_CODES_HELP}`;
}

function splitNames(text: string): readonly string[] {
  return text.split(',');
}

function readVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
