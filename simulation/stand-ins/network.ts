/** The network of the world that runs, for stand-ins of modules that reach other machines. */
import type { Network } from '../network/network.js';
import { getWorld } from '../world/world.js';

const networks = new WeakMap<object, Network>();

export function setNetwork(network: Network): void {
  networks.set(network.world, network);
}

export function getNetwork(): Network {
  const network = networks.get(getWorld());
  if (!network) throw new Error('the world has no network');
  return network;
}
