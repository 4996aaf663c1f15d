/** What is shown, as files: the chart as CSV and PNG, the tiles as CSV. And the link that holds the view. */
import { buildResourceUrl } from '../../src/client/urls.js';
import { requestJson } from '../../src/client/request.js';
import { toDecimalText } from '../../src/measures/decimal.js';
import { getReading, isMeasure, type NumberDefinitions } from '../../src/measures/shown-number.js';
import type { Board } from '../app/board-context.js';
import type { BoardData } from '../data/board-data.js';
import { toFragment } from '../app/page-url.js';
import { getShownKind } from '../tile/shown-tile.js';

/** Time that the service may take for a file, milliseconds. */
const READ_TIMEOUT_MS = 60_000;

/** Downloads the rows of the chart, as the service writes them. @throws Error if there is no chart */
export async function downloadChartRows({ base, tokenOptions, ...board }: BoardData): Promise<void> {
  const { findShownChart } = await import('../chart/chart-image.js');
  const { lanes, span, buckets } = findShownChart() ?? {};
  const [first, last] = [buckets?.at(0), buckets?.at(-1)];
  if (!lanes || !span || !first || !last) throw new Error('there is no chart');
  const counters = [...new Set(lanes.flatMap(({ series }) => series.map(({ name }) => name)))];
  const { period, stepMs } = span.bucket;
  const address =
    period === undefined
      ? buildResourceUrl(base, board.name, 'history', { counters, from: first.start, to: last.end, step: stepMs })
      : buildResourceUrl(base, board.name, 'periods', { counters, period, count: buckets?.length, before: last.end });
  const init = { headers: { accept: 'text/csv' } };
  const text = await requestJson(address, tokenOptions, init, READ_TIMEOUT_MS, (response) => response.text());
  saveFile(new Blob([text], { type: 'text/csv' }), `${board.name}-chart.csv`);
}

/** Downloads a picture of the chart. @throws Error if there is no chart */
export async function downloadChartImage({ name }: BoardData): Promise<void> {
  const { drawChartImage } = await import('../chart/chart-image.js');
  saveFile(await drawChartImage(), `${name}-chart.png`);
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
