/** `tallyboard hooks check`: looks for faults in a HOOKS_FILE, and says what a sample event would count. */
import { readFileSync } from 'node:fs';
import { errorMessage, TallyError } from '../counters/errors.js';
import { toEventKey } from '../hooks/event-key.js';
import type { Hook } from '../hooks/hook.js';
import { applyRules, type RuleResult } from '../hooks/hook-rules.js';
import { loadHooks } from '../hooks/hooks-file.js';
import { followJsonPath } from '../hooks/json-pointer.js';
import { CommandError, EXIT } from './exit-codes.js';

export interface HooksCheckOptions {
  /** File with the body of a sample event. */
  readonly event?: string;
  /** Hook that the sample is for. Default: the only one of the file. */
  readonly hook?: string;
  /** Headers of the sample, by names in lower case. */
  readonly header: Readonly<Record<string, string>>;
}

/**
 * Prints the hooks of a file, and what a sample event would count. Counts nothing, and checks no signature.
 * @throws CommandError if the file is faulty, or if the event would be refused
 */
export async function checkHooks(path: string, { event, hook, header }: HooksCheckOptions): Promise<void> {
  const { hooks, faults } = await loadHooks(path);
  if (faults.length > 0) throw new CommandError([`${path} is faulty:`, ...faults].join('\n  '), EXIT.refused);
  const names = [...hooks.values()].map(({ name, provider }) => `${name} (${provider})`);
  process.stdout.write(`${path} has no fault. Hooks: ${names.join(', ') || 'none'}\n`);
  if (event === undefined) return;
  const { key, result, dashboard } = readSample(chooseHook(hooks, hook), readBody(event), header);
  if (result.kind === 'refused') throw new CommandError(`the event would be refused: ${result.detail}`, EXIT.refused);
  const lines =
    result.kind === 'ignored'
      ? ['The event would be ignored: no rule matches, or the amount is 0.']
      : [
          `The event would count on dashboard ${dashboard}${key === undefined ? '' : `, once under the key ${key}`}:`,
          ...result.changes.map((change) => `  ${change.counter} ${'by' in change ? formatAmount(change.by) : ''}`),
          ...(key === undefined ? ['It has no id where its provider has it: add the header, or it is refused.'] : []),
        ];
  process.stdout.write(`${lines.join('\n')}\nNothing was counted, and no signature was checked.\n`);
}

function formatAmount(by: number): string {
  return by > 0 ? `+${by}` : String(by);
}

function chooseHook(hooks: ReadonlyMap<string, Hook>, name: string | undefined): Hook {
  const [only, ...others] = hooks.values();
  const hook = name === undefined ? (others.length === 0 ? only : undefined) : hooks.get(name);
  if (hook) return hook;
  const fault = name === undefined ? 'name the hook of the event with --hook' : `there is no hook ${name}`;
  throw new CommandError(`${fault}: ${[...hooks.keys()].join(', ')}`, EXIT.usage);
}

function readBody(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new CommandError(`${path} cannot be read as JSON: ${errorMessage(error)}`, EXIT.refused);
  }
}

function readSample(
  { name, verifier, rules, dashboard }: Hook,
  body: unknown,
  headers: HooksCheckOptions['header'],
): { readonly key: string | undefined; readonly result: RuleResult; readonly dashboard: string } {
  const isCloudEvent = followJsonPath(body, ['specversion']) !== undefined;
  const type = `application/${isCloudEvent ? 'cloudevents+' : ''}json`;
  try {
    const event = verifier.readEvent({ 'content-type': type, ...headers }, body);
    const key = event.id === undefined ? undefined : toEventKey(name, event.id);
    return { key, result: applyRules(rules, event), dashboard };
  } catch (error) {
    if (error instanceof TallyError) throw new CommandError(error.message, EXIT.refused);
    throw error;
  }
}
