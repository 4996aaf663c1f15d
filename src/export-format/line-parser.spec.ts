/** Lines of an export on their own: what they may have, and the field that each error names. */
import { MAX_VALUE } from '../counters/counters.js';
import { formatDashboardLine, formatRecordLine } from './line-format.js';
import { parseExportLine } from './line-parser.js';

const ORDERS = { name: 'orders', definition: {}, added: '6', removed: '4' };
const QUEUE = { name: 'queue', definition: { kind: 'gauge', min: null }, value: -5 };
const DASHBOARD = {
  name: 'main',
  settings: {},
  version: 1,
  epoch: 'e',
  revision: 1,
  at: 90_000,
  day: { start: 60_000, end: 120_000 },
  counters: [ORDERS, QUEUE],
};
const PRESENTATION = {
  title: 'Größe',
  unit: 'kg',
  currency: 'EUR',
  scale: 2,
  headline: 'day',
  goodWhen: 'down',
  target: { value: -3, per: 'day' },
  thresholds: [
    { at: -1, level: 'bad' },
    { at: 4, level: 'good' },
  ],
};
const FULL = {
  ...DASHBOARD,
  settings: {
    measures: {
      share: {
        ...PRESENTATION,
        currency: undefined,
        target: { value: 0.5 },
        percent: true,
        ratio: ['orders', 'queue'],
      },
      all: { sum: ['orders', '-queue'], ...PRESENTATION },
    },
    layout: { groups: [{ tiles: [{ hidden: true, show: 'share', size: 'large' }] }, { title: 'B', tiles: [] }] },
    weekStartsOn: 'sunday',
    dayStartsAt: '04:30',
    timeZone: 'America/Argentina/Buenos_Aires',
    title: 'M',
  },
  counters: [
    { ...ORDERS, definition: { min: -MAX_VALUE, singular: 'order', compareWith: 'year', ...PRESENTATION } },
    { ...QUEUE, definition: { min: null, kind: 'gauge', ...PRESENTATION, headline: 'total', target: { value: 4 } } },
    { name: 'refunds', definition: { min: null, kind: 'counter' }, added: '0', removed: String(MAX_VALUE) },
  ],
};
const LINES = [
  { dashboard: FULL },
  { dashboard: { ...DASHBOARD, day: undefined } },
  {
    points: {
      counter: 'a',
      step: 86_400,
      from: ['0', '3'],
      rows: [
        [60_000, '0', '4'],
        [90_060_000, '9', '4'],
      ],
    },
  },
  { levels: { counter: 'a', step: 1, rows: [[1_000, -4, -MAX_VALUE, MAX_VALUE]] } },
  {
    levels: {
      counter: 'a',
      step: 86_400,
      rows: [
        [60_000, 0, 0, 0],
        [180_000, 7, 0, 7],
      ],
    },
  },
  {
    ledger: {
      revision: 3,
      at: 0,
      changes: [
        { counter: 'a', by: -MAX_VALUE },
        { counter: 'a', to: -MAX_VALUE },
        { counter: 'a', to: 0, moved: MAX_VALUE },
        { counter: 'a', to: MAX_VALUE, moved: String(2n * BigInt(MAX_VALUE)) },
      ],
      key: 'sales 2',
      reason: 'r',
      who: 'w',
      undoes: 2,
    },
  },
  {
    key: {
      key: 'k',
      owner: '',
      at: 0,
      keepUntil: 1,
      fingerprint: 'f',
      outcome: { revision: 1, at: 0, counters: { a: -1 } },
    },
  },
];

/** Parses a line and writes it again. */
function copyLine(value: object): string {
  const line = parseExportLine(JSON.stringify(value));
  if (line.kind === 'dashboard') return formatDashboardLine(line.dashboard);
  if (line.kind === 'record') return formatRecordLine(line.record);
  throw new Error(`unexpected ${line.kind} line`);
}

const withSettings = (settings: unknown) => ({ dashboard: { ...DASHBOARD, settings } });
const withMeasures = (measures: unknown) => withSettings({ measures });
const withTiles = (...tiles: unknown[]) => withSettings({ layout: { groups: [{ tiles: [] }, { tiles }] } });
const RULE = { when: { of: 'orders', above: 3 }, notify: [{ host: 'example.com', format: 'slack' }] };
const withRule = (rule: object) => ({ dashboard: { ...DASHBOARD, rules: { ten: { ...RULE, ...rule } } } });
const withDefinition = (definition: unknown, more: object = {}) => ({
  dashboard: { ...DASHBOARD, counters: [QUEUE, { ...ORDERS, definition, ...more }] },
});
const withGauge = (more: object) => ({ dashboard: { ...DASHBOARD, counters: [{ ...QUEUE, ...more }] } });
const withDay = (day: unknown) => ({ dashboard: { ...DASHBOARD, day } });
const withRows = (step: unknown, ...rows: unknown[]) => ({ points: { counter: 'a', step, from: ['0', '0'], rows } });
const withLevels = (step: unknown, ...rows: unknown[]) => ({ levels: { counter: 'a', step, rows } });
const withChange = (change: object, more: object = {}) => ({
  ledger: { revision: 2, at: 1, changes: [{ counter: 'a', ...change }], ...more },
});

