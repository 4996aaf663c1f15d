/** Imports into the embedded store, and invalid lines. */
import { exportToText, importText, createSqliteEndpoint } from '../support/sample-export.js';
import { dashboardText, describeImport, exportText } from './transfer.contract.js';

const [MAIN, SHOP] = [dashboardText('main', 2), dashboardText('shop', 3)];
const BOTH = exportText(MAIN, SHOP);
const ONE_SECOND = '{"points":{"counter":"orders","step":1,';

/** Replacements in the last line that begins with `line`, and the error that each must cause. */
const FAULTS: readonly (readonly [fault: string, line: string, from: string | RegExp, to: string, message: string])[] =
  [
    ['no JSON', '{"ledger', '}', '', 'not valid JSON'],
    ['another version', '{"tallyboard', '1', '2', 'version 2, but this program reads up to 1: import it with a newer'],
    ['no header', '{"tallyboard', /.*/, '{"finished":{"dashboards":0}}', 'must be the first line'],
    ['an unknown field', '{"dashboard', '"epoch"', '"colour":1,"epoch"', 'has an unknown field "colour"'],
    [
      'an invalid name',
      '{"dashboard',
      '"orders"',
      '"Orders"',
      'dashboard.counters[0].name must be a string that matches',
    ],
    [
      'a total that is a number',
      '{"dashboard',
      '"6"',
      '6',
      'dashboard.counters[0].added must be an integer written as a string',
    ],
    ['more removed than added', '{"dashboard', '"removed":"0"', '"removed":"9"', 'would have the value -3'],
    [
      'half a surrogate pair',
      '{"dashboard',
      '"unit":"order"',
      '"unit":"\\ud800"',
      'dashboard.counters[0].unit must be',
    ],
    [
      'points of an unknown counter',
      '{"points',
      '"orders"',
      '"order"',
      'points.counter is not a counter of the dashboard: order',
    ],
    ['points of an unknown step', ONE_SECOND, '"step":1', '"step":2', 'points.step must be 1, 60 or 3600'],
    ['totals that decrease', ONE_SECOND, '"4","0"', '"1","0"', 'points.rows[1] is lower than before'],
    [
      'points with other totals than the counter',
      '{"points',
      /"6","0"\]\]/,
      '"5","0"]]',
      'points of orders above end with other totals',
    ],
    [
      'a time at which no bucket starts',
      ONE_SECOND,
      '000,"2"',
      '001,"2"',
      'points.rows[0] must begin at a multiple of the step',
    ],
    ['a repeated revision', '{"ledger":{"revision":2', '2', '1', 'ledger.revision must be greater than the one before'],
    [
      'a revision beyond the dashboard',
      '{"ledger":{"revision":3',
      '3',
      '4',
      'ledger.revision is greater than that of the dashboard',
    ],
    ['changes that are no list', '{"ledger', '[{"counter":"orders","by":2}]', '{}', 'ledger.changes must be a list'],
    ['a change of nothing', '{"ledger', '"by":2', '"by":0', 'ledger.changes[0].by must not be 0'],
    [
      'an unknown error code',
      '{"key":{"key":"k3"',
      /"outcome":.*/,
      '"refusal":{"code":"no","detail":""}}}',
      'catalogue',
    ],
    [
      'a missing ledger entry',
      '{"ledger":{"revision":2',
      /.*\n/,
      '',
      'end.ledger is 3, but the export has 2: lines are missing',
    ],
    [
      'the end of another dashboard',
      '{"end":{"dashboard":"shop"',
      '"shop"',
      '"x"',
      'end.dashboard is x, but the dashboard is shop',
    ],
    ['a missing end', '{"end":{"dashboard":"shop"', /.*\n/, '', 'unexpected finished line'],
    ['a missing dashboard', '{"finished', '2', '3', 'finished.dashboards is 3, but the export has 2'],
  ];

/** Replaces text in the last line that begins with `line`. */
function breakLine(text: string, line: string, from: string | RegExp, to: string): string {
  const index = text.lastIndexOf(`\n${line}`) + 1;
  return text.slice(0, index) + text.slice(index).replace(from, to);
}

describeImport('the SQLite file', async () => createSqliteEndpoint());

describe('an import with an invalid line', () => {
  it.each(FAULTS)(
    'fails with the line number, and leaves no dashboard half imported: %s',
    async (_, line, from, to, message) => {
      const endpoint = createSqliteEndpoint();
      const text = breakLine(BOTH, line, from, to);
      expect(text).not.toBe(BOTH);
      const failure = await importText(endpoint, text).catch(String);
      expect(failure).toMatch(/^BadLineError: line \d+: /);
      expect(failure).toContain(message);
      expect([exportText(), exportText(MAIN), BOTH]).toContain(await exportToText(endpoint));
      await importText(endpoint, BOTH);
      expect(await exportToText(endpoint)).toBe(BOTH);
    },
  );
});
