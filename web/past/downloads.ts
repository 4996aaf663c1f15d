/** What is shown, as files: the chart as CSV and PNG, the tiles as CSV. And the link that holds the view. */
import { buildResourceUrl } from '../../src/client/urls.js';
import { requestJson } from '../../src/client/request.js';
import { toDecimalText } from '../../src/measures/decimal.js';
import { getReading, isMeasure, type NumberDefinitions } from '../../src/measures/shown-number.js';
import type { Board } from '../app/board-context.js';
import { toFragment } from '../app/page-url.js';
import { getShownKind } from '../tile/shown-tile.js';

/** Time that the service may take for a file, milliseconds. */
const READ_TIMEOUT_MS = 60_000;

/** Rows of the chart in a file. */
export interface ChartRange {
  /** Period of the rows, or their step in milliseconds. */
  readonly rows: { readonly period: string; readonly count: number } | { readonly stepMs: number };
  readonly from: number;
  readonly to: number;
  readonly names: readonly string[];
}

/** Downloads the rows of the chart, as the service writes them. */
export async function downloadChartRows({ data }: Pick<Board, 'data'>, { rows, from, to, names }: ChartRange): Promise<void> {
  const { base, name, tokenOptions } = data;
  const address =
    'period' in rows
      ? buildResourceUrl(base, name, 'periods', { counters: names, period: rows.period, count: rows.count, before: to })
      : buildResourceUrl(base, name, 'history', { counters: names, from, to, step: rows.stepMs });
  const init = { headers: { accept: 'text/csv' } };
  const text = await requestJson(address, tokenOptions, init, READ_TIMEOUT_MS, (response) => response.text());
  saveFile(new Blob([text], { type: 'text/csv' }), `${name}-chart.csv`);
}

/** Downloads the numbers of the tiles as they are shown: one line each. */
export function downloadTiles({ data, view }: Pick<Board, 'data' | 'view'>): void {
  const definition = data.definition.peek();
  if (!definition) return;
  const { period } = view.peek();
  const at = formatIso(data.now());
  const lines = data.names.peek().map((name) => {
    const kind = getShownKind(definition, name, period);
    const number = data.getNumbers(name).peek()[kind];
    const { title = '' } = { ...definition.counters[name], ...definition.measures?.[name] };
    return [at, name, quoteText(title), kind, toPlainText(definition, name, number)].join(',');
  });
  const text = ['at,name,title,period,number', ...lines, ''].join('\r\n');
  saveFile(new Blob([text], { type: 'text/csv' }), `${data.name}-numbers.csv`);
}

/** Copies the address of the page with all that is chosen. @returns false if the browser does not allow it */
export async function copyLink({ view }: Pick<Board, 'view'>): Promise<boolean> {
  const { href } = new URL(toFragment(view.peek()), location.href);
  try {
    await navigator.clipboard.writeText(href);
    return true;
  } catch {
    return false;
  }
}

/** Plain decimals without grouping, as the service writes them in its files. */
function toPlainText(definitions: NumberDefinitions, name: string, number: number | null | undefined): string {
  if (number === null || number === undefined) return '';
  const { scale } = getReading(definitions, name);
  return isMeasure(definitions, name) ? number.toFixed(scale) : toDecimalText(number, scale);
}

export function saveFile(content: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}

/** Texts that a spreadsheet would take for a formula get an apostrophe in front (OWASP, CSV injection). */
function quoteText(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function formatIso(ms: number): string {
  return new Date(ms).toISOString();
}
