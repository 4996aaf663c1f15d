/**
 * One dashboard that all hooks of a page share: one connection, the newest snapshot, and own changes.
 *
 * The connection is opened in a microtask after the first hook has subscribed. The hooks of one commit subscribe
 * together, so it asks for the periods of all of them at once. It is closed when no hook has used it for `GRACE_MS`, so
 * that neither StrictMode, which unmounts and mounts everything once, nor a change of pages reconnects.
 */
import {
  type Change,
  type DashboardDefinition,
  type Outcome,
  type Period,
  type Snapshot,
  type TicketSource,
  type TokenSource,
  type WatchStatus,
} from '@tallyboard/client';
import { DashboardWatch } from '../../../src/client/dashboard-watch.js';
import { FollowedDefinition } from '../../../src/client/followed-definition.js';
import {
  beginChange,
  type ConfirmedValue,
  getShownValue,
  NO_PENDING_CHANGES,
  type PendingChanges,
  settleChange,
} from '../../../src/client/pending-changes.js';
import { isNewer } from '../../../src/client/snapshot-state.js';
import { findNumber } from '../../../src/measures/shown-number.js';
import { applyPendingChanges, type DashboardView } from './dashboard-view.js';

/** Time for which a connection without hooks stays open, milliseconds. */
const GRACE_MS = 1_000;

/** Parts of a dashboard that a hook needs. */
export interface DashboardNeeds {
  /** Present periods whose numbers it shows. */
  readonly periods: readonly Period[];
  /** True if it shows the definition. */
  readonly definition: boolean;
}

/** Where a dashboard is, and how to read it. */
export interface DashboardAddress {
  /** Base URL of the service. */
  readonly url: string;
  readonly dashboard: string;
  readonly token?: TokenSource;
  readonly ticket?: TicketSource;
}

interface Subscriber {
  readonly notify: () => void;
  readonly needs: DashboardNeeds;
}

export class SharedDashboard {
  view: DashboardView;
  readonly #subscribers = new Set<Subscriber>();
  readonly #pending = new Map<string, PendingChanges>();
  /** The newest snapshot of the service, without own changes. */
  #snapshot: Snapshot | undefined;
  #watch: DashboardWatch | undefined;
  #periods: readonly Period[] = [];
  readonly #definition: FollowedDefinition;
  #followsDefinition = false;
  #closeTimer: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param initial view to start with: of the server, or of the hooks that were here before
   * @param onClose called when no hook has needed it for a while
   */
  constructor(
    private readonly address: DashboardAddress,
    initial: DashboardView,
    private readonly onClose: () => void,
  ) {
    this.view = initial;
    this.#snapshot = initial.snapshot;
    const { url, dashboard, token, ticket } = address;
    const auth = { ...(token !== undefined && { token }), ...(ticket && { ticket }) };
    this.#definition = new FollowedDefinition(url, dashboard, auth, (definition) => this.#update({ definition }));
  }

