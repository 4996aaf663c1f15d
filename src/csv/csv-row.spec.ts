/** Cells and rows of CSV. */
import { toCsvRow, toTextCell } from './csv-row.js';

it.each([
  ['plain', 'till 4', 'till 4'],
  ['empty', '', ''],
  ['with a comma', 'a, b', '"a, b"'],
  ['with quotes', 'say "no"', '"say ""no"""'],
  ['of two lines', 'a\nb', '"a\nb"'],
  ['that would be a formula', '=HYPERLINK("http://evil")', `"'=HYPERLINK(""http://evil"")"`],
  ['that begins with a plus', '+49 30', "'+49 30"],
  ['that begins with a minus', '-1', "'-1"],
  ['that begins with an at sign', '@ann', "'@ann"],
  ['that begins with a tab', '\t=1', "'\t=1"],
  ['that begins with a carriage return', '\r=1', `"'\r=1"`],
  ['with a sign inside', 'a=b', 'a=b'],
])('a text %s becomes a cell that spreadsheets show as it is', (_, text, cell) => {
  expect(toTextCell(text)).toBe(cell);
});

it('a row ends with CRLF, and an absent text is an empty cell', () => {
  expect(toCsvRow(['1', toTextCell(), '2.50'])).toBe('1,,2.50\r\n');
});
