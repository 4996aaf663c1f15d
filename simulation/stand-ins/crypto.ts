/** Stands in for `node:crypto`: what is random comes from the seed. */
import { createRandom } from '../../src/demo/random.js';
import { findWorld } from '../world/world.js';

export { createHash, createHmac, createPublicKey, hash, timingSafeEqual } from 'node:crypto';

/** For modules that draw something when they are loaded, before any run. */
const loading = createRandom(0);

export function randomBytes(size: number): Buffer {
  const random = findWorld()?.random ?? loading;
  return Buffer.from(Array.from({ length: size }, () => Math.floor(random() * 256)));
}

export function randomUUID(): string {
  const hex = randomBytes(16).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`;
}
