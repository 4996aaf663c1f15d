/** Replaces and changes definitions: preconditions, merge patches, and the check of the result as a whole. */
import { Injectable } from '@nestjs/common';
import type { CounterDefinition } from '../counters/definition.js';
import { TallyError } from '../counters/errors.js';
import { checkDefinition } from '../measures/definition-check.js';
import { isTimeZone } from '../measures/time-zone.js';
import type { DashboardDefinition } from '../store/store.js';
import { createShapeError } from '../validation/validation.pipe.js';
import { DashboardService } from './dashboard.service.js';
import type { DashboardState } from './state/dashboard-state.js';

/** Attempts to define while others change the same definition. */
const MAX_ATTEMPTS = 10;

export interface DefinitionChange {
  /** Actor for the ledger. */
  readonly who: string | undefined;
  /**
   * Compared with each state that the change starts from, and by the store in its own step.
   * @returns false if the client does not want to change this state
   */
  readonly isExpected: (present: DashboardState | undefined) => boolean;
  /**
   * Returns the new definition, with the counters that it changes.
   * @throws TallyError
   */
  readonly compute: (present: DashboardState | undefined) => DashboardDefinition;
}

@Injectable()
export class DefinitionService {
  constructor(private readonly dashboards: DashboardService) {}

  /**
   * Changes the definition of a dashboard, or creates it. Nothing is half defined.
   * @throws TallyError `definition-changed` if the present state is not the expected one; `invalid-request` with a
   *   pointer for each fault; as `CounterStore.define`
   */
  async change(
    name: string,
    { who, isExpected, compute }: DefinitionChange,
  ): Promise<{ created: boolean; state: DashboardState }> {
    for (let attempt = 1; ; attempt += 1) {
      const present = await this.#find(name);
      if (!isExpected(present)) throw createChangedError(name, present);
      const definition = compute(present);
      assertConsistent(definition, present);
      try {
        const expected = present ? { epoch: present.epoch, version: present.version } : 'absent';
        return await this.dashboards.define(name, definition, { who, expected });
      } catch (error) {
        // Someone else has changed it since it was read.
        const isRetried = error instanceof TallyError && error.code === 'definition-changed' && attempt < MAX_ATTEMPTS;
        if (!isRetried) throw error;
      }
    }
  }

  async #find(name: string): Promise<DashboardState | undefined> {
    try {
      return await this.dashboards.getLatest(name);
    } catch (error) {
      if (error instanceof TallyError && error.code === 'unknown-dashboard') return undefined;
      throw error;
    }
  }
}

function createChangedError(name: string, present: DashboardState | undefined): TallyError {
  const detail = present
    ? `${name} exists, and its definition is at version ${present.version}: that is not what the request expects`
    : `there is no dashboard named ${name}`;
  return new TallyError('definition-changed', detail);
}

/**
 * Compares the parts of a definition with each other and with the counters that stay.
 * @throws TallyError `invalid-request` with a pointer for each fault
 */
function assertConsistent({ counters, ...settings }: DashboardDefinition, present: DashboardState | undefined): void {
  const existing = present?.getDefinitions() ?? {};
  const all = { ...existing, ...keepKinds(counters, existing) };
  const faults = checkDefinition({ settings, counters: all }, isTimeZone);
  // Counters that are not redefined were checked when they were defined.
  const own = faults.filter(({ pointer }) => {
    const [, member, name = ''] = pointer.split('/');
    return member !== 'counters' || Object.hasOwn(counters, name);
  });
  if (own.length > 0) throw createShapeError('the definition', own);
}

/** Returns definitions with the kinds that existing counters keep. */
function keepKinds(
  counters: Readonly<Record<string, CounterDefinition>>,
  existing: Readonly<Record<string, CounterDefinition>>,
): Record<string, CounterDefinition> {
  return Object.fromEntries(
    Object.entries(counters).map(([name, given]) => {
      const kind = given.kind ?? (Object.hasOwn(existing, name) ? existing[name]?.kind : undefined);
      return [name, { ...given, ...(kind !== undefined && { kind }) }];
    }),
  );
}
