/** Imports of both versions of the format, and lines that contradict the lines before them. */
import { assert, asyncProperty, integer } from 'fast-check';
import { createMemoryEndpoint } from '../../test/support/memory-endpoint.js';
import { createSampleExport, exportToText, importText, readExportFixture } from '../../test/support/sample-export.js';
import { dashboardText, exportText } from '../../test/store/transfer.contract.js';

const [MAIN, SHOP] = [dashboardText('main', 2), dashboardText('shop', 3)];
const BOTH = exportText(MAIN, SHOP);
const [POINTS_1S, POINTS_DAY] = [
  '{"points":{"counter":"orders","step":1,',
  '{"points":{"counter":"orders","step":86400,',
];
const [LEVELS_1S, LEVELS_DAY] = [
  '{"levels":{"counter":"queue","step":1,',
  '{"levels":{"counter":"queue","step":86400,',
];

/**
 * Replacements in the last line that begins with `line`, and the error that each must cause there, or as many lines
 * later.
 */
const FAULTS: readonly (readonly [
  fault: string,
  line: string,
  from: string | RegExp,
  to: string,
  message: string,
  linesLater?: number,
])[] = [
  ['another version', '{"tallyboard', '3', '4', 'version 4, but this program reads up to 3: import it with a newer'],
  ['no header', '{"tallyboard', /.*/, '{"finished":{"dashboards":0}}', 'must be the first line'],
  [
    'points of an unknown counter',
    POINTS_1S,
    'orders',
    'order',
    'points.counter is not a counter of the dashboard: order',
  ],
  [
    'levels of an unknown counter',
    LEVELS_1S,
    'queue',
    'queues',
    'levels.counter is not a counter of the dashboard: queues',
  ],
  ['points of a gauge', POINTS_1S, 'orders', 'queue', 'points.counter is a gauge: the rows of queue must be levels'],
  [
    'levels of a counter',
    LEVELS_1S,
    'queue',
    'orders',
    'levels.counter is not a gauge: the rows of orders must be points',
  ],
  ['totals that decrease', POINTS_1S, '"4","0"', '"1","0"', 'points.rows[1] is lower than before'],
  ['totals that begin too high', POINTS_1S, '["0","0"]', '["3","0"]', 'points.rows[0] is lower than before'],
  [
    'points out of order',
    POINTS_1S,
    /(\[\d+,"2","0"\]),\[\d+,"4","0"\]/,
    '$1,$1',
    'points.rows[1] must be later than the row before',
  ],
  [
    'levels out of order',
    LEVELS_1S,
    /(\[\d+,-1,-1,0\]),(\[\d+,-2)/,
    '$1,$1,$2',
    'levels.rows[1] must be later than the row before',
  ],
  ['points in two places', POINTS_DAY, '86400', '1', 'points of orders with one step must be consecutive lines'],
  ['levels in two places', LEVELS_DAY, '86400', '1', 'levels of queue with one step must be consecutive lines'],
  [
    'points that end otherwise',
    POINTS_1S,
    '"6","0"]]',
    '"5","0"]]',
    'the points of orders above end with other totals',
    1,
  ],
  [
    'days that end otherwise',
    POINTS_DAY,
    '"6","0"]]',
    '"5","0"]]',
    'the points of orders above end with other totals',
    1,
  ],
  ['levels that end otherwise', LEVELS_1S, '-3,-3,', '-2,-3,', 'the levels of queue above end with another value', 1],
  [
    'a day of levels that ends otherwise',
    LEVELS_DAY,
    '-3,-3,',
    '-2,-3,',
    'the levels of queue above end with another',
    1,
  ],
  [
    'a gauge without rows',
    LEVELS_1S,
    /"rows":.*/,
    '"rows":[]}}',
    'the levels of queue above end with another value',
    1,
  ],
  ['a repeated revision', '{"ledger":{"revision":2', '2', '1', 'ledger.revision must be greater than the one before'],
  ['a revision beyond the dashboard', '{"ledger":{"revision":3', '3', '4', 'ledger.revision is greater than that of'],
  [
    'an entry before the one before',
    '{"ledger":{"revision":2',
    /"at":\d+/,
    '"at":1',
    'ledger.at must not be earlier than',
  ],
  [
    'an entry after the dashboard',
    '{"ledger":{"revision":3',
    /"at":\d+/,
    '"at":9007199254740991',
    'ledger.at is later than',
  ],
  [
    'a key beyond the dashboard',
    '{"key":{"key":"k3"',
    '"revision":3',
    '"revision":4',
    'key.outcome.revision is greater',
  ],
  [
    'a missing ledger entry',
    '{"ledger":{"revision":2',
    /.*\n/,
    '',
    'end.ledger is 3, but the export has 2: lines are missing',
    4,
  ],
  [
    'missing levels',
    LEVELS_1S,
    /\[\d+,-1,-1,0\],/,
    '',
    'end.points is 12, but the export has 11: lines are missing',
    10,
  ],
  [
    'the end of another dashboard',
    '{"end":{"dashboard":"shop"',
    'shop',
    'x',
    'end.dashboard is x, but the dashboard is shop',
  ],
  ['a missing end', '{"end":{"dashboard":"shop"', /.*\n/, '', 'unexpected finished line'],
  ['a missing dashboard', '{"finished', '2', '3', 'finished.dashboards is 3, but the export has 2'],
  ['two counters of one name', '{"dashboard', '"queue"', '"orders"', 'two counters have the same name'],
];

/** Replaces text in the last line that begins with `line`. @returns the text, and the number of the line */
function breakLine(text: string, line: string, from: string | RegExp, to: string) {
  const index = text.startsWith(line) ? 0 : text.lastIndexOf(`\n${line}`) + 1;
  return {
    broken: text.slice(0, index) + text.slice(index).replace(from, to),
    number: text.slice(0, index).split('\n').length,
  };
}

describe('an import', () => {
  it.each(FAULTS.map(([fault, ...others]) => [fault, others] as const))(
    'with %s names the line and the reason',
    async (_, others) => {
      const [line, from, to, message, linesLater = 0] = others;
      const { broken, number } = breakLine(BOTH, line, from, to);
      expect(broken).not.toBe(BOTH);
      const failure = await importText(createMemoryEndpoint(), broken).catch(String);
      expect(failure).toMatch(new RegExp(`^BadLineError: line ${number + linesLater}: `));
      expect(failure).toContain(message);
    },
  );

  it('of an export of this version passes on all that was exported', async () => {
    await assert(
      asyncProperty(integer(), async (seed) => {
        const [endpoint, { given }] = [createMemoryEndpoint(), createSampleExport(seed)];
        await importText(endpoint, given);
        expect(await exportToText(endpoint)).toBe(given);
      }),
      { numRuns: 50 },
    );
  });

  it('of version 1 makes settings and definitions of the titles, and days of UTC of the hours', async () => {
    const endpoint = createMemoryEndpoint();
    // Its points are counted as the file has them.
    expect(await importText(endpoint, readExportFixture('version-1'))).toMatchObject({
      empty: { kind: 'imported', counts: { points: 0, ledger: 0, keys: 0 } },
      main: { kind: 'imported', counts: { points: 19, ledger: 7, keys: 3 } },
    });
    expect(await exportToText(endpoint)).toBe(readExportFixture('version-1-as-2'));
  });

  it.each([
    ['levels', '{"points', '{"points"', '{"levels"', 'the line has an unknown field "levels"'],
    ['rows of days', '{"points', '3600', '86400', 'points.step must be one of 1, 60, 3600'],
    ['settings', '{"dashboard', '"title":"Main „ß“"', '"settings":{}', 'dashboard has an unknown field "settings"'],
    ['a definition', '{"dashboard', '"title":"Orders"', '"definition":{}', '[0] has an unknown field "definition"'],
    ['a negative value', '{"dashboard', '"added":"22"', '"added":"4"', 'dashboard.counters[0] would have the value -1'],
  ])('of version 1 refuses %s, which it cannot have', async (_, line, from, to, message) => {
    const { broken, number } = breakLine(readExportFixture('version-1'), line, from, to);
    const failure = await importText(createMemoryEndpoint(), broken).catch(String);
    expect(failure).toMatch(new RegExp(`^BadLineError: line ${number}: `));
    expect(failure).toContain(message);
  });
});
