/** The chart with its controls: range, mode, legend, and the exact values at the cursor. */
import { NO_NUMBER } from '../../src/measures/shown-number.js';
import { type ChartMode, type RangeName, RANGE_NAMES, type PageView } from '../page/page-url.js';
import { formatRowTime } from './chart-scales.js';
import { createElement, setAttributes, setText } from '../page/element.js';
import type { LiveDashboard } from '../data/live-dashboard.js';
import { formatError } from '../page/formatting.js';
import { countRows, CHART_RANGES } from './chart-ranges.js';
import { LazyChart } from './lazy-chart.js';
import { TotalsSeries } from '../data/series.js';

/** Largest number of counters in the chart: the number of colours that can be told apart. */
const MAX_CHART_COUNTERS = 8;
const DEFAULT_CHART_COUNTERS = 3;
/** Dashes of the second half of the lines, so that nobody has to tell eight colours apart. */
const DASH_PATTERN = [6, 4];

type ChartSettings = Pick<PageView, 'range' | 'mode' | 'chart'>;

export class ChartPanel {
  readonly root: HTMLElement;
  readonly #plot = createElement('div', {
    class: 'plot',
    tabindex: 0,
    role: 'slider',
    'aria-label': 'Time in the chart',
  });
  readonly #legend = createElement(
    'fieldset',
    { class: 'legend' },
    createElement('legend', { class: 'visually-hidden' }, 'Counters in the chart'),
  );
  readonly #timeLabel = createElement('p', { class: 'cursor-time' });
  readonly #legendEntries = new Map<
    string,
    { readonly box: HTMLInputElement; readonly title: Element; readonly value: Element }
  >();
  readonly #chart: LazyChart;
  #settings: ChartSettings;
  #series: TotalsSeries;
  #drawnKey = '';

  constructor(
    private readonly dashboard: LiveDashboard,
    settings: ChartSettings,
    private readonly onSettings: (choice: ChartSettings) => void,
  ) {
    this.#settings = settings;
    this.#series = createSeries(settings.range);
    this.#chart = new LazyChart(
      this.#plot,
      () => dashboard.history.clock.now(),
      () => this.#showCursorValues(),
      (error) => this.#showFailure(error),
    );
    const ranges = RANGE_NAMES.map((range) => ({ value: range, label: CHART_RANGES[range].label }));
    const modes = [
      { value: 'value', label: 'Value' },
      { value: 'rate', label: 'Rate' },
    ] as const;
    this.root = createElement(
      'section',
      { class: 'chart', 'aria-label': 'Chart' },
      createElement(
        'header',
        {},
        createRadioGroup('Range', ranges, settings.range, (range) => this.#changeSettings({ range })),
        createRadioGroup<ChartMode>('Display', modes, settings.mode, (mode) => this.#changeSettings({ mode })),
        this.#timeLabel,
      ),
      this.#plot,
      this.#legend,
    );
    this.#plot.addEventListener('keydown', (event) => {
      const by = { ArrowLeft: -1, ArrowRight: 1, PageUp: -60, PageDown: 60, Home: -1e6, End: 1e6, Escape: 0 }[
        event.key
      ];
      if (by === undefined) return;
      event.preventDefault();
      this.#chart.moveCursor(by);
    });
  }

  refresh(): void {
    this.#chart.refresh();
  }

  /** Updates everything after counters, titles or colours may have changed. */
  showAll(): void {
    for (const counter of this.dashboard.charted) this.#addLegendEntry(counter);
    for (const [counter, { box, title }] of this.#legendEntries) {
      if (this.dashboard.charted.includes(counter)) setText(title, this.dashboard.getTitle(counter));
      else {
        box.closest('label')?.remove();
        this.#legendEntries.delete(counter);
      }
    }
    const scales = this.#counters.map((name) => this.dashboard.definition?.counters[name]?.scale);
    const wanted = JSON.stringify([this.#settings, this.#counters, scales, document.documentElement.dataset['theme']]);
    if (wanted === this.#drawnKey) this.#chart.refresh();
    else this.#draw();
    this.#drawnKey = wanted;
  }

  close(): void {
    this.#chart.close();
  }

  /** Counters in the chart: the chosen ones that exist and have totals, or else the first few. */
  get #counters(): readonly string[] {
    const { charted: counters } = this.dashboard;
    const chosen = this.#settings.chart.filter((counter) => counters.includes(counter));
    return (chosen.length > 0 ? chosen : counters.slice(0, DEFAULT_CHART_COUNTERS)).slice(0, MAX_CHART_COUNTERS);
  }

  #changeSettings(changes: Partial<ChartSettings>): void {
    const { range } = this.#settings;
    this.#settings = { ...this.#settings, ...changes };
    if (this.#settings.range !== range) {
      this.dashboard.history.untrack(this.#series);
      this.#series = createSeries(this.#settings.range);
    }
    this.onSettings(this.#settings);
    this.showAll();
  }

  #toggleCounter(counter: string, isWanted: boolean): void {
    const others = this.#counters.filter((name) => name !== counter);
    if (isWanted) this.#changeSettings({ chart: [...others, counter].slice(-MAX_CHART_COUNTERS) });
    // The last counter stays: an empty chart is useless.
    else if (others.length > 0) this.#changeSettings({ chart: others });
    else this.#draw();
  }

  #draw(): void {
    const style = getComputedStyle(this.root);
    const shown = this.#counters;
    const counters = shown.map((name, index) => ({
      name,
      scale: this.dashboard.definition?.counters[name]?.scale ?? 0,
      colour: style.getPropertyValue(`--series-${index + 1}`).trim(),
      dash: index < MAX_CHART_COUNTERS / 2 ? [] : DASH_PATTERN,
    }));
    for (const [name, { box }] of this.#legendEntries) {
      const index = shown.indexOf(name);
      box.checked = index >= 0;
      const label = box.closest('label') ?? box;
      setAttributes(label, { 'data-series': index >= 0 ? index + 1 : undefined });
      label.style.setProperty('--colour', index >= 0 ? `var(--series-${index + 1})` : null);
    }
    if (shown.length > 0) this.dashboard.history.track(this.#series, shown);
    const { range, mode } = this.#settings;
    this.#chart.show({ counters, mode, span: CHART_RANGES[range], series: this.#series });
  }

  /** Replaces the chart by a text. Numbers and sparklines do not need it. */
  #showFailure(error: unknown): void {
    const text = `The chart cannot be shown: ${formatError(error)}. The numbers are not affected. Reload the page to try again.`;
    this.root.replaceChildren(createElement('p', {}, text));
  }

  #addLegendEntry(counter: string): void {
    if (this.#legendEntries.has(counter)) return;
    const [box, title, value] = [
      createElement('input', { type: 'checkbox' }),
      createElement('span'),
      createElement('output', { 'aria-live': 'off' }),
    ];
    box.addEventListener('change', () => this.#toggleCounter(counter, box.checked));
    this.#legend.append(createElement('label', {}, box, createElement('i', { class: 'line' }), title, value));
    this.#legendEntries.set(counter, { box, title, value });
  }

  /** Shows the exact values at the cursor, or the latest ones without a cursor. */
  #showCursorValues(): void {
    const values = this.#chart.getCursorValues();
    const { range, mode } = this.#settings;
    const { stepMs, rateMs, rangeMs, rateLabel } = CHART_RANGES[range];
    const label = values && formatRowTime(values.at, mode === 'rate' ? rateMs : stepMs, rangeMs);
    const unit = mode === 'rate' ? `added and removed per ${rateLabel}` : '';
    const newest = this.dashboard.status.state === 'live' ? 'now' : 'last known';
    const when = this.#chart.hasCursor && label ? label : newest;
    setText(this.#timeLabel, [when, unit].filter((text) => text !== '').join(' · '));
    const spoken = [when];
    for (const [index, counter] of this.#counters.entries()) {
      const row = values?.rows[index];
      const value = this.dashboard.format(counter, row?.value);
      const hasRates = mode === 'rate' && value !== NO_NUMBER;
      const text = hasRates ? `+${value} −${this.dashboard.format(counter, row?.removed ?? 0)}` : value;
      const entry = this.#legendEntries.get(counter);
      if (entry) setText(entry.value, text);
      spoken.push(`${this.dashboard.getTitle(counter)} ${text}`);
    }
    for (const [counter, { value }] of this.#legendEntries) if (!this.#counters.includes(counter)) setText(value, '');
    setAttributes(this.#plot, {
      'aria-valuemin': 0,
      'aria-valuemax': 100,
      'aria-valuenow': this.#chart.getCursorPercent(),
      'aria-valuetext': this.#chart.hasCursor ? spoken.join(', ') : 'no time selected: use the arrow keys',
    });
  }
}

function createSeries(range: RangeName): TotalsSeries {
  const span = CHART_RANGES[range];
  return new TotalsSeries(span.stepMs, countRows(span));
}

/** Creates radio buttons that look like one control. */
function createRadioGroup<T extends string>(
  name: string,
  choices: readonly { readonly value: T; readonly label: string }[],
  chosen: T,
  onChoice: (value: T) => void,
): HTMLElement {
  const group = createElement(
    'fieldset',
    { class: 'choice' },
    createElement('legend', { class: 'visually-hidden' }, name),
  );
  for (const { value, label } of choices) {
    const radio = createElement('input', { type: 'radio', name, value, checked: value === chosen });
    radio.addEventListener('change', () => onChoice(value));
    group.append(createElement('label', {}, radio, createElement('span', {}, label)));
  }
  return group;
}
