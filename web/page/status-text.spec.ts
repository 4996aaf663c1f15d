/** Texts of the status by state and time. */
import type { WatchStatus } from '../../src/client/client.js';
import { explainStatus, formatStatus } from './status-text.js';

const NOW = 1_700_000_000_000;
const ago = (ms: number) => NOW - ms;
const reconnecting = (inMs: number): WatchStatus => ({
  state: 'reconnecting',
  since: ago(40_000),
  at: NOW + inMs,
  inMs,
  reason: 'connection lost',
});

it.each<[WatchStatus, string]>([
  [{ state: 'connecting' }, 'connecting'],
  [{ state: 'live' }, 'live'],
  [{ state: 'stale', since: ago(12_000) }, 'stale 12 s'],
  [{ state: 'stale', since: ago(180_000) }, 'stale 3 min'],
  [{ state: 'degraded', since: ago(7_200_000) }, 'degraded 2 h'],
  [reconnecting(2_100), 'reconnecting in 3 s'],
  [reconnecting(-5), 'reconnecting…'],
  [{ state: 'closed', reason: 'dashboard gone' }, 'closed'],
  [{ state: 'closed', reason: 'token no longer valid', code: 4401 }, 'token required'],
])('%j is formatted as "%s"', (status, text) => {
  expect(formatStatus(status, NOW)).toBe(text);
});

it('the explanation without a connection includes the age of the numbers', () => {
  expect(explainStatus(reconnecting(2_100), NOW)).toBe('connection lost; these numbers are 40 s old');
});

it('live numbers need no explanation', () => {
  expect(explainStatus({ state: 'live' }, NOW)).toBe('');
});
