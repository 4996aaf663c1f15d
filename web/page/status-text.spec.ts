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
  [{ state: 'connecting' }, 'Connecting'],
  [{ state: 'live' }, 'Live'],
  [{ state: 'stale', since: ago(12_000) }, 'Stale 12 s'],
  [{ state: 'stale', since: ago(180_000) }, 'Stale 3 min'],
  [{ state: 'degraded', since: ago(7_200_000) }, 'Degraded 2 h'],
  [reconnecting(2_100), 'Reconnecting in 3 s'],
  [reconnecting(-5), 'Reconnecting…'],
  [{ state: 'closed', reason: 'dashboard gone' }, 'Closed'],
  [{ state: 'closed', reason: 'token no longer valid', code: 4401 }, 'Token required'],
])('%j is formatted as "%s"', (status, text) => {
  expect(formatStatus(status, NOW)).toBe(text);
});

it('the explanation without a connection includes the age of the numbers', () => {
  expect(explainStatus(reconnecting(2_100), NOW)).toBe('connection lost; these numbers are 40 s old');
});

it('live numbers need no explanation', () => {
  expect(explainStatus({ state: 'live' }, NOW)).toBe('');
});
