/** Books the past of a dashboard into Redis: staged as an import is, then put in place with one atomic script. */
import { randomUUID } from 'node:crypto';
import type { Dashboard } from '../../counters/counters.js';
import { errorMessage, TallyError } from '../../counters/errors.js';
import { createStoreUnavailableError, createTallyError, createUnknownDashboardRefusal } from '../in-process/decide.js';
import type { FinishedPast } from '../past-builder.js';
import type { PastStaging } from '../past-staging.js';
import type { Retention } from '../store.js';
import type { ExportRecord } from '../transfer.port.js';
import { DATA_FORM, describeOtherForm } from './data-form.js';
import { ImportStaging, type StagingSession } from './import-staging.js';
import { COMPLETE_PAST_SCRIPT } from './lua-scripts.js';

interface BookingOptions {
  readonly session: StagingSession;
  readonly retention: Retention;
  /** True if replicas or disks must confirm the past before it is published. */
  readonly requiresConfirmation: boolean;
}

export class PastBooking implements PastStaging {
  readonly #pastId = randomUUID();
  readonly #staging: ImportStaging;

  private constructor(
    readonly dashboard: Dashboard,
    private readonly options: BookingOptions,
  ) {
    const counters = [...dashboard.counters].map(([name, counter]) => ({ name, ...counter }));
    const staged = { ...dashboard, counters };
    this.#staging = new ImportStaging(options.session, options.retention, staged, undefined, this.#pastId);
  }

  static async begin(dashboard: Dashboard, options: BookingOptions): Promise<PastBooking> {
    const booking = new PastBooking(dashboard, options);
    await booking.#staging.start();
    return booking;
  }

  add(records: readonly ExportRecord[]): Promise<void> {
    return explainErrors(() => this.#staging.add(records));
  }

  complete(past: FinishedPast): Promise<void> {
    return explainErrors(async () => {
      await this.#staging.add([{ ledger: past.entry }]);
      this.#assertBooked(await this.#execute(past));
    });
  }

  /** Tells subscribers to read the dashboard once the past is confirmed. Without confirmation the script does so. */
  async publish({ name, epoch, revision }: Dashboard): Promise<void> {
    const { session } = this.options;
    // A lost message shows by the check of quiet dashboards.
    const message = JSON.stringify({ epoch, revision });
    await session.call((client) => client.spublish(session.keys.toChannel(name), message)).catch(() => undefined);
  }

  abort(): Promise<void> {
    // Staged keys that cannot be deleted now expire.
    return this.#staging.abort().catch(() => undefined);
  }

  #execute({ dashboard }: FinishedPast): Promise<unknown> {
    const { session, requiresConfirmation } = this.options;
    const { keys } = session;
    const { name, epoch, revision, at, day, counters } = dashboard;
    const [dashboardKey, staged] = [keys.toDashboardKey(name), [...this.#staging.stagedKeys]];
    const allKeys = [
      dashboardKey,
      keys.toStagedKey(name, dashboardKey),
      ...staged.flatMap(([key]) => [keys.toStagedKey(name, key), key]),
    ];
    const header = { epoch, revision, at, 'day-start': day.start, 'day-end': day.end };
    const exported = [...counters].map(([counter, state]) => ({ name: counter, ...state }));
    const args = [
      this.#pastId,
      this.dashboard.epoch,
      this.dashboard.version,
      epoch,
      keys.toChannel(name),
      requiresConfirmation ? '' : JSON.stringify({ epoch, revision }),
      DATA_FORM,
      staged.length,
      ...staged.flatMap(([, { lengthCommand, length }]) => [lengthCommand, length]),
      ...Object.entries(header).flat(),
      ...this.#staging.encodeCounters(exported, revision),
    ];
    return session.call((client) => client.eval(COMPLETE_PAST_SCRIPT, allKeys.length, ...allKeys, ...args));
  }

  /** @throws TallyError unless the script has booked the past */
  #assertBooked(answer: unknown): void {
    const { name } = this.dashboard;
    const [code, form = ''] = String(answer).split(' ');
    switch (code) {
      case 'ok':
        return;
      case 'unknown':
        throw createTallyError(createUnknownDashboardRefusal(name));
      case 'counted':
        throw new TallyError('has-history', `${name} has counted since the first line: its past was not booked`);
      case 'changed':
        throw new TallyError('definition-changed', `the definition of ${name} has changed since the first line`);
      case 'form':
        throw new Error(describeOtherForm(name, form));
      default:
        throw new Error(code === 'other' ? 'another past has taken its place' : 'Redis has lost staged data');
    }
  }
}

/** Any error that is no TallyError becomes `store-unavailable`: staged data was lost, or taken over. */
async function explainErrors<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof TallyError) throw error;
    throw createStoreUnavailableError(`the past was not booked: ${errorMessage(error)}`);
  }
}
