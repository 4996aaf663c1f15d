/** Writes targets and thresholds: without decimals if they have none, otherwise with all of them. */
import type { DashboardDefinition } from '../../src/client/client.js';
import { formatShownNumber, getReading, isMeasure } from '../../src/measures/shown-number.js';
import { locale } from '../words/locale.js';

/** @param number of the smallest unit for a counter, decimals for a measure */
export function formatLimit(definition: DashboardDefinition, name: string, number: number): string {
  const unit = isMeasure(definition, name) ? 1 : 10 ** getReading(definition, name).scale;
  const form = number % unit === 0 ? 'whole' : 'full';
  return formatShownNumber(definition, name, number, locale.value, { form, withoutUnit: true });
}
