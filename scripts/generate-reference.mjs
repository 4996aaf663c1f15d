/**
 * `npm run reference`: writes the generated sections of `docs/reference` and `.env.example` from the built code.
 * With `--check` it writes nothing, lists files that are out of date, and exits with 1 if there are any.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { getMetadataStorage } from 'class-validator';
import { createProgram } from '../dist/cli/program.js';
import { Config, VARIABLES } from '../dist/config/config.js';
import { RENAMED_VARIABLES } from '../dist/config/load-config.js';
import { ERROR_CATALOG } from '../dist/counters/error-catalog.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const BEGIN = '<!-- prettier-ignore-start -->\n<!-- Written by `npm run reference`. -->\n';
const END = '\n<!-- prettier-ignore-end -->';

/** Sections of the variables. Each pattern matches whole names; a variable belongs to exactly one section. */
const VARIABLE_SECTIONS = [
  ['Address', /HOST|PORT|BASE_PATH|WORKERS/],
  ['Tokens', /(READ|WRITE|ADMIN)_TOKENS(_FILE)?|ALLOW_ANONYMOUS/],
  ['Identity provider', /JWT_.*/],
  ['Tickets, origins and proxies', /TICKET_.*|ALLOWED_.*|FRAME_ANCESTORS|TRUST_PROXY/],
  ['Notifications', /NOTIFY_.*/],
  ['Brand', /BRAND_.*/],
  ['Limits', /MAX_.*|(HEADERS|BODY)_TIMEOUT_MS/],
  ['Store', /STORE|DATA_DIR|COMMIT_TIMEOUT_MS|CLOCK_SETTLE_S|IDEMPOTENCY_.*|LEDGER_.*|TIME_ZONE/],
  ['Redis', /REDIS_.*/],
  ['Relays', /UPSTREAM_.*/],
  ['Hooks', /HOOKS_FILE|HOOK_.*/],
  ['Live updates', /BROADCAST_.*|HEARTBEAT_MS|PING_INTERVAL_MS|PONG_TIMEOUT_MS/],
  ['Log and metrics', /LOG_.*|METRICS_.*/],
  ['Shutdown', /READY_GRACE_MS|DRAIN_MS|STOP_DEADLINE_MS/],
];

/** Sections of the metrics, in the same form. */
const METRIC_SECTIONS = [
  ['Counters', /tallyboard_(counters?(_.*)?|period_value|dashboards)/],
  ['Changes', /tallyboard_(change|commit)_.*/],
  ['Store', /tallyboard_store_.*/],
  ['Viewers', /tallyboard_(viewers|upgrades|connections)(_.*)?/],
  ['Frames', /tallyboard_(frames?|states|fanout)_.*/],
  ['Hooks', /tallyboard_hooks?_.*/],
  ['Rules and notifications', /tallyboard_(rule|notify)_.*/],
  ['Service', /tallyboard_(refusals|clock|build|descriptor)_.*/],
];

/** Units by the suffix of a variable's name. `PER_S` and `PER_MIN` are rates. */
const UNITS = [
  [/_PER_S$/, 'per second'],
  [/_PER_MIN$/, 'per minute'],
  [/_MS$/, 'ms'],
  [/_S$/, 's'],
  [/_BYTES$/, 'bytes'],
];

