/** The service of a Provider, and its dashboards as hooks use them. */
import {
  change,
  type Change,
  type ChangeOptions,
  type Outcome,
  type Snapshot,
  type TokenSource,
  undo,
} from '@tallyboard/client';
import type { DashboardView } from './dashboard-view.js';
import { type DashboardNeeds, SharedDashboard } from './shared-dashboard.js';

/** Returns a ticket for a dashboard: see {@link TallyboardProviderProps.ticket}. */
export type DashboardTicketSource = (dashboard: string) => string | Promise<string>;

export interface ServiceOptions {
  /** Base URL. */
  readonly url: string;
  readonly token: TokenSource | undefined;
  readonly ticket: DashboardTicketSource | undefined;
  /** Distinguishes services of one URL that are read with different rights. */
  readonly authKey: string;
  /** Name of the dashboard of hooks that name none. */
  readonly dashboard: string;
  /** States that a server has rendered. */
  readonly snapshots: readonly Snapshot[];
}

/** A change set, or the revision to take back. */
export type ChangeRequest = { readonly changes: readonly Change[] } | { readonly revision: number };

/** Options of a change, beside where it goes. */
export type SendOptions = Omit<ChangeOptions, 'dashboard' | 'token'>;

/** The dashboards that hooks of this page show now, of all Providers. Rendering adds none: a server keeps nothing. */
const sharedDashboards = new Map<string, SharedDashboard>();

export class Service {
  readonly #dashboards = new Map<string, DashboardHandle>();

  constructor(private readonly options: ServiceOptions) {}

  /** Returns the same object for each call with a name. @param name default: that of the Provider */
  getDashboard(name = this.options.dashboard): DashboardHandle {
    let dashboard = this.#dashboards.get(name);
    if (!dashboard) this.#dashboards.set(name, (dashboard = new DashboardHandle(name, this.options)));
    return dashboard;
  }
}

/** A dashboard of a Provider. It shares the connection while hooks need it, and remembers what was shown last. */
export class DashboardHandle {
  /** The view that a server has rendered: hydration must render the same. */
  readonly initialView: DashboardView;
  #latest: DashboardView;
  readonly #key: string;

  constructor(
    private readonly name: string,
    private readonly options: ServiceOptions,
  ) {
    this.#key = JSON.stringify([options.url, name, options.authKey]);
    this.initialView = {
      status: { state: 'connecting' },
      snapshot: options.snapshots.find(({ dashboard }) => dashboard === name),
      definition: undefined,
      pendingCounters: new Set(),
    };
    this.#latest = this.initialView;
  }

  /** The same object until something changes. */
  get view(): DashboardView {
    const { view } = sharedDashboards.get(this.#key) ?? {};
    if (view) this.#latest = view;
    else if (this.#latest.status.state !== 'connecting')
      this.#latest = { ...this.#latest, status: { state: 'connecting' }, pendingCounters: new Set() };
    return this.#latest;
  }

  /**
   * Connects, unless another hook has done so.
   * @param notify called whenever the view changes
   * @returns a function that ends it
   */
  subscribe(notify: () => void, needs: DashboardNeeds): () => void {
    let shared = sharedDashboards.get(this.#key);
    if (!shared) {
      const { url, token, ticket } = this.options;
      const auth = { ...(token !== undefined && { token }), ...(ticket && { ticket: () => ticket(this.name) }) };
      const address = { url, dashboard: this.name, ...auth };
      shared = new SharedDashboard(address, this.view, () => sharedDashboards.delete(this.#key));
      sharedDashboards.set(this.#key, shared);
    }
    return shared.subscribe(notify, needs);
  }

  /** Watches again, if the watch has ended. */
  reconnect(): void {
    sharedDashboards.get(this.#key)?.reconnect();
  }

  /**
   * Sends a change, and shows it at once. @throws RefusedError, UnavailableError, or the reason of the signal
   */
  async send(request: ChangeRequest, options: SendOptions): Promise<Outcome> {
    const settle = 'changes' in request && sharedDashboards.get(this.#key)?.beginChanges(request.changes);
    const { url, token } = this.options;
    const all = { ...options, dashboard: this.name, ...(token !== undefined && { token }) };
    let outcome: Outcome | undefined;
    try {
      outcome = await ('changes' in request ? change(url, { ...request, ...all }) : undo(url, { ...request, ...all }));
      return outcome;
    } finally {
      if (settle) settle(outcome);
    }
  }
}
