/** The shape of health: that of `@nestjs/terminus`, as far as it is used. */
import { NAME_PATTERN } from '../counters/counters.js';
import type { Durability } from '../store/durability.js';
import { among, byName, listOf, object, optional, text, whole } from './json-schema.js';

/** Health of the store, or of the instance itself. */
interface Part {
  readonly status: 'up' | 'down';
  readonly message?: string;
  readonly responseTime?: number;
  readonly durability?: Durability;
}

interface Health {
  readonly status: string;
  readonly info: Readonly<Record<string, Part>>;
  readonly error: Readonly<Record<string, Part>>;
  readonly details: Readonly<Record<string, Part>>;
}

const DURABILITY = object<Durability>(
  {
    acknowledged: text({ description: 'Where an acknowledged change is.' }),
    survives: among(['yes', 'no', 'unknown'], {
      description: 'Whether all that is acknowledged outlives a crash, and a failover where there can be one.',
    }),
    appendonly: optional(among(['yes', 'no', 'unknown'], { description: 'Of Redis.' })),
    appendfsync: optional(among(['always', 'everysec', 'no', 'unknown'], { description: 'Of Redis.' })),
    replicas: optional(whole({ description: 'Replicas that are connected to Redis.' })),
    waitReplicas: optional(whole({ description: 'REDIS_WAIT_REPLICAS.' })),
    waitAof: optional(whole({ description: 'REDIS_WAIT_AOF.' })),
    warnings: listOf(text(), { description: 'What could lose changes, and what to do about it.' }),
  },
  { description: 'What an acknowledgement means. With `verbose`, of the store.' },
);

const PART = object<Part>({
  status: among(['up', 'down']),
  message: optional(text({ description: 'What is wrong.' })),
  responseTime: optional(whole({ description: 'Milliseconds that it took to answer.' })),
  durability: optional(DURABILITY),
});

export const HEALTH = object<Health>({
  status: among(['ok', 'error', 'shutting_down']),
  info: byName(NAME_PATTERN, PART, { description: 'What is well.' }),
  error: byName(NAME_PATTERN, PART, { description: 'What is not.' }),
  details: byName(NAME_PATTERN, PART, { description: 'Both.' }),
});
