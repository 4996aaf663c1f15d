/** The shape of health: that of `@nestjs/terminus`, as far as it is used. */
import { NAME_PATTERN } from '../counters/counters.js';
import { among, byName, object, optional, text, whole } from './schema.js';

/** Health of the store, or of the instance itself. */
interface Part {
  readonly status: 'up' | 'down';
  readonly message?: string;
  readonly responseTime?: number;
}

interface Health {
  readonly status: string;
  readonly info: Readonly<Record<string, Part>>;
  readonly error: Readonly<Record<string, Part>>;
  readonly details: Readonly<Record<string, Part>>;
}

const PART = object<Part>({
  status: among(['up', 'down']),
  message: optional(text({ description: 'What is wrong.' })),
  responseTime: optional(whole({ description: 'Milliseconds that it took to answer.' })),
});

export const HEALTH = object<Health>({
  status: among(['ok', 'error', 'shutting_down']),
  info: byName(NAME_PATTERN, PART, { description: 'What is well.' }),
  error: byName(NAME_PATTERN, PART, { description: 'What is not.' }),
  details: byName(NAME_PATTERN, PART, { description: 'Both.' }),
});
