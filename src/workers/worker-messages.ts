/** Messages between the process that starts workers and the workers. */
import type { MetricFamily } from '../ops/merged-metrics.js';
import type { Usage } from '../auth/usage-exchange.js';

/** Starts the workers anew, for example to let them read changed files. Only the parent acts on it. */
export const RESTART_SIGNAL = 'SIGUSR2';

export type MessageToWorker =
  /** The configuration, as texts of its variables. Their secrets are no longer in the environment. */
  | { readonly kind: 'start'; readonly values: Readonly<Record<string, string>> }
  /** Shut down in order. `retire`: take no connection any more from now on: others do. */
  | { readonly kind: 'stop' | 'retire' }
  /** Another worker has counted something towards a limit that holds for all. */
  | { readonly kind: 'used'; readonly usage: Usage }
  /** Answer with metrics; those of counters are costly to read, and the process with the store has them. */
  | { readonly kind: 'read-metrics'; readonly id: number; readonly hasCounters: boolean }
  /** The metrics of all, for the request of this worker. */
  | { readonly kind: 'all-metrics'; readonly id: number; readonly text: string };

export type MessageToParent =
  | { readonly kind: 'ready' }
  | { readonly kind: 'listening'; readonly url: string }
  | { readonly kind: 'used'; readonly usage: Usage }
  | { readonly kind: 'metrics'; readonly id: number; readonly families: readonly MetricFamily[] }
  | { readonly kind: 'read-all-metrics'; readonly id: number };
