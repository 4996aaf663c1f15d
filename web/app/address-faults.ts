/** Names the values of the page's URL that do not exist, and what is shown instead. Loaded with the first parameter. */
import type { DashboardDefinition } from '../../src/client/client.js';
import { isolate } from '../words/isolate.js';
import { formatList } from '../words/lists.js';
import { words } from '../words/locale.js';
import { DEFAULT_VIEW, type PageAddress, type PageView, parsePageUrl, splitPageUrl } from './page-url.js';

/** Time of a wall's page without `?every=`, seconds. */
export const DEFAULT_EVERY_S = 15;

type Instead = (view: PageView) => string;

/** Parameters with a set of values, and the words for what is shown where the value is not one of them. */
const CHECKED: readonly (readonly [name: keyof PageView, instead: Instead])[] = [
  ['at', () => words.value.status.live],
  ['period', () => words.value.numbers.grouped],
  ['range', getSpanWords],
  ['from', getSpanWords],
  ['to', getSpanWords],
  ['form', () => words.value.numbers.grouped],
  ['sort', ({ sort }) => words.value.numbers.orders[sort]],
  ['group', () => words.value.numbers.grouped],
  ['every', () => words.value.time.seconds(DEFAULT_EVERY_S)],
  ['theme', ({ theme }) => words.value.more.themes[theme]],
];

/**
 * Returns one sentence for each value of a URL that the page does not know, and one for the names of counters and
 * measures that the dashboard does not have. Parameters of other programs are none of the page's.
 * @param definition undefined until it has been read: names are not checked before
 */
export function listAddressFaults(address: PageAddress, definition: DashboardDefinition | undefined): string[] {
  const { given } = splitPageUrl(address);
  const view = parsePageUrl(address);
  const { board, chart, more } = words.value;
  const describe = (name: string, shown: string): string =>
    board.unknownValue(isolate(`${name}=${given.get(name) ?? ''}`), isolate(shown));
  const faults = CHECKED.filter(([name]) => isIgnored(given.get(name), view[name], DEFAULT_VIEW[name])).map(
    ([name, instead]) => describe(name, instead(view)),
  );
  if (!isKnownLocale(view.locale)) faults.push(describe('locale', more.ofBrowser));
  if (view.from !== undefined && view.to !== undefined && view.to <= view.from) faults.push(chart.datesWrong);
  const unknown = definition ? listUnknownNames(view, definition) : [];
  if (unknown.length > 0) faults.push(board.unknownNames(formatList(unknown.map(isolate))));
  return faults;
}

/** A value that is not known is read as if it were absent. */
function isIgnored(text: string | undefined, value: unknown, standard: unknown): boolean {
  return text !== undefined && text !== '' && value === standard && text !== String(standard);
}

function getSpanWords({ range }: PageView): string {
  return words.value.chart.spans[range];
}

/** True for all locales that the browser writes numbers and times of, also those without texts of the page. */
function isKnownLocale(tag: string): boolean {
  try {
    return tag === '' || Intl.NumberFormat.supportedLocalesOf(tag).length > 0;
  } catch {
    return false;
  }
}

function listUnknownNames(
  { counters, chart, forms }: PageView,
  { counters: known, measures = {} }: DashboardDefinition,
): string[] {
  const named = forms.filter((form) => form.includes(':')).map((form) => form.replace(/:.*/s, ''));
  const names = new Set([...counters, ...chart, ...named]);
  return [...names].filter((name) => !Object.hasOwn(known, name) && !Object.hasOwn(measures, name));
}
