/** What the address asks for: which dashboard, which counters, how it is shown. Pure. */

/** Ranges of the chart. */
export const RANGE_NAMES = ['5m', '1h', '24h', '14d'] as const;
export type RangeName = (typeof RANGE_NAMES)[number];
type Theme = 'light' | 'dark' | 'system';
export type ChartMode = 'value' | 'rate';

/** How a dashboard is shown. */
export interface PageView {
  readonly dashboard: string;
  /** Counters to show; all when empty. */
  readonly counters: readonly string[];
  readonly theme: Theme;
  /** For a wall screen: large, and without controls. */
  readonly kiosk: boolean;
  readonly range: RangeName;
  readonly mode: ChartMode;
  /** Counters in the chart; the page chooses when empty. */
  readonly chart: readonly string[];
}

const DEFAULT_VIEW: PageView = {
  dashboard: 'main',
  counters: [],
  theme: 'system',
  kiosk: false,
  range: '1h',
  mode: 'value',
  chart: [],
};

/**
 * Reads an address: the dashboard from the fragment (`#/shop`), the rest from parameters (`counters`, `theme`, `kiosk`, `range`,
 * `mode`, `chart`), which may stand in the query or behind the dashboard in the fragment; the latter win. What is not understood counts as not given.
 */
export function parsePageUrl({ search, hash }: Pick<URL, 'search' | 'hash'>): PageView {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split(/\?(.*)/s, 2);
  const given = new Map([...new URLSearchParams(search), ...new URLSearchParams(query)]);
  const kiosk = given.get('kiosk');
  return {
    dashboard: decodeName(path) || DEFAULT_VIEW.dashboard,
    counters: parseNames(given.get('counters')),
    theme: parseChoice(['light', 'dark', 'system'], given.get('theme'), DEFAULT_VIEW.theme),
    kiosk: kiosk !== undefined && !['0', 'false'].includes(kiosk),
    range: parseChoice(RANGE_NAMES, given.get('range'), DEFAULT_VIEW.range),
    mode: parseChoice(['value', 'rate'], given.get('mode'), DEFAULT_VIEW.mode),
    chart: parseNames(given.get('chart')),
  };
}

/** The fragment that shows a view. What is as by default is left out. */
export function toFragment(view: Partial<PageView>): string {
  const { dashboard, counters, theme, kiosk, range, mode, chart } = { ...DEFAULT_VIEW, ...view };
  const parameters = [
    counters.length > 0 && `counters=${counters.map(encodeURIComponent).join(',')}`,
    theme !== DEFAULT_VIEW.theme && `theme=${theme}`,
    kiosk && 'kiosk',
    range !== DEFAULT_VIEW.range && `range=${range}`,
    mode !== DEFAULT_VIEW.mode && `mode=${mode}`,
    chart.length > 0 && `chart=${chart.map(encodeURIComponent).join(',')}`,
  ].filter((parameter) => parameter !== false);
  return `#/${encodeURIComponent(dashboard)}${parameters.length > 0 ? `?${parameters.join('&')}` : ''}`;
}

function parseNames(text: string | undefined): string[] {
  return [...new Set((text ?? '').split(',').map((name) => name.trim()))].filter((name) => name !== '');
}

function parseChoice<T extends string>(choices: readonly T[], text: string | undefined, fallback: T): T {
  return choices.find((choice) => choice === text) ?? fallback;
}

function decodeName(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
