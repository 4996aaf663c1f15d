/**
 * The simulated network: requests and connections between processes. Requests and answers get lost, come late, and come
 * twice; hosts are cut off.
 */
import type { Life, Machine } from '../world/life.js';
import type { World } from '../world/world.js';
import { type Answer, type Request, VirtualResponse } from './http.js';
import type { LiveLink } from './live-link.js';

/** A process that listens. */
export interface Host {
  readonly life: Life;
  answer(request: Request): Promise<Answer>;
  /** Accepts a WebSocket by calling `link.accept`, or refuses it. */
  upgrade(url: string, protocol: string, link: LiveLink): Promise<void>;
}

/** Probabilities of faults, and the longest delays, milliseconds. */
export interface NetworkFaults {
  lost: number;
  doubled: number;
  late: number;
  lateMs: number;
}

const LATENCY_MS = 12;

export class Network {
  readonly faults: NetworkFaults = { lost: 0, doubled: 0, late: 0, lateMs: 0 };
  readonly #balanced = new Map<string, readonly string[]>();
  readonly #hosts = new Map<string, Host>();
  /** Origins that cannot be reached until a moment, and `${origin} out` of machines that reach nobody themselves. */
  readonly #cutUntilMs = new Map<string, number>();
  readonly #origins = new WeakMap<Machine, string>();
  /** Open connections, by origin. */
  readonly links = new Set<LiveLink>();

  constructor(readonly world: World) {}

  listen(origin: string, host: Host): void {
    this.#hosts.set(origin, host);
    host.life.onEnd(() => this.unlisten(origin, host));
  }

  unlisten(origin: string, host: Host): void {
    if (this.#hosts.get(origin) === host) this.#hosts.delete(origin);
  }

  /** Lets an origin stand for several hosts: each request and each connection reaches one of those that listen. */
  balance(origin: string, origins: readonly string[]): void {
    this.#balanced.set(origin, origins);
  }

  /** Returns the host that a request to an origin is sent to. */
  resolve(origin: string): string {
    const origins = this.#balanced.get(origin);
    if (!origins) return origin;
    const listening = origins.filter((one) => this.#hosts.has(one));
    return this.world.pick(listening.length > 0 ? listening : origins);
  }

  findHost(origin: string): Host | undefined {
    return this.#hosts.get(origin);
  }

  /** Says under which origin the processes of a machine listen. */
  locate(machine: Machine, origin: string): void {
    this.#origins.set(machine, origin);
  }

  /** Nothing reaches a host, or leaves it, until then. */
  cut(origin: string, untilMs: number): void {
    this.#cutUntilMs.set(origin, untilMs);
  }

  /** A host reaches no other one until then. Its own clients still reach it. */
  cutOut(origin: string, untilMs: number): void {
    this.#cutUntilMs.set(`${origin} out`, untilMs);
  }

  /** True if nothing gets from a process to a host, or back. */
  isCut(origin: string, client: Life): boolean {
    const own = this.#origins.get(client.machine);
    return [origin, ...(own === undefined ? [] : [own, `${own} out`])].some(
      (key) => (this.#cutUntilMs.get(key) ?? 0) > this.world.nowMs,
    );
  }

  /** True if no message is lost or late, but for hosts that are cut off. */
  get isPunctual(): boolean {
    return this.faults.lost === 0 && this.faults.late === 0;
  }

  /** True if a process gets through to one of the hosts of an origin. */
  reaches(origin: string, client: Life): boolean {
    const origins = this.#balanced.get(origin) ?? [origin];
    return origins.some((one) => this.#hosts.has(one) && !this.isCut(one, client));
  }

  heal(): void {
    this.#cutUntilMs.clear();
    Object.assign(this.faults, { lost: 0, doubled: 0, late: 0, lateMs: 0 });
  }

  /** Draws the delay of a message, milliseconds. */
  drawDelayMs(): number {
    const { world, faults } = this;
    return world.chance(faults.late) ? world.between(0, faults.lateMs) : world.between(0.1, LATENCY_MS);
  }

  /** Sends a request of the process that runs. Rejects as `fetch` does. */
  fetch(url: URL | string, init: RequestInit = {}): Promise<VirtualResponse> {
    const { world } = this;
    const client = world.current;
    const { origin: asked, pathname, search } = new URL(url);
    const origin = this.resolve(asked);
    const request: Request = {
      method: init.method ?? 'GET',
      path: pathname + search,
      headers: { ...(init.headers as Record<string, string>) },
      body: typeof init.body === 'string' ? init.body : '',
      origin,
      client,
    };
    return new Promise((resolve, reject) => {
      let isSettled = false;
      const settle = (finish: () => void): void => {
        if (isSettled) return;
        isSettled = true;
        init.signal?.removeEventListener('abort', abort);
        finish();
      };
      const abort = (): void => settle(() => reject(init.signal?.reason as Error));
      if (init.signal?.aborted) return abort();
      init.signal?.addEventListener('abort', abort);
      const arriveAtClient = (delayMs: number, finish: () => void): void =>
        void world.schedule('answer arrives', delayMs, () => settle(finish), client);
      const fail = (code: string): void =>
        arriveAtClient(this.drawDelayMs(), () =>
          reject(new TypeError('fetch failed', { cause: Object.assign(new Error(code), { code }) })),
        );
      const answer = (found: Answer): void => {
        if (this.#isLost(origin, client)) {
          found.onGone?.();
          return void (world.chance(0.5) && fail('ECONNRESET'));
        }
        const arrive = (): void =>
          isSettled ? found.onGone?.() : settle(() => resolve(new VirtualResponse(found, init.signal ?? undefined)));
        world.schedule('answer arrives', this.drawDelayMs(), arrive, client);
      };
      if (this.#isLost(origin, client)) return void (world.chance(0.5) && fail('ETIMEDOUT'));
      const copies = world.chance(this.faults.doubled) ? 2 : 1;
      for (let copy = 0; copy < copies; copy += 1) {
        const delayMs = this.drawDelayMs() * (1 + copy);
        world.schedule('request arrives', delayMs, () => this.#deliver(origin, request, answer, fail), world.outside);
      }
      return undefined;
    });
  }

  #isLost(origin: string, client: Life): boolean {
    return this.isCut(origin, client) || this.world.chance(this.faults.lost);
  }

  #deliver(origin: string, request: Request, answer: (found: Answer) => void, fail: (code: string) => void): void {
    const host = this.#hosts.get(origin);
    if (!host) return fail('ECONNREFUSED');
    const forget = host.life.onEnd(() => fail('ECONNRESET'));
    const run = async (): Promise<void> => {
      const found = await host.answer(request);
      forget();
      answer(found);
    };
    this.world.schedule('request', 0, () => void run(), host.life);
  }
}
