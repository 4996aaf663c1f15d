/** The atomic step as Redis carries it out: one group of change sets, one definition or one removal, of one instance on one dashboard. */
import { APPLY } from './apply.lua.js';
import { DEFINE } from './define.lua.js';
import { NUMBERS, STATE } from './state.lua.js';

/**
 * One group of an instance on one dashboard, as one step: the floor, all or none, idempotency keys, totals, points, ledger and
 * revision; whoever listens is told; and a group that comes once more is answered with its first reply.
 *
 * KEYS: 1 the dashboard, 2 its idempotency keys, 3 those in the order of age, 4 its ledger, 5 the last group of the instance,
 * then for each counter that may be touched the streams of its points: seconds, minutes, hours. All in one slot.
 * ARGV: 1 channel, 2 number of the group, more than that of the one before it, 3 milliseconds that its reply is kept, 4 deadline by
 * the server's clock in milliseconds, 5 and 6 epoch and revision that the instance has seen, 7 an epoch for a dashboard that begins
 * anew, 8 to 10 milliseconds that keys and ledger entries are kept, and how many entries, 11 `1` when the instance waits for replicas,
 * 12 `apply`, `define`, `remove` or `probe`, 13 how many counters are named, and their names; then
 *   apply: for each change set its ledger entry as JSON, and the fingerprint of its payload;
 *   define: who as `,"who":...` or nothing, the title as JSON or nothing, most counters, the definition of each counter as JSON;
 *   remove: who, and the counter or nothing.
 * Returns JSON: `now`, the server's time; `late` when the deadline was over and nothing was done; else `patch`, what is published,
 * and `replies` (redis.replies.ts).
 */
export const CHANGE_SCRIPT = NUMBERS + STATE + APPLY + DEFINE;
