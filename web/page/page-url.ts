/** What the address asks for: which dashboard, which counters, how it is shown. Pure. */

/** Ranges of the chart. */
export const RANGES = ['5m', '1h', '24h', '14d'] as const;
export type Range = (typeof RANGES)[number];
export type Theme = 'light' | 'dark' | 'system';
export type Mode = 'value' | 'rate';

/** How a dashboard is shown. */
export interface View {
  readonly dashboard: string;
  /** Counters to show; all when empty. */
  readonly counters: readonly string[];
  readonly theme: Theme;
  /** For a wall screen: large, and without controls. */
  readonly kiosk: boolean;
  readonly range: Range;
  readonly mode: Mode;
  /** Counters in the chart; the page chooses when empty. */
  readonly chart: readonly string[];
}

const DEFAULTS: View = {
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
export function readAddress({ search, hash }: Pick<URL, 'search' | 'hash'>): View {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split(/\?(.*)/s, 2);
  const given = new Map([...new URLSearchParams(search), ...new URLSearchParams(query)]);
  const kiosk = given.get('kiosk');
  return {
    dashboard: decode(path) || DEFAULTS.dashboard,
    counters: names(given.get('counters')),
    theme: oneOf(['light', 'dark', 'system'], given.get('theme'), DEFAULTS.theme),
    kiosk: kiosk !== undefined && !['0', 'false'].includes(kiosk),
    range: oneOf(RANGES, given.get('range'), DEFAULTS.range),
    mode: oneOf(['value', 'rate'], given.get('mode'), DEFAULTS.mode),
    chart: names(given.get('chart')),
  };
}

/** The fragment that shows a view. What is as by default is left out. */
export function fragmentOf(view: Partial<View>): string {
  const { dashboard, counters, theme, kiosk, range, mode, chart } = { ...DEFAULTS, ...view };
  const parameters = [
    counters.length > 0 && `counters=${counters.map(encodeURIComponent).join(',')}`,
    theme !== DEFAULTS.theme && `theme=${theme}`,
    kiosk && 'kiosk',
    range !== DEFAULTS.range && `range=${range}`,
    mode !== DEFAULTS.mode && `mode=${mode}`,
    chart.length > 0 && `chart=${chart.map(encodeURIComponent).join(',')}`,
  ].filter((parameter) => parameter !== false);
  return `#/${encodeURIComponent(dashboard)}${parameters.length > 0 ? `?${parameters.join('&')}` : ''}`;
}

function names(text: string | undefined): string[] {
  return [...new Set((text ?? '').split(',').map((name) => name.trim()))].filter((name) => name !== '');
}

function oneOf<T extends string>(choices: readonly T[], text: string | undefined, otherwise: T): T {
  return choices.find((choice) => choice === text) ?? otherwise;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