const SETTINGS = 'dashboard.settings';
const DEFINITION = 'dashboard.counters[1].definition';

const FAULTS: readonly (readonly [value: object, message: string])[] = [
  [{ dashboard: { ...DASHBOARD, rules: { Ten: RULE } } }, 'dashboard.rules contains "Ten", which is not a valid name'],
  [withRule({ when: { of: 'orders' } }), 'dashboard.rules.ten.when must have one of above, below, silentFor'],
  [withRule({ when: { of: 'orders', above: '3' } }), 'dashboard.rules.ten.when.above must be a number'],
  [withRule({ notify: [{ host: 'a/b', format: 'slack' }] }), 'dashboard.rules.ten.notify[0].host'],
  [withRule({ notify: [{ host: 'a', format: 'mail' }] }), 'dashboard.rules.ten.notify[0].format'],
  [{ colour: 1 }, 'the line has an unknown field "colour"'],
  [{}, 'unknown line: expected tallyboard, dashboard, points, levels, ledger, key, end or finished'],
  // Dashboards.
  [{ dashboard: { ...DASHBOARD, title: 'x' } }, 'dashboard has an unknown field "title"'],
  [{ dashboard: { ...DASHBOARD, version: 0 } }, 'dashboard.version must be an integer from 1 to'],
  [{ dashboard: { ...DASHBOARD, name: 'Main' } }, 'dashboard.name must be a string that matches'],
  [withDay(60_000), 'dashboard.day must be an object'],
  [withDay({ start: 60_000, end: 120_001 }), 'dashboard.day.end must be a whole minute'],
  [withDay({ start: 60_000, end: 120_000, zone: 'UTC' }), 'dashboard.day has an unknown field "zone"'],
  [withDay({ start: 120_000, end: 180_000 }), 'dashboard.day must contain dashboard.at: 90000 is not from 120000 to'],
  [withDay({ start: 0, end: 60_000 }), 'dashboard.day must contain dashboard.at'],
  // Settings.
  [withSettings(undefined), `${SETTINGS} must be an object`],
  [withSettings([]), `${SETTINGS} must be an object`],
  [withSettings({ colour: 'red' }), `${SETTINGS} has an unknown field "colour"`],
  [withSettings({ title: '' }), `${SETTINGS}.title must be a string of 1 to 200 characters`],
  [withSettings({ title: 'x'.repeat(201) }), `${SETTINGS}.title must be a string of 1 to 200 characters`],
  [withSettings({ title: '\ud800' }), `${SETTINGS}.title must be a string of 1 to 200 characters`],
  [withSettings({ timeZone: '+02:00' }), `${SETTINGS}.timeZone is not a known time zone: use a name such as`],
  [withSettings({ timeZone: null }), `${SETTINGS}.timeZone must be a string of 1 to 64 characters`],
  [withSettings({ dayStartsAt: '24:00' }), `${SETTINGS}.dayStartsAt must be a string that matches`],
  [withSettings({ weekStartsOn: 'Monday' }), `${SETTINGS}.weekStartsOn must be one of monday, tuesday`],
  [withMeasures([]), `${SETTINGS}.measures must be an object`],
  [withMeasures({ Avg: { sum: ['orders'] } }), `${SETTINGS}.measures contains "Avg", which is not a valid name`],
  [withMeasures({ orders: { sum: ['orders'] } }), `${SETTINGS}.measures.orders is the name of a counter too`],
  [withMeasures({ m: {} }), `${SETTINGS}.measures.m.sum must be a list`],
  [withMeasures({ m: { sum: ['orders'], ratio: ['orders', 'queue'] } }), '.measures.m has an unknown field "sum"'],
  [withMeasures({ m: { sum: ['orders'], percent: true } }), '.measures.m has an unknown field "percent"'],
  [withMeasures({ m: { sum: [] } }), `${SETTINGS}.measures.m.sum has 0 terms`],
  [withMeasures({ m: { sum: ['orders', '--queue'] } }), `${SETTINGS}.measures.m.sum[1] must be a string that matches`],
  [withMeasures({ m: { ratio: ['orders'] } }), `${SETTINGS}.measures.m.ratio must name two counters`],
  [withMeasures({ m: { ratio: ['orders', 'x'] } }), `${SETTINGS}.measures.m.ratio[1] is x, which is no counter of`],
  [withMeasures({ m: { ratio: ['orders', 'queue'], percent: 1 } }), '.measures.m.percent must be true or false'],
  [withSettings({ layout: {} }), `${SETTINGS}.layout.groups must be a list`],
  [
    withSettings({ layout: { groups: Array.from({ length: 101 }, () => ({ tiles: [] })) } }),
    '.layout.groups has 101 items: at most 100',
  ],
  [withSettings({ layout: { groups: [{ title: 'x' }] } }), `${SETTINGS}.layout.groups[0].tiles must be a list`],
  [withTiles({ size: 'small' }), `${SETTINGS}.layout.groups[1].tiles[0].show must be a string that matches`],
  [withTiles({ show: 'orders', size: 'huge' }), '.groups[1].tiles[0].size must be one of small, medium, large'],
  [withTiles({ show: 'orders', hidden: false }), '.groups[1].tiles[0].hidden must be true'],
  [withTiles({ show: 'orders' }, { show: 'x' }), '.groups[1].tiles[1].show is x, which is no counter or measure of'],
  // Counters.
  [withDefinition(undefined), `${DEFINITION} must be an object`],
  [withDefinition({ colour: 'red' }), `${DEFINITION} has an unknown field "colour"`],
  [withDefinition({ unit: 'x'.repeat(41) }), `${DEFINITION}.unit must be a string of 1 to 40 characters`],
  [withDefinition({ singular: '' }), `${DEFINITION}.singular must be a string of 1 to 40 characters`],
  [withDefinition({ currency: 'eur' }), `${DEFINITION}.currency must be a string that matches`],
  [withDefinition({ currency: 'XXY' }), `${DEFINITION}.currency is not a currency of ISO 4217`],
  [withDefinition({ scale: 10 }), `${DEFINITION}.scale must be an integer from 0 to 9`],
  [withDefinition({ min: '0' }), `${DEFINITION}.min must be an integer from -${MAX_VALUE} to ${MAX_VALUE}`],
  [withDefinition({ kind: 'level' }), `${DEFINITION}.kind must be one of counter, gauge`],
  [withDefinition({ headline: 'minute' }), `${DEFINITION}.headline must be one of total, hour, day`],
  [withDefinition({ goodWhen: 'high' }), `${DEFINITION}.goodWhen must be one of up, down`],
  [withDefinition({ compareWith: 'day' }), `${DEFINITION}.compareWith must be one of previous, week, year`],
  [withDefinition({ target: {} }), `${DEFINITION}.target.value must be a number`],
  [withDefinition({ target: { value: 1, per: 'total' } }), `${DEFINITION}.target.per must be one of hour, day`],
  [withDefinition({ target: { value: 1.5 } }), `${DEFINITION}.target.value must be an integer of the smallest unit`],
  [withDefinition({ thresholds: {} }), `${DEFINITION}.thresholds must be a list`],
  [withDefinition({ thresholds: [{ at: 1 }] }), `${DEFINITION}.thresholds[0].level must be one of good, warn, bad`],
  [
    withDefinition({
      thresholds: [
        { at: 1, level: 'bad' },
        { at: 1, level: 'good' },
      ],
    }),
    `${DEFINITION}.thresholds[1].at must be above the one before`,
  ],
  [withDefinition({}, { added: 6 }), 'dashboard.counters[1].added must be an integer written as a string'],
  [withDefinition({}, { value: 2 }), 'dashboard.counters[1] has an unknown field "value"'],
  [withDefinition({}, { removed: '9' }), 'dashboard.counters[1] would have the value -3, outside 0 to'],
  [withDefinition({ min: 3 }), 'dashboard.counters[1] would have the value 2, outside 3 to'],
  [withDefinition({ min: -2 }, { removed: '9' }), 'dashboard.counters[1] would have the value -3, outside -2 to'],
  [withDefinition({ min: null }, { removed: String(MAX_VALUE + 1), added: '0' }), `outside -${MAX_VALUE} to`],
  [withGauge({ added: '0' }), 'dashboard.counters[0] has an unknown field "added"'],
  [withGauge({ value: 0.5 }), 'dashboard.counters[0].value must be an integer from'],
  [withGauge({ value: undefined }), 'dashboard.counters[0].value must be an integer from'],
  [withGauge({ definition: { kind: 'gauge' } }), 'dashboard.counters[0].value must be an integer from 0 to'],
  [withGauge({ definition: { kind: 'gauge', headline: 'day' }, value: 1 }), '[0].definition.headline must be total'],
  // History.
  [withRows(2), 'points.step must be one of 1, 60, 3600, 86400'],
  [withRows('60'), 'points.step must be one of 1, 60, 3600, 86400'],
  [withRows(60, [60_000, '1']), 'points.rows[0] must be [at, "added", "removed"]'],
  [withRows(60, [61_000, '1', '0']), 'points.rows[0] must begin at a multiple of the step'],
  [withRows(60, [0, '1', '0']), 'points.rows[0] must be an integer from 1 to'],
  [withRows(86_400, [61_000, '1', '0']), 'points.rows[0] must be a whole minute'],
  [withRows(1, [1_000, '1', '-1']), 'points.rows[0] must be an integer written as a string'],
  [{ points: { ...withRows(1).points, from: ['0'] } }, 'points.from must be ["added", "removed"]'],
  [withLevels(5), 'levels.step must be one of 1, 60, 3600, 86400'],
  [withLevels(1, [1_000, 1, 1]), 'levels.rows[0] must be [at, value, least, most]'],
  [withLevels(60, [60_000, 1, 1, 1], [61_000, 1, 1, 1]), 'levels.rows[1] must begin at a multiple of the step'],
  [withLevels(86_400, [60_001, 1, 1, 1]), 'levels.rows[0] must be a whole minute'],
  [withLevels(1, [1_000, 1, 2, 3]), 'levels.rows[0] must have a value from least to most: 1 is not from 2 to 3'],
  [withLevels(1, [1_000, 4, 2, 3]), 'levels.rows[0] must have a value from least to most: 4 is not from 2 to 3'],
  [withLevels(1, [1_000, '1', 1, 1]), 'levels.rows[0] must be an integer from'],
  [{ levels: { ...withLevels(1).levels, from: [0] } }, 'levels has an unknown field "from"'],
  // Ledger and keys.
  [{ ledger: { ...withChange({ by: 1 }).ledger, changes: {} } }, 'ledger.changes must be a list'],
  [withChange({ by: 0 }), 'ledger.changes[0].by must not be 0'],
  [withChange({ by: MAX_VALUE + 1 }), 'ledger.changes[0].by must be an integer from'],
  [withChange({ by: 1, moved: 1 }), 'ledger.changes[0] has an unknown field "moved"'],
  [withChange({ by: 1, to: 1 }), 'ledger.changes[0] has an unknown field "to"'],
  [withChange({ moved: 1 }), 'ledger.changes[0].to must be an integer from'],
  [withChange({ to: -MAX_VALUE - 1 }), 'ledger.changes[0].to must be an integer from'],
  ...[0.5, String(MAX_VALUE), MAX_VALUE + 1, '1e16', '-0', '18014398509481983'].map(
    (moved) => [withChange({ to: 1, moved }), 'ledger.changes[0].moved must be an integer up to'] as const,
  ),
  [withChange({ to: 1, moved: -MAX_VALUE }), 'ledger.changes[0].moved does not fit: no counter can have been at'],
  [withChange({ by: 1 }, { undoes: 2 }), 'ledger.undoes must be an integer from 1 to 1'],
  [withChange({ by: 1 }, { undoes: 0 }), 'ledger.undoes must be an integer from 1 to 1'],
  [
    { key: { key: 'k', at: 1, fingerprint: 'f', refusal: { code: 'no', detail: '' } } },
    'key.refusal.code must be a code',
  ],
  [
    { key: { key: 'k', at: 1, fingerprint: 'f', outcome: { revision: 1, at: 1, counters: { a: 0.5 } } } },
    'key.outcome.counters.a must be an integer from',
  ],
];

describe('a line of an export', () => {
  it('is written again as it was read, with its members in their order', () => {
    for (const value of LINES) expect(copyLine(value)).toBe(`${JSON.stringify(value)}\n`);
  });

  it.each(FAULTS.map(([value, message]) => [message, value] as const))('is refused: %s', (message, value) => {
    let error: unknown;
    try {
      parseExportLine(JSON.stringify(value));
    } catch (thrown) {
      error = thrown;
    }
    expect(String(error)).toMatch(/^BadLineError: /);
    expect(String(error)).toContain(message);
  });

  it('that is no JSON is refused', () => {
    expect(() => parseExportLine('{')).toThrow('not valid JSON');
  });
});
