/** Stands in for `node:os`. */
import { getWorld } from '../world/world.js';

export { tmpdir } from 'node:os';

export function uptime(): number {
  return getWorld().nowMs / 1_000;
}
