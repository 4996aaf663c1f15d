/**
 * Module hooks of the simulation: the built service runs with stand-ins for what leads to the real world, and, when
 * planted bugs are hunted, with one module replaced.
 */
import type { LoadHook, ResolveHook } from 'node:module';

/** What the simulation hands over. */
export interface HookData {
  /** Text of a module that is loaded in place of the built one, by its URL. */
  readonly replaced?: { readonly url: string; readonly source: string };
}

const ROOT = new URL('../../', import.meta.url).href;
const [SOURCES, BUILT, OWN] = [`${ROOT}src/`, `${ROOT}dist/`, `${ROOT}dist-simulation/`];
const CALLERS_OF_WORKERS = /\/(writer|reader)\.worker\.js(\?.*)?$/;
/** Modules for which the service gets a stand-in, by their last part. */
const STAND_INS: Readonly<Record<string, string>> = {
  'node:timers/promises': 'timers-promises',
  'node:worker_threads': 'worker-threads',
  'node:crypto': 'crypto',
  'node:os': 'os',
  libsql: 'libsql',
  undici: 'undici',
  'notification-sender.js': 'notification-sender',
};

let { replaced }: HookData = {};

export function initialize(data: HookData): void {
  ({ replaced } = data);
}

function findStandIn(specifier: string, parent: string): string | undefined {
  const name = specifier.startsWith('.') ? (specifier.split('/').at(-1) ?? '') : specifier;
  if (name === 'ws') return parent.endsWith('/pinging-websocket.js') ? 'ws' : undefined;
  if (name === 'worker-server.js') return CALLERS_OF_WORKERS.test(parent) ? 'worker-server' : undefined;
  return Object.hasOwn(STAND_INS, name) ? STAND_INS[name] : undefined;
}

export const resolve: ResolveHook = async (specifier, context, next) => {
  const { parentURL = '' } = context;
  const standIn = parentURL.startsWith(BUILT) ? findStandIn(specifier, parentURL) : undefined;
  if (standIn !== undefined) return { url: `${OWN}stand-ins/${standIn}.js`, shortCircuit: true };
  if (!parentURL.startsWith(OWN) || !specifier.startsWith('.')) return next(specifier, context);
  // The simulation is written against the sources, and runs what was built from them.
  const { href } = new URL(specifier, parentURL);
  return next(href.startsWith(SOURCES) ? BUILT + href.slice(SOURCES.length) : specifier, context);
};

export const load: LoadHook = async (url, context, next) => {
  if (url.split('?')[0] !== replaced?.url) return next(url, context);
  return { format: 'module', source: replaced?.source ?? '', shortCircuit: true };
};
