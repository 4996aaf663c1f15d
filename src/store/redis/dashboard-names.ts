/** The index of dashboard names: a sorted set, because in a Cluster each dashboard has a slot of its own. */
import { createTooManyDashboardsError } from '../definition-plan.js';
import { DATA_FORM, describeOtherForm } from './data-form.js';
import { ChangesRefusedError } from './redis-errors.js';
import type { RedisConnection } from './connection.js';
import type { RedisKeys } from './keys.js';
import { REGISTER_NAME_SCRIPT } from './lua-scripts.js';

export class DashboardNames {
  constructor(
    private readonly connection: RedisConnection,
    private readonly keys: RedisKeys,
  ) {}

  /** Returns at most `limit` names after `after`, in alphabetical order. Some may lack their dashboard. */
  list(after: string, limit: number): Promise<string[]> {
    const from = after === '' ? '-' : `(${after}`;
    return this.connection.reads.zrangebylex(this.keys.namesKey, from, '+', 'LIMIT', 0, limit);
  }

  /**
   * Adds a name before its dashboard is created, so that every dashboard is in the index.
   * @throws TallyError `too-many-dashboards` if the name is new and there are `limit` names; ChangesRefusedError if the
   *   data has another form
   */
  async register(name: string, limit: number): Promise<void> {
    const { commands } = this.connection;
    const { namesKey, formKey, prefix } = this.keys;
    const existing = await commands.eval(REGISTER_NAME_SCRIPT, 2, namesKey, formKey, name, limit, DATA_FORM);
    if (typeof existing !== 'number')
      throw new ChangesRefusedError(describeOtherForm(`the prefix ${prefix}`, String(existing)));
    if (existing >= 0) throw createTooManyDashboardsError(existing);
  }

  async has(name: string): Promise<boolean> {
    return (await this.connection.reads.zscore(this.keys.namesKey, name)) !== null;
  }

  /** Returns the number of names. */
  count(): Promise<number> {
    return this.connection.reads.zcard(this.keys.namesKey);
  }

  /** Adds a name that the index has lost. @returns false if there is no such dashboard */
  async restoreIfExists(name: string): Promise<boolean> {
    const exists = async (): Promise<boolean> =>
      (await this.connection.commands.exists(this.keys.toDashboardKey(name))) === 1;
    if (!(await exists())) return false;
    await this.restore(name);
    if (await exists()) return true;
    // Between the two checks another instance has removed the dashboard.
    await this.unregister(name);
    return false;
  }

  /** Adds the name of a dashboard that exists: another instance may have removed it meanwhile. */
  async restore(name: string): Promise<void> {
    await this.connection.commands.zadd(this.keys.namesKey, 0, name);
  }

  /** Removes a name, unless its dashboard exists: another instance may have defined it meanwhile. */
  async unregister(name: string): Promise<void> {
    const { commands } = this.connection;
    await commands.zrem(this.keys.namesKey, name);
    if (await commands.exists(this.keys.toDashboardKey(name))) await this.restore(name);
  }
}
