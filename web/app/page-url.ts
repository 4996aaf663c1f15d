/** Converts between the page's URL and the view that it describes. Pure. */
import { PERIODS } from '../../src/client/client.js';

/** Spans of the chart, shortest first. `day` is today so far. */
export const RANGE_NAMES = ['5m', '1h', 'day', '7d', '30d', '1y', '2y'] as const;
export type RangeName = (typeof RANGE_NAMES)[number];
export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];
export const BOARD_FORMS = ['tiles', 'list', 'top'] as const;
/** Form of the numbers: a grid of tiles, a list of all, or the largest. */
export type BoardForm = (typeof BOARD_FORMS)[number];
export const SORT_ORDERS = ['attention', 'board', 'name', 'number', 'change'] as const;
/** Order of a list. `attention`: bad and warned of first. `board`: as on the board. The largest comes first. */
export type SortOrder = (typeof SORT_ORDERS)[number];
const GROUPINGS = ['board', 'none'] as const;
/** Groups of a list: those of the board, or none. */
export type Grouping = (typeof GROUPINGS)[number];
const PERIOD_CHOICES = ['total', ...PERIODS] as const;
export type PeriodChoice = (typeof PERIOD_CHOICES)[number];

export interface PageView {
  readonly dashboard: string;
  /** Counters and measures to show; all if empty. */
  readonly counters: readonly string[];
  readonly theme: Theme;
  /** BCP 47 tag; empty for the browser's languages. */
  readonly locale: string;
  /** True for a wall screen: large, without controls. */
  readonly kiosk: boolean;
  /** True to show all tiles of a wall on one page. */
  readonly all: boolean;
  /** Dashboards that a wall shows in turn; only `dashboard` if empty. */
  readonly rotate: readonly string[];
  /** Time for which a wall shows a dashboard or a page of tiles, seconds, 5 to 3,600; undefined for the default. */
  readonly every: number | undefined;
  /** Period of all numbers; undefined for the headline of each. */
  readonly period: PeriodChoice | undefined;
  /** Undefined for the form that suits the number of tiles. */
  readonly form: BoardForm | undefined;
  readonly sort: SortOrder;
  readonly group: Grouping;
  readonly range: RangeName;
  /** Start and end of the chart, milliseconds since the Unix epoch; they win over `range`. */
  readonly from: number | undefined;
  readonly to: number | undefined;
  /** Counters and measures in the chart; chosen by the page if empty. */
  readonly chart: readonly string[];
  /** Forms of single series, `revenue:adding`, `orders:off`; `stacked` for bars on top of each other. */
  readonly forms: readonly string[];
  /** Moment in the past that is shown, milliseconds since the Unix epoch; undefined for now. */
  readonly at: number | undefined;
}

export const DEFAULT_VIEW: PageView = {
  dashboard: 'main',
  counters: [],
  theme: 'system',
  locale: '',
  kiosk: false,
  all: false,
  rotate: [],
  every: undefined,
  period: undefined,
  form: undefined,
  sort: 'attention',
  group: 'board',
  range: 'day',
  from: undefined,
  to: undefined,
  chart: [],
  forms: [],
  at: undefined,
};

/** Shortest and longest time between two turns of a wall, seconds. */
const [MIN_EVERY_S, MAX_EVERY_S] = [5, 3_600];

export type PageAddress = Pick<URL, 'search' | 'hash'>;

/** Splits a URL into the path of its fragment, and its parameters as they are written. */
export function splitPageUrl({ search, hash }: PageAddress): {
  readonly path: string;
  readonly given: ReadonlyMap<string, string>;
} {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split(/\?(.*)/s, 2);
  return { path, given: new Map([...new URLSearchParams(search), ...new URLSearchParams(query)]) };
}

/**
 * Parses a URL. The dashboard comes from the fragment (`#/shop`). All else comes from the query or from the fragment
 * (`#/shop?range=7d`), which wins. Invalid values are ignored: `address-faults.ts` names them to the viewer.
 */
export function parsePageUrl(address: PageAddress): PageView {
  const { path, given } = splitPageUrl(address);
  const rotate = parseNames(given.get('rotate'));
  return {
    dashboard: decodeName(path) || rotate[0] || DEFAULT_VIEW.dashboard,
    counters: parseNames(given.get('counters')),
    theme: parseChoice(THEMES, given.get('theme')) ?? DEFAULT_VIEW.theme,
    locale: given.get('locale') ?? '',
    kiosk: parseFlag(given.get('kiosk')),
    all: parseFlag(given.get('all')),
    rotate,
    every: parseSeconds(given.get('every')),
    period: parseChoice(PERIOD_CHOICES, given.get('period')),
    form: parseChoice(BOARD_FORMS, given.get('form')),
    sort: parseChoice(SORT_ORDERS, given.get('sort')) ?? DEFAULT_VIEW.sort,
    group: parseChoice(GROUPINGS, given.get('group')) ?? DEFAULT_VIEW.group,
    range: parseChoice(RANGE_NAMES, given.get('range')) ?? DEFAULT_VIEW.range,
    from: parseTime(given.get('from')),
    to: parseTime(given.get('to')),
    chart: parseNames(given.get('chart')),
    forms: parseNames(given.get('forms')),
    at: parseTime(given.get('at')),
  };
}

/** Returns the fragment of a view, without default values. */
export function toFragment(view: Partial<PageView>): string {
  const { dashboard, ...rest } = { ...DEFAULT_VIEW, ...view };
  const parameters = Object.entries(rest).flatMap(([name, value]) => {
    if (value === undefined || String(value) === String(DEFAULT_VIEW[name as keyof PageView])) return [];
    if (value === true) return [name];
    if (Array.isArray(value)) return [`${name}=${value.map(encodeURIComponent).join(',')}`];
    return [`${name}=${encodeURIComponent(formatParameter(name, value as string | number))}`];
  });
  return `#/${encodeURIComponent(dashboard)}${parameters.length > 0 ? `?${parameters.join('&')}` : ''}`;
}

/** Times are written as people read them, in UTC. */
function formatParameter(name: string, value: string | number): string {
  if (name === 'every') return `${value}s`;
  return typeof value === 'number' ? new Date(value).toISOString() : value;
}

function parseNames(text: string | undefined): string[] {
  return [...new Set((text ?? '').split(',').map((name) => name.trim()))].filter((name) => name !== '');
}

function parseFlag(text: string | undefined): boolean {
  return text !== undefined && !['0', 'false', 'no'].includes(text);
}

function parseChoice<T extends string>(choices: readonly T[], text: string | undefined): T | undefined {
  return choices.find((choice) => choice === text);
}

/** Reads `30s`, `30` or `2m`. */
function parseSeconds(text: string | undefined): number | undefined {
  const [, digits, unit] = /^(\d{1,4})(s|m)?$/.exec(text ?? '') ?? [];
  if (digits === undefined) return undefined;
  return Math.min(MAX_EVERY_S, Math.max(MIN_EVERY_S, Number(digits) * (unit === 'm' ? 60 : 1)));
}

/** Reads ISO 8601 or milliseconds since the Unix epoch. `Date.parse` alone takes `7` for a month. */
function parseTime(text = ''): number | undefined {
  const ms = /^\d{10,}$/.test(text) ? Number(text) : /^\d{4}-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(new Date(ms).getTime()) ? undefined : ms;
}

function decodeName(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
