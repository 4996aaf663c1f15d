/** Measures as they are defined: exact numbers, rounded half away from zero, and null where the divisor is 0. */
import type { DashboardPlan } from '../actors/plan.js';

/** Returns the numbers of all measures of a dashboard. @param numbers of its counters: values, or those of a period */
export function computeMeasures(
  { definition }: DashboardPlan,
  numbers: Readonly<Record<string, number>>,
): Readonly<Record<string, number | null>> {
  const { measures = {}, counters = {} } = definition ?? {};
  const read = (term: string): number => {
    const name = term.replace('-', '');
    return ((term.startsWith('-') ? -1 : 1) * (numbers[name] ?? 0)) / 10 ** (counters[name]?.scale ?? 0);
  };
  return Object.fromEntries(
    Object.entries(measures).map(([name, measure]) => {
      if ('sum' in measure)
        return [
          name,
          round(
            measure.sum.map(read).reduce((sum, term) => sum + term, 0),
            measure.scale ?? 0,
          ),
        ];
      const [dividend, divisor] = measure.ratio.map(read);
      const { scale = measure.percent ? 1 : 2 } = measure;
      return [
        name,
        divisor === 0 ? null : round(((dividend ?? 0) / (divisor ?? 1)) * (measure.percent ? 100 : 1), scale),
      ];
    }),
  );
}

/** The numbers of a run are small: what doubles lose is far below the last digit. */
function round(number: number, scale: number): number {
  const size = Math.round(Math.abs(number) * 10 ** scale + 1e-7);
  return size === 0 ? 0 : (Math.sign(number) * size) / 10 ** scale;
}
