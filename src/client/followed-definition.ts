/** Keeps the definition of a watched dashboard up to date. */
import { type DashboardDefinition, readDefinition } from './dashboards.js';
import { RefusedError } from './errors.js';
import type { ReadOptions } from './request.js';
import { computeRetryDelayMs } from './retry-delay.js';

/** Upper bounds of the random delay before a retry, after a first failure and after any, milliseconds. */
const [INITIAL_RETRY_MS, MAX_RETRY_MS] = [1_000, 30_000];

/** The definition that older services have, without a resource for it: numbers are plain integers. */
const PLAIN_DEFINITION: Omit<DashboardDefinition, 'dashboard'> = {
  version: 0,
  counters: {},
  resolved: { timeZone: 'UTC', dayStartsAt: '00:00', weekStartsOn: 'monday' },
};

/** Reads again and again until it succeeds. The latest definition stays while a newer one is being read. */
export class FollowedDefinition {
  current: DashboardDefinition | undefined;
  /** Aborts the read in progress. */
  #controller = new AbortController();

  /** @param onChange called with each definition that has been read */
  constructor(
    private readonly base: string | URL,
    private readonly dashboard: string,
    private readonly options: Pick<ReadOptions, 'token' | 'ticket'>,
    private readonly onChange: (definition: DashboardDefinition) => void,
  ) {}

  /** Reads the definition, because the watch reports a new one. */
  refresh(): void {
    this.#controller.abort();
    this.#controller = new AbortController();
    void this.#read(this.#controller.signal);
  }

  close(): void {
    this.#controller.abort();
  }

  async #read(signal: AbortSignal): Promise<void> {
    for (let failures = 0; !signal.aborted; failures += 1) {
      try {
        const { base, dashboard, options } = this;
        this.#take(await readDefinition(base, { dashboard, signal, ...options }), signal);
        return;
      } catch (error) {
        if (error instanceof RefusedError && error.problem.status === 404) {
          this.#take({ dashboard: this.dashboard, ...PLAIN_DEFINITION }, signal);
          return;
        }
        // Any other refusal concerns the watch too, unless the two have met different instances.
        const delayMs = computeRetryDelayMs(failures, INITIAL_RETRY_MS, MAX_RETRY_MS);
        await new Promise((resolve) => setTimeout(resolve, delayMs));
      }
    }
  }

  #take(definition: DashboardDefinition, { aborted }: AbortSignal): void {
    if (aborted) return;
    this.current = definition;
    this.onChange(definition);
  }
}
