/** The names of all dashboards: a sorted set of its own, since in a Cluster dashboards are in slots of their own. */
import { createTooManyDashboardsError } from '../in-process/define.js';
import type { RedisConnection } from './connection.js';
import type { RedisKeys } from './keys.js';
import { REGISTER_NAME_SCRIPT } from './lua-scripts.js';

export class DashboardNames {
  constructor(
    private readonly connection: RedisConnection,
    private readonly keys: RedisKeys,
  ) {}

  /** As the port says. */
  list(after: string, limit: number): Promise<string[]> {
    const from = after === '' ? '-' : `(${after}`;
    return this.connection.reads.zrangebylex(this.keys.namesKey, from, '+', 'LIMIT', 0, limit);
  }

  /** Makes a name known before its dashboard is there: none that is there is ever unknown. @throws TallyError `too-many-dashboards` */
  async register(name: string, limit: number): Promise<void> {
    const { commands } = this.connection;
    const existing = (await commands.eval(REGISTER_NAME_SCRIPT, 1, this.keys.namesKey, name, limit)) as number;
    if (existing >= 0) throw createTooManyDashboardsError(existing);
  }

  /** Makes a name known whose dashboard is there, whatever happened meanwhile. */
  async restore(name: string): Promise<void> {
    await this.connection.commands.zadd(this.keys.namesKey, 0, name);
  }

  /** Forgets a name, unless its dashboard is there: somebody may have defined it meanwhile. */
  async unregister(name: string): Promise<void> {
    const { commands } = this.connection;
    await commands.zrem(this.keys.namesKey, name);
    if (await commands.exists(this.keys.toDashboardKey(name))) await this.restore(name);
  }
}
