/** Writes the number of a counter or a measure for people, from the exact state. */
import type { Period } from '../../counters/definition.js';
import { formatNumber } from '../../measures/format.js';
import { NO_NUMBER, toReading } from '../../measures/shown-number.js';
import type { DashboardState } from './dashboard-state.js';
import { createNumberReader } from './snapshot.js';

/** Returns the title of a counter or a measure, or its name. */
export function getTitle(state: DashboardState, name: string): string {
  return (state.has(name) ? state.getDefinition(name) : state.settings.measures?.[name])?.title ?? name;
}

/**
 * Returns the text of a number. A ratio whose divisor is 0 and the period of a gauge have none.
 * @param name an existing counter or measure
 * @param period present period, which must be open; undefined: the value
 * @param locale BCP 47 tag
 */
export function writeNumber(state: DashboardState, name: string, locale: string, period?: Period): string {
  const read = createNumberReader(state, period);
  if (state.has(name)) {
    const definition = state.getDefinition(name);
    if (definition.kind === 'gauge' && period !== undefined) return NO_NUMBER;
    return formatNumber(read(name), toReading(definition, definition.scale ?? 0), locale);
  }
  const measure = state.measures.find((compiled) => compiled.name === name);
  const text = measure?.evaluate(read) ?? null;
  if (!measure || text === null) return NO_NUMBER;
  return formatNumber(text, toReading(state.settings.measures?.[name] ?? {}, measure.scale), locale);
}