  /** @returns a function that ends the subscription */
  subscribe(notify: () => void, needs: DashboardNeeds): () => void {
    const subscriber = { notify, needs };
    this.#subscribers.add(subscriber);
    clearTimeout(this.#closeTimer);
    queueMicrotask(() => this.#connect());
    return () => {
      this.#subscribers.delete(subscriber);
      if (this.#subscribers.size === 0) this.#closeTimer = setTimeout(() => this.#close(), GRACE_MS);
    };
  }

  /** Watches again, if the watch has ended. */
  reconnect(): void {
    if (this.#watch?.status.state !== 'closed') return;
    this.#watch = undefined;
    this.#update({ status: { state: 'connecting' } });
    this.#connect();
  }

  /**
   * Shows changes before the service has confirmed them.
   * @returns a function that replaces them by the outcome, or takes them back without one
   */
  beginChanges(changes: readonly Change[]): (outcome?: Outcome) => void {
    const moves = changes.flatMap((change) => this.#begin(change) ?? []);
    if (moves.length > 0) this.#update({});
    return (outcome) => {
      for (const { counter, moved } of moves) this.#settle(counter, moved, getConfirmed(outcome, counter));
      this.#update({});
    };
  }

  #begin(change: Change): { readonly counter: string; readonly moved: number } | undefined {
    const { counter } = change;
    const total = this.#snapshot && findNumber(this.#snapshot, counter);
    if (this.#snapshot === undefined || typeof total !== 'number') return undefined;
    const before = this.#pending.get(counter) ?? NO_PENDING_CHANGES;
    const shown = getShownValue(total, this.#snapshot.revision, before);
    const net = 'by' in change ? change.by : change.to - shown;
    const { pending, moved } = beginChange(before, shown, net, this.#getMinimum(counter, shown));
    this.#pending.set(counter, pending);
    return { counter, moved };
  }

  /** Without a definition, a counter that is not below 0 counts as one that cannot be: that is the default. */
  #getMinimum(counter: string, shown: number): number {
    const { definition } = this.view;
    if (definition === undefined) return shown < 0 ? -Infinity : 0;
    const { min = 0 } = definition.counters[counter] ?? {};
    return min ?? -Infinity;
  }

  #settle(counter: string, moved: number, confirmed: ConfirmedValue | undefined): void {
    const pending = this.#pending.get(counter);
    if (pending) this.#pending.set(counter, settleChange(pending, moved, confirmed));
  }

  #connect(): void {
    if (this.#subscribers.size === 0) return;
    const needs = [...this.#subscribers].map((subscriber) => subscriber.needs);
    // Periods are added and never taken away: the connection would have to change for that.
    this.#periods = [...new Set([...this.#periods, ...needs.flatMap(({ periods }) => periods)])].toSorted();
    this.#watch?.setPeriods(this.#periods);
    this.#watch ??= new DashboardWatch(
      this.address.url,
      { ...this.address, periods: this.#periods },
      {
        onSnapshot: (snapshot) => this.#onSnapshot(snapshot),
        onStatus: (status) => this.#update({ status }),
        onDefinition: () => this.#followsDefinition && this.#definition.refresh(),
      },
    );
    if (!this.#followsDefinition && needs.some(({ definition }) => definition)) {
      this.#followsDefinition = true;
      // The watch tells the definition with its first snapshot.
      if (this.#watch.status.state !== 'connecting') this.#definition.refresh();
    }
  }

  #onSnapshot(snapshot: Snapshot): void {
    if (!isNewer(snapshot, this.#snapshot)) return;
    if (snapshot.epoch !== this.#snapshot?.epoch) this.#forgetConfirmed();
    this.#snapshot = snapshot;
    // The status `live` follows the first snapshot, and notifies the hooks of both.
    if (this.#watch?.status.state !== 'connecting') this.#update({});
  }

  #forgetConfirmed(): void {
    for (const [counter, { confirmed: _, ...pending }] of this.#pending) this.#pending.set(counter, pending);
  }

  /** Makes a new view, and notifies the hooks. */
  #update(parts: { readonly status?: WatchStatus; readonly definition?: DashboardDefinition }): void {
    const snapshot = this.#snapshot;
    for (const [counter, { count, confirmed }] of this.#pending) {
      const isShown = !confirmed || (snapshot !== undefined && confirmed.revision <= snapshot.revision);
      if (count === 0 && isShown) this.#pending.delete(counter);
    }
    const pendingCounters = [...this.#pending].flatMap(([counter, { count }]) => (count > 0 ? [counter] : []));
    this.view = {
      ...this.view,
      ...parts,
      snapshot: snapshot && applyPendingChanges(snapshot, this.#pending),
      pendingCounters: new Set(pendingCounters),
    };
    for (const { notify } of this.#subscribers) notify();
  }

  #close(): void {
    this.onClose();
    this.#watch?.close();
    this.#definition.close();
  }
}

function getConfirmed(outcome: Outcome | undefined, counter: string): ConfirmedValue | undefined {
  const value = outcome?.counters[counter];
  return outcome && value !== undefined ? { revision: outcome.revision, value } : undefined;
}
