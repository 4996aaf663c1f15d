/** JSON Schema of the health report, in the format of `@nestjs/terminus`. */
import { NAME_PATTERN } from '../counters/counters.js';
import type { Durability } from '../store/durability.js';
import type { StoreIntegrity } from '../store/integrity.js';
import { arrayOf, enumOf, integer, object, optional, recordOf, string } from './json-schema.js';

/** Health of the store or of the instance. */
interface HealthIndicator {
  readonly status: 'up' | 'down';
  readonly message?: string;
  readonly responseTime?: number;
  readonly durability?: Durability;
  readonly integrity?: StoreIntegrity;
  readonly clockOffsetMs?: number;
}

interface HealthReport {
  readonly status: string;
  readonly info: Readonly<Record<string, HealthIndicator>>;
  readonly error: Readonly<Record<string, HealthIndicator>>;
  readonly details: Readonly<Record<string, HealthIndicator>>;
}

const DURABILITY_SCHEMA = object<Durability>(
  {
    acknowledged: string({ description: 'Where an acknowledged change has been stored.' }),
    survives: enumOf(['yes', 'no', 'unknown'], {
      description: 'Whether acknowledged changes survive a crash, and a failover where one is possible.',
    }),
    appendonly: optional(enumOf(['yes', 'no', 'unknown'], { description: 'Value of `appendonly` in Redis.' })),
    appendfsync: optional(
      enumOf(['always', 'everysec', 'no', 'unknown'], { description: 'Value of `appendfsync` in Redis.' }),
    ),
    replicas: optional(integer({ description: 'Number of replicas that are connected to Redis.' })),
    waitReplicas: optional(integer({ description: 'Value of `REDIS_WAIT_REPLICAS`.' })),
    waitAof: optional(integer({ description: 'Value of `REDIS_WAIT_AOF`.' })),
    warnings: arrayOf(string(), { description: 'Settings that could lose changes, and how to correct them.' }),
  },
  { description: 'What an acknowledgement guarantees. Present for the store, with `verbose`.' },
);

const INTEGRITY_SCHEMA = object<StoreIntegrity>(
  {
    check: enumOf(['waiting', 'running', 'complete'], {
      description: 'The check of all rows, which runs once after the start, beside the service.',
    }),
    findings: integer({ description: 'Damaged places found since the start. The log describes them.' }),
  },
  { description: 'Damage of the database file. Present for the embedded store, with `verbose`.' },
);

const INDICATOR_SCHEMA = object<HealthIndicator>({
  status: enumOf(['up', 'down']),
  message: optional(string({ description: 'Cause of the failure.' })),
  responseTime: optional(integer({ description: 'Response time, milliseconds.' })),
  durability: optional(DURABILITY_SCHEMA),
  integrity: optional(INTEGRITY_SCHEMA),
  clockOffsetMs: optional(
    integer({
      description:
        'Difference of the wall clock to the time that changes are dated with, milliseconds. Not 0 after a step that is not believed yet. Present for the store, with `verbose`.',
    }),
  ),
});

export const HEALTH_SCHEMA = object<HealthReport>({
  status: enumOf(['ok', 'error', 'shutting_down']),
  info: recordOf(NAME_PATTERN, INDICATOR_SCHEMA, { description: 'Parts that are up.' }),
  error: recordOf(NAME_PATTERN, INDICATOR_SCHEMA, { description: 'Parts that are down.' }),
  details: recordOf(NAME_PATTERN, INDICATOR_SCHEMA, { description: 'All parts.' }),
});
