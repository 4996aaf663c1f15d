/** Imports into the embedded store, and invalid lines at each stage of it. */
import { exportToText, importText, createSqliteEndpoint } from '../support/sample-export.js';
import { dashboardText, describeImport, exportText } from './transfer.contract.js';

const [MAIN, SHOP] = [dashboardText('main', 2), dashboardText('shop', 3)];
const BOTH = exportText(MAIN, SHOP);

/** Replacements in the last line that begins with `line`, at different stages of an import, and the error of each. */
const FAULTS = [
  ['the header', '{"tallyboard', '3', '4', 'version 4, but this program reads up to 3'],
  ['a dashboard', '{"dashboard', '"kind":"gauge"', '"kind":"x"', 'definition.kind must be one of counter, gauge'],
  ['points', '{"points', /"6","0"\]\]/, '"5","0"]]', 'points of orders above end with other totals'],
  ['levels', '{"levels', '-3,-3,0', '-2,-3,0', 'levels of queue above end with another value'],
  ['the ledger', '{"ledger":{"revision":2', '2', '1', 'ledger.revision must be greater than the one before'],
  ['a key', '{"key":{"key":"k3"', /"outcome":.*/, '"refusal":{"code":"no","detail":""}}}', 'catalogue'],
  ['the end of a dashboard', '{"end', /.*\n/, '', 'unexpected finished line'],
  ['the end of the export', '{"finished', '2', '3', 'finished.dashboards is 3, but the export has 2'],
] as const;

/** Replaces text in the last line that begins with `line`. */
function breakLine(text: string, line: string, from: string | RegExp, to: string): string {
  const index = text.lastIndexOf(`\n${line}`) + 1;
  return text.slice(0, index) + text.slice(index).replace(from, to);
}

describeImport('the SQLite file', async () => createSqliteEndpoint());

describe('an import with an invalid line', () => {
  it.each(FAULTS)(
    'in %s fails with the line number, and leaves no dashboard half imported',
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