const code = (text) => (text === '' ? '' : `\`${text}\``);
/** Formats a table cell: escapes `|`, which would end it, and `<` outside of code, which would begin an element. */
const cell = (text) =>
  String(text)
    .replaceAll('|', '\\|')
    .replaceAll('\n', ' ')
    .split(/(`[^`]*`)/)
    .map((part) => (part.startsWith('`') ? part : part.replaceAll('<', '&lt;')))
    .join('');
const table = (titles, rows) =>
  [titles, titles.map(() => '---'), ...rows].map((cells) => `| ${cells.map(cell).join(' | ')} |`).join('\n');

/** Splits items into sections by name. @throws Error if an item belongs to none or to several */
function groupBySection(sections, items) {
  const ofSection = new Map(sections.map(([title]) => [title, []]));
  for (const item of items) {
    const [found, ...more] = sections.filter(([, pattern]) => new RegExp(`^(${pattern.source})$`).test(item.name));
    if (!found || more.length > 0) throw new Error(`${item.name} belongs to ${found ? 'several' : 'no'} sections`);
    ofSection.get(found[0]).push(item);
  }
  return [...ofSection].filter(([, some]) => some.length > 0);
}

/** Describes the unit and the range of a variable, from its validation rules. */
function formatRange(name) {
  const rules = getMetadataStorage()
    .getTargetValidationMetadatas(Config, '', true, false)
    .filter(({ propertyName }) => propertyName === name);
  const constraintOf = (rule) => rules.find((one) => one.name === rule)?.constraints?.[0];
  const words = constraintOf('isIn');
  if (words) return words.map(code).join(', ');
  const [min, max] = [constraintOf('min'), constraintOf('max')];
  if (min === undefined || max === undefined) return '';
  const unit = UNITS.find(([ending]) => ending.test(name))?.[1];
  return `${unit ? `${unit}, ` : ''}${min} to ${max}`;
}

function renderConfiguration() {
  const sections = groupBySection(VARIABLE_SECTIONS, VARIABLES).map(([title, variables]) => {
    const rows = variables.map(({ name, default: text, description }) => [
      code(name),
      code(text),
      formatRange(name),
      description,
    ]);
    return `## ${title}\n\n${table(['Variable', 'Default', 'Unit and range', 'Meaning'], rows)}`;
  });
  const renamed = Object.entries(RENAMED_VARIABLES).map(([before, now]) => [code(before), code(now)]);
  return [...sections, `## Renamed variables\n\n${table(['Former name', 'Name'], renamed)}`].join('\n\n');
}

function renderExampleEnvironment(current) {
  const [head] = current.split('\n\n');
  const entries = VARIABLES.map(({ name, default: text, description }) => `# ${description}\n${name}=${text}`);
  return `${[head, ...entries].join('\n\n')}\n`;
}

function renderErrors() {
  const rows = Object.entries(ERROR_CATALOG).map(([name, { status, title, remedy, retryAfterS }]) => [
    code(name),
    status,
    title,
    remedy,
    retryAfterS === undefined ? '' : `${retryAfterS} s`,
  ]);
  return table(['Code', 'Status', 'Title', 'What to do', '`Retry-After`'], rows);
}

function renderCommands() {
  const program = createProgram({});
  const commands = program.commands.flatMap((command) => (command.commands.length > 0 ? command.commands : command));
  return commands.map((command) => renderCommand(program, command)).join('\n\n');
}

function renderCommand(program, command) {
  const help = program.createHelp();
  const examples = readHelp(command)
    .split(/^Examples:\n/m)[1]
    ?.split('\n\n')[0]
    .replaceAll(/^ {2}/gm, '')
    .trim();
  const parameters = [
    ...command.registeredArguments.map((argument) => [
      argument.required ? `<${argument.name()}>` : `[${argument.name()}]`,
      argument.description,
      argument.defaultValueDescription ?? argument.defaultValue,
    ]),
    ...command.options.map((option) => [
      option.flags,
      option.description,
      option.defaultValueDescription ?? option.defaultValue,
    ]),
  ];
  return [
    `## \`${[program, ...(command.parent === program ? [] : [command.parent]), command].map((one) => one.name()).join(' ')}\``,
    command.description(),
    `\`\`\`text\n${help.commandUsage(command)}\n\`\`\``,
    ...(parameters.length > 0
      ? [
          table(
            ['Argument or option', 'Meaning', 'Default'],
            parameters.map(([name, meaning, value]) => [
              code(name),
              meaning,
              value === undefined ? '' : code(String(value)),
            ]),
          ),
        ]
      : []),
    ...(examples ? [`\`\`\`sh\n${examples}\n\`\`\``] : []),
  ].join('\n\n');
}

/** Returns the complete `--help` of a command, including the text after the options. */
function readHelp(command) {
  let text = '';
  const { writeOut } = command.configureOutput();
  command.configureOutput({ writeOut: (part) => (text += part) });
  command.outputHelp();
  command.configureOutput({ writeOut });
  return text;
}

/** Renders the tables of metrics, from a scrape of a service that is started with an empty store. */
async function renderMetrics() {
  const heads = await scrapeMetrics();
  const own = heads.filter(({ name }) => name.startsWith('tallyboard_'));
  const sections = groupBySection(METRIC_SECTIONS, own).map(([title, some]) => {
    const rows = some.map(({ name, type, labels, help }) => [code(name), type, [...labels].map(code).join(', '), help]);
    return `## ${title}\n\n${table(['Metric', 'Type', 'Labels', 'Meaning'], rows)}`;
  });
  const others = heads.filter(({ name }) => !own.some((one) => one.name === name));
  const rows = others.map(({ name, type, help }) => [code(name), type, help]);
  return [...sections, `## Process\n\n${table(['Metric', 'Type', 'Meaning'], rows)}`].join('\n\n');
}

async function scrapeMetrics() {
  const env = { PATH: process.env.PATH, PORT: '0', STORE: 'memory', LOG_FORMAT: 'json' };
  const service = spawn(process.execPath, ['dist/main.js'], { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(service, 'close');
  try {
    let url;
    for await (const line of createInterface(service.stdout)) {
      url = /http:\/\/[^\s"]+/.exec(line)?.[0];
      if (url) break;
    }
    if (!url) throw new Error('the service did not start: run `npm run build`');
    service.stdout.resume();
    return parseMetrics(await (await fetch(`${url}/metrics`)).text());
  } finally {
    service.kill();
    await ended;
  }
}

function parseMetrics(text) {
  const heads = new Map();
  for (const line of text.split('\n')) {
    const [, kind, name, rest] = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line) ?? [];
    if (kind === 'HELP') heads.set(name, { name, help: rest, type: '', labels: new Set() });
    if (kind === 'TYPE') heads.get(name).type = rest;
    const [, sample, labels] = /^(\w+)\{(.*)\} /.exec(line) ?? [];
    const head = heads.get(sample) ?? heads.get(sample?.replace(/_(bucket|sum|count)$/, ''));
    for (const [, label] of labels?.matchAll(/(\w+)="/g) ?? []) if (label !== 'le') head?.labels.add(label);
  }
  return [...heads.values()];
}

/** Replaces the generated section of a page. @throws Error if there is none */
function replaceBlock(page, path, block) {
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END, begin);
  if (begin < 0 || end < 0) throw new Error(`${path} has no section generated by \`npm run reference\``);
  return `${page.slice(0, begin + BEGIN.length)}\n${block.trim()}\n${page.slice(end)}`;
}

const FILES = {
  'docs/reference/configuration.md': (page, path) => replaceBlock(page, path, renderConfiguration()),
  'docs/reference/cli.md': (page, path) => replaceBlock(page, path, renderCommands()),
  'docs/reference/metrics.md': async (page, path) => replaceBlock(page, path, await renderMetrics()),
  'docs/reference/errors.md': (page, path) => replaceBlock(page, path, renderErrors()),
  '.env.example': renderExampleEnvironment,
};

const isCheck = process.argv.includes('--check');
const stale = [];
for (const [path, generate] of Object.entries(FILES)) {
  const file = new URL(`../${path}`, import.meta.url);
  const page = readFileSync(file, 'utf8');
  const text = await generate(page, path);
  if (text === page) continue;
  stale.push(path);
  if (!isCheck) writeFileSync(file, text);
}
const verb = isCheck ? 'stale, run `npm run reference`' : 'written';
process.stdout.write(stale.length === 0 ? 'all up to date\n' : stale.map((path) => `${path}: ${verb}\n`).join(''));
if (isCheck && stale.length > 0) process.exitCode = 1;
