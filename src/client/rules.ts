/** Rules of a dashboard and their deliveries: what admins may do. The page uses it; the package does not have it. */
import type { Period } from '../counters/definition.js';
import { type ReadOptions, requestJson } from './request.js';
import { buildResourceUrl } from './urls.js';

/** Time for a test: the service waits 10 s for each receiver, milliseconds. */
const TEST_TIMEOUT_MS = 60_000;

export type NotifyFormat = 'cloudevents' | 'slack';

/** Exactly one of `above`, `below` and `silentFor`: smallest units of a counter, decimals of a measure, ISO 8601. */
export interface RuleCondition {
  /** Name of a counter or a measure. */
  readonly of: string;
  /** Period whose number counts; without it, the value. */
  readonly in?: Period;
  readonly above?: number;
  readonly below?: number;
  readonly silentFor?: string;
  /** Local times between which silence counts, `HH:MM-HH:MM`. */
  readonly between?: string;
  /** Days on which that time begins, `mon` to `sun`. */
  readonly on?: readonly string[];
}

export interface RuleDefinition {
  readonly when: RuleCondition;
  readonly clearsAt?: number;
  readonly notify: readonly { readonly url: string; readonly format: NotifyFormat }[];
}

export interface RuleTarget {
  readonly host: string;
  readonly format: NotifyFormat;
  /** Only in the response to the request that made it. */
  readonly secret?: string;
  /** Time at which the receiver answered 410, milliseconds since the Unix epoch. */
  readonly disabledAt?: number;
}

export interface Rule {
  readonly rule: string;
  readonly when: RuleCondition;
  readonly clearsAt?: number;
  readonly notify: readonly RuleTarget[];
  readonly state: {
    readonly holds: boolean;
    /** True for an imported rule that has no addresses. */
    readonly paused: boolean;
    readonly waiting: number;
    readonly givenUp: number;
    readonly dropped: number;
  };
}

export interface Delivery {
  readonly id: string;
  readonly kind: 'fired' | 'cleared';
  /** The number at that moment. */
  readonly value: number;
  readonly at: number;
  readonly targets: readonly {
    readonly host: string;
    readonly status: 'waiting' | 'delivered' | 'given-up' | 'dropped' | 'disabled';
    readonly attempts: number;
    readonly attemptedAt?: number;
    /** Status of the last answer, or why there was none. */
    readonly answer?: number | string;
    readonly nextAt?: number;
  }[];
}

export interface TestAnswer {
  readonly host: string;
  readonly delivered: boolean;
  /** Status of the answer, or why there was none. */
  readonly answer: number | string;
  readonly tookMs: number;
}

export interface RulesOptions extends ReadOptions {
  readonly dashboard: string;
}

export interface RuleOptions extends RulesOptions {
  readonly rule: string;
}

/**
 * Returns the rules of a dashboard by name. Does not retry, as all functions here.
 * @param url base URL of the service, for example `https://example.org/tallyboard`
 * @throws RefusedError if the server refuses the request, UnavailableError if it cannot serve it, or the reason of
 *   `signal`; so do all functions here
 */
export async function listRules(url: string | URL, { dashboard, ...options }: RulesOptions): Promise<readonly Rule[]> {
  const { rules } = await requestJson<{ readonly rules: readonly Rule[] }>(
    buildResourceUrl(url, dashboard, 'rules'),
    options,
  );
  return rules;
}

export function readRule(url: string | URL, options: RuleOptions): Promise<Rule> {
  return requestJson<Rule>(buildRuleUrl(url, options), options);
}

/** Creates or replaces a rule. Secrets that were made are in the result and can never be read again. */
export function defineRule(
  url: string | URL,
  { definition, ...options }: RuleOptions & { readonly definition: RuleDefinition },
): Promise<Rule> {
  const headers = { 'content-type': 'application/json' };
  const init = { method: 'PUT', headers, body: JSON.stringify(definition) };
  return requestJson<Rule>(buildRuleUrl(url, options), options, init);
}

/** Deletes a rule with its deliveries: what waits is not sent. */
export function deleteRule(url: string | URL, options: RuleOptions): Promise<void> {
  return requestJson<void>(buildRuleUrl(url, options), options, { method: 'DELETE' });
}

/** Returns the newest deliveries, newest first. */
export async function readDeliveries(url: string | URL, options: RuleOptions): Promise<readonly Delivery[]> {
  const address = buildRuleUrl(url, options, '/deliveries');
  return (await requestJson<{ readonly deliveries: readonly Delivery[] }>(address, options)).deliveries;
}

/** Sends a test to each target once, and returns their answers. */
export async function testRule(url: string | URL, options: RuleOptions): Promise<readonly TestAnswer[]> {
  const address = buildRuleUrl(url, options, '/test');
  const init = { method: 'POST' };
  const { targets } = await requestJson<{ readonly targets: readonly TestAnswer[] }>(
    address,
    options,
    init,
    TEST_TIMEOUT_MS,
  );
  return targets;
}

function buildRuleUrl(url: string | URL, { dashboard, rule }: RuleOptions, resource = ''): URL {
  const address = buildResourceUrl(url, dashboard, 'rules');
  address.pathname += `/${encodeURIComponent(rule)}${resource}`;
  return address;
}
