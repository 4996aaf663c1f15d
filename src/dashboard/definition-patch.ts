/** Applies a JSON Merge Patch (RFC 7396) to a definition. */
import { isJsonObject } from '../validation/validation.pipe.js';

/**
 * Returns the definition after the patch, as unvalidated JSON: what is absent stays, and `null` takes a member or a
 * measure away. `layout`, each measure, `target` and `thresholds` are replaced whole. Of the counters, only those that
 * the patch names are returned; `null` in place of a counter stays, for validation to refuse.
 */
export function mergeDefinition(definition: object, patch: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const present = definition as Readonly<Record<string, unknown>>;
  const merged: Record<string, unknown> = { ...present, counters: {} };
  for (const [name, value] of Object.entries(patch)) {
    if (name === 'counters') merged[name] = mergeCounters(present[name], value);
    else if (name === 'measures' && isJsonObject(value)) merged[name] = mergeMembers(present[name], value);
    else if (value === null) delete merged[name];
    else setMember(merged, name, value);
  }
  return merged;
}

function mergeCounters(present: unknown, patch: unknown): unknown {
  if (!isJsonObject(patch)) return patch;
  const counters = isJsonObject(present) ? present : {};
  return Object.fromEntries(
    Object.entries(patch).map(([name, counter]) => [
      name,
      isJsonObject(counter) ? mergeMembers(Object.hasOwn(counters, name) ? counters[name] : {}, counter) : counter,
    ]),
  );
}

/** Replaces members, and removes those that are `null`. */
function mergeMembers(present: unknown, patch: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const merged: Record<string, unknown> = isJsonObject(present) ? { ...present } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete merged[name];
    else setMember(merged, name, value);
  }
  return merged;
}

/** Keeps a member named `__proto__` as one, for validation to refuse: an assignment would set the prototype. */
function setMember(target: Record<string, unknown>, name: string, value: unknown): void {
  Object.defineProperty(target, name, { value, configurable: true, enumerable: true, writable: true });
}
