/** The dashboards that this instance listens to, and the one connection that it hears them by. */
import type { Dashboard } from '../../counters/counters.js';
import type { StoreEvent } from '../store-events.js';
import { withTimeout } from '../with-timeout.js';
import type { RedisConnection } from './connection.js';
import type { RedisKeys } from './keys.js';
import { RedisListened } from './dashboard-subscription.js';
import type { Patch } from './reply-codec.js';

/** How long a dashboard may be quiet until it is looked at whether a message was lost, milliseconds. */
const LOOK_MS = 5_000;
/** How often it is seen to which are due. */
const LOOKS_MS = 1_000;
/** How long a look may take before what is shown is called behind. */
const LOOK_TIMEOUT_MS = 1_500;

/** What listening needs of its store. */
export interface Hearsay {
  readonly read: (dashboard: string) => Promise<Dashboard>;
  readonly renew: (dashboard: string) => Promise<void>;
  /** Whether changes of it are refused: that they are taken again will be told. */
  readonly isFailing: (dashboard: string) => boolean;
  readonly tell: (heard: StoreEvent) => void;
}

export class RedisEars {
  readonly #listened = new Map<string, RedisListened>();
  readonly #byChannel = new Map<string, RedisListened>();
  readonly #looks: NodeJS.Timeout;

  constructor(
    private readonly connection: RedisConnection,
    private readonly keys: RedisKeys,
    private readonly hearsay: Hearsay,
    private readonly timeoutMs: number,
  ) {
    connection.subscriber.on('smessage', (channel: string, text: string) => {
      this.#byChannel.get(channel)?.take(JSON.parse(text) as Patch);
    });
    this.#looks = setInterval(() => this.#look(), LOOKS_MS);
  }

  of(dashboard: string): RedisListened | undefined {
    return this.#listened.get(dashboard);
  }

  /** As the port says. */
  async listen(dashboard: string): Promise<Dashboard> {
    if (this.#listened.has(dashboard)) return this.hearsay.read(dashboard);
    const channel = this.keys.dashboard(dashboard);
    const { tell } = this.hearsay;
    const listened = new RedisListened(dashboard, {
      read: () => this.hearsay.read(dashboard),
      renew: () => this.hearsay.renew(dashboard),
      tell: (heard) => {
        if (heard.kind === 'gone') this.unlisten(dashboard);
        tell(heard);
      },
    });
    this.#listened.set(dashboard, listened);
    this.#byChannel.set(channel, listened);
    try {
      return await withTimeout(this.#begin(listened, channel), this.timeoutMs);
    } catch (error) {
      this.unlisten(dashboard);
      throw error;
    }
  }

  async #begin(listened: RedisListened, channel: string): Promise<Dashboard> {
    await this.connection.subscribe(channel);
    if (this.#byChannel.get(channel) !== listened) throw new Error('it was given up meanwhile');
    return listened.begin();
  }

  unlisten(dashboard: string): void {
    const listened = this.#listened.get(dashboard);
    if (!listened) return;
    listened.end();
    this.#listened.delete(dashboard);
    const channel = this.keys.dashboard(dashboard);
    this.#byChannel.delete(channel);
    void this.connection.unsubscribe(channel);
  }

  /** After a new connection: listens again, and reads what was missed. Resolves when it has been, or the connection is lost again. */
  async openAll(): Promise<void> {
    await Promise.all([...this.#listened.values()].map((listened) => this.#open(listened)));
  }

  /** What is known may be behind from now on. */
  noteBehind(): void {
    for (const listened of this.#listened.values()) listened.noteBehind();
  }

  close(): void {
    clearInterval(this.#looks);
    for (const listened of this.#listened.values()) listened.end();
    this.#listened.clear();
    this.#byChannel.clear();
  }

  async #open(listened: RedisListened): Promise<void> {
    try {
      await this.connection.subscribe(this.keys.dashboard(listened.dashboard));
      await listened.reread();
    } catch {
      // The connection is lost again: the next one comes here too.
      listened.noteBehind();
    }
  }

  /**
   * Messages can be lost on the way, and a server can stop to answer without a word: quiet dashboards are looked at, and those that
   * are behind for a reason that nobody will tell the end of, as when a slot of a Cluster is on its way from one server to another.
   */
  #look(): void {
    const nowMs = performance.now();
    for (const listened of this.#listened.values()) {
      if (!listened.isCurrent || this.hearsay.isFailing(listened.dashboard)) continue;
      if (nowMs - listened.lastHeardMs < LOOK_MS && !listened.isBehind) continue;
      listened.lastHeardMs = nowMs;
      void this.#lookAt(listened);
    }
  }

  async #lookAt(listened: RedisListened): Promise<void> {
    const { dashboard, epoch, revision } = listened;
    try {
      const { reads } = this.connection;
      const state = reads.hmget(this.keys.dashboard(dashboard), 'epoch', 'revision');
      const [nowEpoch, nowRevision] = await withTimeout(state, LOOK_TIMEOUT_MS);
      const isKnown = nowEpoch === epoch && Number(nowRevision) >= revision && Number(nowRevision) <= listened.revision;
      if (!isKnown || listened.isBehind) await this.#open(listened);
    } catch {
      listened.noteBehind();
      void listened.reread();
    }
  }
}
