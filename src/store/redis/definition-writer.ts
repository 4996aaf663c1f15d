/** Defines and removes dashboards and counters: a script call on the dashboard, and its name in the index. */
import { TallyError } from '../../counters/errors.js';
import { createTallyError } from '../in-process/decide.js';
import { createTooManyCountersError } from '../in-process/define.js';
import type { FreshOutcome } from '../../counters/counters.js';
import type { DashboardNames } from './dashboard-names.js';
import type { DashboardReader } from './dashboard-reader.js';
import { isScriptRefusal, toFreshOutcome, decodeRefusal, type ScriptReply } from './reply-codec.js';
import type { ScriptCall, ScriptExecutor } from './script-executor.js';
import type { DashboardDefinition, DefinedDashboard, Limits } from '../store.js';

export class DefinitionWriter {
  constructor(
    private readonly names: DashboardNames,
    private readonly reader: DashboardReader,
    private readonly executor: ScriptExecutor,
    private readonly limits: Limits,
  ) {}

  /**
   * Implements `define` of the port. The name is in the index before the dashboard exists and is added again after, so
   * that no dashboard is ever missing from it.
   */
  async define(name: string, { title, counters }: DashboardDefinition, who?: string): Promise<DefinedDashboard> {
    await this.names.register(name, this.limits.maxDashboards);
    const definitions = Object.entries(counters);
    const reply = await this.#execute({
      dashboard: name,
      kind: 'define',
      counters: definitions.map(([counter]) => counter),
      args: [
        formatActor(who),
        title === undefined ? '' : JSON.stringify(title),
        String(this.limits.maxCounters),
        ...definitions.map(([, { title: counterTitle, unit }]) => JSON.stringify({ title: counterTitle, unit })),
      ],
    });
    if (isScriptRefusal(reply)) {
      await this.names.unregister(name);
      const [code, size] = reply;
      if (code === 'too-many-counters') throw createTooManyCountersError(name, Number(size), this.limits);
    }
    if (!('created' in reply)) throw createTallyError(decodeRefusal(name, reply));
    if (reply.created) await this.names.restore(name);
    const dashboard = await this.reader.read(name);
    const { created, booking } = reply;
    return { created, dashboard, ...(booking && { outcome: toFreshOutcome(name, booking) }) };
  }

  /** Implements `remove` of the port. */
  async remove(name: string, counter?: string, who?: string): Promise<FreshOutcome | undefined> {
    if (counter !== undefined) {
      const reply = await this.#remove(name, [counter], counter, who);
      if ('n' in reply) return toFreshOutcome(name, reply);
      throw createTallyError(decodeRefusal(name, reply));
    }
    for (;;) {
      const { counters } = await this.reader.read(name);
      const reply = await this.#remove(name, [...counters.keys()], '', who);
      if ('gone' in reply) break;
      // Another instance added or removed counters after the read.
      if (!isScriptRefusal(reply) || reply[0] !== 'more') throw createTallyError(decodeRefusal(name, reply));
    }
    await this.names.unregister(name);
    return undefined;
  }

  #remove(dashboard: string, counters: readonly string[], counter: string, who?: string): Promise<ScriptReply> {
    return this.#execute({ dashboard, kind: 'remove', counters, args: [formatActor(who), counter] });
  }

  async #execute(call: ScriptCall): Promise<ScriptReply> {
    const { replies: [reply] = [] } = await this.executor.execute(call);
    if (!reply) throw new TallyError('store-unavailable', 'Redis returned no reply');
    return reply;
  }
}

function formatActor(who: string | undefined): string {
  return who === undefined ? '' : `,"who":${JSON.stringify(who)}`;
}
