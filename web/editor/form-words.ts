/** Words for what is wrong in a form: found by the page, or refused by the service. */
import type { DashboardDefinition, ServerProblem } from '../../src/client/client.js';
import { formatNumber } from '../../src/measures/format.js';
import { isolate } from '../words/isolate.js';
import { locale, words } from '../words/locale.js';
import type { FormFault } from './read-tile-form.js';
import { getFormReading, isMeasureForm, type TileForm } from './tile-form.js';

/** Shows how numbers are written in the reader's locale. */
const EXAMPLE = '1248.5';

export function describeFormFault(fault: FormFault, form: TileForm, definition: DashboardDefinition): string {
  const { activity, editor } = words.value;
  const reading = getFormReading(form, definition);
  switch (fault.kind) {
    case 'malformed': {
      const example = formatNumber(EXAMPLE, { scale: reading.scale }, locale.value);
      return activity.notNumber(isolate(fault.text.trim()), isolate(example));
    }
    case 'too-precise':
      return reading.scale === 0 ? activity.wholeOnly : activity.decimals(reading.scale);
    case 'too-large':
      return activity.atMost(isolate(formatNumber(Number.MAX_SAFE_INTEGER, reading, locale.value)));
    case 'not-above': {
      const before = isMeasureForm(form) ? fault.before.toFixed(reading.scale) : fault.before;
      return editor.mustBeAbove(isolate(formatNumber(before, reading, locale.value)));
    }
    case 'below-lowest':
      return editor.mustBeAtLeast(isolate(formatNumber(fault.lowest, reading, locale.value)));
    default:
      return editor.faults[fault.kind];
  }
}

/**
 * Returns what the service has refused by the fields of a form; the rest under the empty name.
 * @param path JSON pointer of what the form changes, for example `/counters/revenue`
 */
export function mapRefusals(problem: ServerProblem | undefined, message: string, path: string): Map<string, string> {
  const refused = new Map<string, string>();
  for (const { pointer, detail } of problem?.errors ?? []) {
    if (pointer?.startsWith(`${path}/`)) refused.set(pointer.slice(path.length + 1), toSentence(detail));
    else refused.set('', toSentence(`${pointer ?? ''} ${detail}`.trim()));
  }
  if (problem?.code === 'below-minimum') refused.set('min', toSentence(problem.detail));
  if (problem?.code === 'name-taken') refused.set('name', words.peek().editor.faults['name-taken']);
  if (refused.size === 0) refused.set('', toSentence(message));
  return refused;
}

export function toSentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;
}
