/** The facts that lists show, sort and add up: number, level and comparison of each counter and measure. */
import { computed, type ReadonlySignal } from '@preact/signals';
import type { Level } from '../../src/client/client.js';
import type { Delta } from '../../src/measures/levels.js';
import { getPresentation, type NumberKind } from '../../src/measures/shown-number.js';
import type { Board } from '../app/board-context.js';
import type { ComparedPeriod } from '../data/period-data.js';
import { findRowNumber } from '../data/period-data.js';
import { createShownNumbers } from '../tile/shown-numbers.js';
import { getBoundary, getDelta, getDrawnPeriod, getGoal, getShownKind } from '../tile/shown-tile.js';

export interface Facts {
  readonly name: string;
  readonly title: string;
  readonly kind: NumberKind;
  /** In the smallest unit for counters; null if there is none, undefined until it is known. */
  readonly number: number | null | undefined;
  /** Worse level of threshold and target; undefined without either, and while the numbers are not live. */
  readonly level: Level | undefined;
  readonly delta: Delta | undefined;
  /** Period that the number is compared with, and the number that stood in it at this time. */
  readonly compared: ComparedPeriod | undefined;
  readonly before: number | undefined;
}

const WORST_FIRST: readonly Level[] = ['bad', 'warn', 'good'];

/** Facts by name: the same signal for each call with a name. */
export class BoardFacts {
  readonly #facts = new Map<string, ReadonlySignal<Facts>>();

  constructor(private readonly board: Board) {}

  get(name: string): ReadonlySignal<Facts> {
    let facts = this.#facts.get(name);
    if (!facts) {
      const numbers = createShownNumbers(this.board, name);
      this.#facts.set(name, (facts = computed(() => readFacts(this.board, name, numbers))));
    }
    return facts;
  }
}

function readFacts({ data, view }: Board, name: string, shown: ReturnType<typeof createShownNumbers>): Facts {
  const definition = data.definition.value;
  const empty = { name, title: name, kind: 'total', number: undefined, level: undefined, delta: undefined } as const;
  if (!definition) return { ...empty, compared: undefined, before: undefined };
  const { title = name, target } = getPresentation(definition, name);
  const kind = getShownKind(definition, name, view.value.period);
  const numbers = shown.value;
  const number = numbers[kind];
  const periodData = kind === 'total' ? undefined : data.getPeriodData(getDrawnPeriod(kind)).value;
  const { delta, compared } = getDelta(definition, name, number, periodData) ?? {};
  const before = compared?.row.byNow ? findRowNumber(compared.row.byNow, name) : undefined;
  const perData = target?.per && data.getPeriodData(target.per).value;
  const levels = data.isLive.value
    ? [
        getBoundary(definition, name, number)?.level,
        getGoal(definition, name, numbers, perData || undefined, data.now())?.level,
      ]
    : [];
  const level = WORST_FIRST.find((one) => levels.includes(one));
  return { name, title, kind, number, level, delta, compared, before: before ?? undefined };
}
