/** The shape of health: that of `@nestjs/terminus`, as far as it is used. */
import { NAME_PATTERN } from '../counters/counters.js';
import type { Durability } from '../store/durability.js';
import { arrayOf, enumOf, integer, object, optional, recordOf, string } from './json-schema.js';

/** Health of the store, or of the instance itself. */
interface HealthIndicator {
  readonly status: 'up' | 'down';
  readonly message?: string;
  readonly responseTime?: number;
  readonly durability?: Durability;
}

interface HealthReport {
  readonly status: string;
  readonly info: Readonly<Record<string, HealthIndicator>>;
  readonly error: Readonly<Record<string, HealthIndicator>>;
  readonly details: Readonly<Record<string, HealthIndicator>>;
}

const DURABILITY_SCHEMA = object<Durability>(
  {
    acknowledged: string({ description: 'Where an acknowledged change is.' }),
    survives: enumOf(['yes', 'no', 'unknown'], {
      description: 'Whether all that is acknowledged outlives a crash, and a failover where there can be one.',
    }),
    appendonly: optional(enumOf(['yes', 'no', 'unknown'], { description: 'Of Redis.' })),
    appendfsync: optional(enumOf(['always', 'everysec', 'no', 'unknown'], { description: 'Of Redis.' })),
    replicas: optional(integer({ description: 'Replicas that are connected to Redis.' })),
    waitReplicas: optional(integer({ description: 'REDIS_WAIT_REPLICAS.' })),
    waitAof: optional(integer({ description: 'REDIS_WAIT_AOF.' })),
    warnings: arrayOf(string(), { description: 'What could lose changes, and what to do about it.' }),
  },
  { description: 'What an acknowledgement means. With `verbose`, of the store.' },
);

const INDICATOR_SCHEMA = object<HealthIndicator>({
  status: enumOf(['up', 'down']),
  message: optional(string({ description: 'What is wrong.' })),
  responseTime: optional(integer({ description: 'Milliseconds that it took to answer.' })),
  durability: optional(DURABILITY_SCHEMA),
});

export const HEALTH_SCHEMA = object<HealthReport>({
  status: enumOf(['ok', 'error', 'shutting_down']),
  info: recordOf(NAME_PATTERN, INDICATOR_SCHEMA, { description: 'What is well.' }),
  error: recordOf(NAME_PATTERN, INDICATOR_SCHEMA, { description: 'What is not.' }),
  details: recordOf(NAME_PATTERN, INDICATOR_SCHEMA, { description: 'Both.' }),
});
