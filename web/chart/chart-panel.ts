/** The chart and what belongs to it: range, mode, which counters, and the exact values under the cursor. */
import { type Mode, type Range, RANGES, type View } from '../page/page-url.js';
import { Chart } from './chart.js';
import { rowLabel } from './chart-scales.js';
import { element, setAttributes, setText } from '../page/element.js';
import type { LiveDashboard } from '../data/live-dashboard.js';
import { asWhole } from '../page/formatting.js';
import { rowsOf, SPANS } from './ranges.js';
import { Series } from '../data/series.js';

/** Most counters in one chart: as many as there are colours that can be told apart. */
const MOST_COUNTERS = 8;
/** How many the chart has when nobody has chosen. */
const FIRST_COUNTERS = 3;
/** Lines of the second half of the colours are dashed as well: nobody has to tell eight colours apart. */
const DASH = [6, 4];

type Choice = Pick<View, 'range' | 'mode' | 'chart'>;

export class ChartPanel {
  readonly root: HTMLElement;
  readonly #plot = element('div', { class: 'plot', tabindex: 0, role: 'slider', 'aria-label': 'Time in the chart' });
  readonly #legend = element(
    'fieldset',
    { class: 'legend' },
    element('legend', { class: 'unseen' }, 'Counters in the chart'),
  );
  readonly #when = element('p', { class: 'when' });
  readonly #entries = new Map<
    string,
    { readonly box: HTMLInputElement; readonly title: Element; readonly value: Element }
  >();
  readonly #chart: Chart;
  #choice: Choice;
  #series: Series;
  #drawn = '';

  /** @param onChoice is told what the viewer has chosen */
  constructor(
    private readonly dashboard: LiveDashboard,
    choice: Choice,
    private readonly onChoice: (choice: Choice) => void,
  ) {
    this.#choice = choice;
    this.#series = seriesOf(choice.range);
    this.#chart = new Chart(
      this.#plot,
      () => dashboard.past.clock.now(),
      () => this.#showReading(),
    );
    const ranges = RANGES.map((range) => ({ value: range, label: SPANS[range].label }));
    const modes = [
      { value: 'value', label: 'Value' },
      { value: 'rate', label: 'Rate' },
    ] as const;
    this.root = element(
      'section',
      { class: 'chart', 'aria-label': 'Chart' },
      element(
        'header',
        {},
        choiceOf('Range', ranges, choice.range, (range) => this.#choose({ range })),
        choiceOf<Mode>('Shown', modes, choice.mode, (mode) => this.#choose({ mode })),
        this.#when,
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

  /** Numbers or the time have moved on. */
  refresh(): void {
    this.#chart.refresh();
  }

  /** Counters, titles or colours may be others. */
  showAll(): void {
    for (const counter of this.dashboard.counters) this.#entryOf(counter);
    for (const [counter, { box, title }] of this.#entries) {
      if (this.dashboard.counters.includes(counter)) setText(title, this.dashboard.titleOf(counter));
      else {
        box.closest('label')?.remove();
        this.#entries.delete(counter);
      }
    }
    const wanted = JSON.stringify([this.#choice, this.#counters, document.documentElement.dataset['theme']]);
    if (wanted === this.#drawn) this.#chart.refresh();
    else this.#draw();
    this.#drawn = wanted;
  }

  close(): void {
    this.#chart.close();
  }

  /** The counters in the chart: those that were chosen and are there. */
  get #counters(): readonly string[] {
    const { counters } = this.dashboard;
    const chosen = this.#choice.chart.filter((counter) => counters.includes(counter));
    return (chosen.length > 0 ? chosen : counters.slice(0, FIRST_COUNTERS)).slice(0, MOST_COUNTERS);
  }

  #choose(choice: Partial<Choice>): void {
    const { range } = this.#choice;
    this.#choice = { ...this.#choice, ...choice };
    if (this.#choice.range !== range) {
      this.dashboard.past.unfollow(this.#series);
      this.#series = seriesOf(this.#choice.range);
    }
    this.onChoice(this.#choice);
    this.showAll();
  }

  #toggle(counter: string, isWanted: boolean): void {
    const others = this.#counters.filter((name) => name !== counter);
    if (isWanted) this.#choose({ chart: [...others, counter].slice(-MOST_COUNTERS) });
    // The last one stays: an empty chart shows nothing to anybody.
    else if (others.length > 0) this.#choose({ chart: others });
    else this.#draw();
  }

  #draw(): void {
    const style = getComputedStyle(this.root);
    const shown = this.#counters;
    const counters = shown.map((name, index) => ({
      name,
      colour: style.getPropertyValue(`--series-${index + 1}`).trim(),
      dash: index < MOST_COUNTERS / 2 ? [] : DASH,
    }));
    for (const [name, { box }] of this.#entries) {
      const index = shown.indexOf(name);
      box.checked = index >= 0;
      setAttributes(box.closest('label') ?? box, { 'data-series': index >= 0 ? index + 1 : undefined });
    }
    if (shown.length > 0) this.dashboard.past.follow(this.#series, shown);
    const { range, mode } = this.#choice;
    this.#chart.draw({ counters, mode, span: SPANS[range], series: this.#series });
  }

  #entryOf(counter: string): void {
    if (this.#entries.has(counter)) return;
    const [box, title, value] = [
      element('input', { type: 'checkbox' }),
      element('span'),
      element('output', { 'aria-live': 'off' }),
    ];
    box.addEventListener('change', () => this.#toggle(counter, box.checked));
    this.#legend.append(element('label', {}, box, element('i', { class: 'line' }), title, value));
    this.#entries.set(counter, { box, title, value });
  }

  /** The exact values under the cursor; without one, the newest. */
  #showReading(): void {
    const reading = this.#chart.reading();
    const { range, mode } = this.#choice;
    const { stepMs, rateMs, rangeMs, rate } = SPANS[range];
    const label = reading && rowLabel(reading.at, mode === 'rate' ? rateMs : stepMs, rangeMs);
    const unit = mode === 'rate' ? `added and removed per ${rate}` : '';
    const newest = this.dashboard.status.state === 'live' ? 'now' : 'last known';
    const when = this.#chart.hasCursor && label ? label : newest;
    setText(this.#when, [when, unit].filter((text) => text !== '').join(' · '));
    const spoken = [when];
    for (const [index, counter] of this.#counters.entries()) {
      const row = reading?.rows[index];
      const value = row?.value === null || row === undefined ? '–' : asWhole(row.value);
      const text = mode === 'rate' && value !== '–' ? `+${value} −${asWhole(row?.removed ?? 0)}` : value;
      const entry = this.#entries.get(counter);
      if (entry) setText(entry.value, text);
      spoken.push(`${this.dashboard.titleOf(counter)} ${text}`);
    }
    for (const [counter, { value }] of this.#entries) if (!this.#counters.includes(counter)) setText(value, '');
    setAttributes(this.#plot, {
      'aria-valuemin': 0,
      'aria-valuemax': 100,
      'aria-valuenow': this.#chart.position(),
      'aria-valuetext': this.#chart.hasCursor ? spoken.join(', ') : 'no time chosen: use the arrow keys',
    });
  }
}

function seriesOf(range: Range): Series {
  const span = SPANS[range];
  return new Series(span.stepMs, rowsOf(span));
}

/** One of several, as radio buttons that look like one control. */
function choiceOf<T extends string>(
  name: string,
  choices: readonly { readonly value: T; readonly label: string }[],
  chosen: T,
  onChoice: (value: T) => void,
): HTMLElement {
  const group = element('fieldset', { class: 'choice' }, element('legend', { class: 'unseen' }, name));
  for (const { value, label } of choices) {
    const radio = element('input', { type: 'radio', name, value, checked: value === chosen });
    radio.addEventListener('change', () => onChoice(value));
    group.append(element('label', {}, radio, element('span', {}, label)));
  }
  return group;
}
