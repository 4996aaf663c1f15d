/** Converts between the page's URL and the view that it describes. Pure. */

export const RANGE_NAMES = ['5m', '1h', '24h', '14d'] as const;
export type RangeName = (typeof RANGE_NAMES)[number];
type Theme = 'light' | 'dark' | 'system';
export type ChartMode = 'value' | 'rate';

export interface PageView {
  readonly dashboard: string;
  /** Counters to show; all if empty. */
  readonly counters: readonly string[];
  readonly theme: Theme;
  /** True for a wall screen: large, without controls. */
  readonly kiosk: boolean;
  readonly range: RangeName;
  readonly mode: ChartMode;
  /** Counters in the chart; chosen by the page if empty. */
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
 * Parses a URL. The dashboard comes from the fragment (`#/shop`). The parameters `counters`, `theme`, `kiosk`, `range`,
 * `mode` and `chart` come from the query or from the fragment (`#/shop?range=24h`), which wins. Invalid values are
 * ignored.
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

/** Returns the fragment of a view, without default values. */
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
