/** Definitions and removals on Redis: a step on the dashboard, and its name in the list of all. */
import { TallyError } from '../../counters/errors.js';
import { toTallyError } from '../in-process/decide.js';
import { createTooManyCountersError } from '../in-process/define.js';
import type { FreshOutcome } from '../../counters/counters.js';
import type { RedisDashboards } from './dashboard-reader.js';
import { isRefused, outcomeOfFresh, refusalOf, type StepReply } from './reply-codec.js';
import type { Group, RedisSteps } from './script-executor.js';
import type { DashboardDefinition, DefinedDashboard, Limits } from '../store.js';

export class RedisDefinitions {
  constructor(
    private readonly dashboards: RedisDashboards,
    private readonly steps: RedisSteps,
    private readonly limits: Limits,
  ) {}

  /** As the port says. The name is known before the dashboard is there, and after: none that is there is unknown. */
  async define(name: string, { title, counters }: DashboardDefinition, who?: string): Promise<DefinedDashboard> {
    await this.dashboards.addName(name, this.limits.maxDashboards);
    const definitions = Object.entries(counters);
    const reply = await this.#step({
      dashboard: name,
      kind: 'define',
      counters: definitions.map(([counter]) => counter),
      args: [
        whoText(who),
        title === undefined ? '' : JSON.stringify(title),
        String(this.limits.maxCounters),
        ...definitions.map(([, { title: counterTitle, unit }]) => JSON.stringify({ title: counterTitle, unit })),
      ],
    });
    if (isRefused(reply)) {
      await this.dashboards.dropName(name);
      const [code, size] = reply;
      if (code === 'too-many-counters') throw createTooManyCountersError(name, Number(size), this.limits);
    }
    if (!('created' in reply)) throw toTallyError(refusalOf(name, reply));
    if (reply.created) await this.dashboards.keepName(name);
    const dashboard = await this.dashboards.read(name);
    const { created, booking } = reply;
    return { created, dashboard, ...(booking && { outcome: outcomeOfFresh(name, booking) }) };
  }

  /** As the port says. */
  async remove(name: string, counter?: string, who?: string): Promise<FreshOutcome | undefined> {
    if (counter !== undefined) {
      const reply = await this.#remove(name, [counter], counter, who);
      if ('n' in reply) return outcomeOfFresh(name, reply);
      throw toTallyError(refusalOf(name, reply));
    }
    for (;;) {
      const { counters } = await this.dashboards.read(name);
      const reply = await this.#remove(name, [...counters.keys()], '', who);
      if ('gone' in reply) break;
      // Another instance has added or removed counters meanwhile.
      if (!isRefused(reply) || reply[0] !== 'more') throw toTallyError(refusalOf(name, reply));
    }
    await this.dashboards.dropName(name);
    return undefined;
  }

  #remove(dashboard: string, counters: readonly string[], counter: string, who?: string): Promise<StepReply> {
    return this.#step({ dashboard, kind: 'remove', counters, args: [whoText(who), counter] });
  }

  async #step(group: Group): Promise<StepReply> {
    const { replies: [reply] = [] } = await this.steps.carryOut(group);
    if (!reply) throw new TallyError('store-unavailable', 'Redis gave no answer');
    return reply;
  }
}

function whoText(who: string | undefined): string {
  return who === undefined ? '' : `,"who":${JSON.stringify(who)}`;
}
