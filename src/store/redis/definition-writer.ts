/** Defines and removes dashboards and counters: a script call on the dashboard, and its name in the index. */
import { type Dashboard, type FreshOutcome, refuseUnknownCounter } from '../../counters/counters.js';
import { TallyError } from '../../counters/errors.js';
import { haveSameDays } from '../../measures/reckoning.js';
import { assertAboveMinimum, type DefinitionPlan, planDefinition, removeFromSettings } from '../definition-plan.js';
import { createTallyError } from '../in-process/decide.js';
import type { DashboardDefinition, DefinedDashboard, DefineOptions, Limits } from '../store.js';
import type { DashboardNames } from './dashboard-names.js';
import type { DashboardReader } from './dashboard-reader.js';
import { type DayStarts, encodeReckoning } from './day-starts.js';
import { encodeRule } from './hash-codec.js';
import { isScriptRefusal, toFreshOutcome, decodeRefusal, type ScriptReply } from './reply-codec.js';
import type { ScriptCall, ScriptExecutor } from './script-executor.js';

interface WriterParts {
  readonly names: DashboardNames;
  readonly reader: DashboardReader;
  readonly executor: ScriptExecutor;
  readonly days: DayStarts;
}

export class DefinitionWriter {
  constructor(
    private readonly parts: WriterParts,
    private readonly limits: Limits,
  ) {}

  /**
   * Implements `define` of the port. The definition is planned against the one that was read. The script compares their
   * versions, and if another instance was faster, all begins again. The name is in the index before the dashboard
   * exists and is added again after, so that no dashboard is ever missing from it.
   */
  async define(
    name: string,
    definition: DashboardDefinition,
    { who, expected }: DefineOptions = {},
  ): Promise<DefinedDashboard> {
    const { names, reader, days } = this.parts;
    for (;;) {
      const existing = await reader.find(name);
      const plan = planDefinition(name, definition, existing, this.limits, expected);
      if (existing && !plan.isChanged) return { created: false, changed: false, dashboard: existing };
      await names.register(name, this.limits.maxDashboards);
      const reckoning = encodeReckoning(plan.settings);
      const reply = await this.#execute({
        dashboard: name,
        kind: 'define',
        counters: [...plan.counters.keys()],
        args: [formatActor(who), ...this.#encodePlan(plan, existing, reckoning)],
        reckoning,
      });
      if (isScriptRefusal(reply)) {
        await names.unregister(name);
        if (isOutdated(reply)) continue;
        assertNotBelowMinimum(reply, plan);
      }
      if (!('created' in reply)) throw createTallyError(decodeRefusal(name, reply));
      days.learn(name, reckoning);
      if (reply.created) await names.restore(name);
      const dashboard = await reader.read(name);
      const { created, booking } = reply;
      return { created, changed: true, dashboard, ...(booking && { outcome: toFreshOutcome(name, booking) }) };
    }
  }

  /** Implements `remove` of the port. */
  async remove(name: string, counter?: string, who?: string): Promise<FreshOutcome | undefined> {
    if (counter !== undefined) return this.#removeCounter(name, counter, who);
    for (;;) {
      const { counters } = await this.parts.reader.read(name);
      const reply = await this.#remove(name, [...counters.keys()], [formatActor(who), '']);
      if ('gone' in reply) break;
      // Another instance added or removed counters after the read.
      if (!isScriptRefusal(reply) || reply[0] !== 'more') throw createTallyError(decodeRefusal(name, reply));
    }
    await this.parts.names.unregister(name);
    return undefined;
  }

  async #removeCounter(name: string, counter: string, who?: string): Promise<FreshOutcome> {
    for (;;) {
      const { epoch, version, settings, counters } = await this.parts.reader.read(name);
      if (!counters.has(counter)) throw createTallyError(refuseUnknownCounter(name, counter));
      const next = JSON.stringify(removeFromSettings(settings, counter));
      const reply = await this.#remove(name, [counter], [formatActor(who), counter, epoch, String(version), next]);
      if ('n' in reply) return toFreshOutcome(name, reply);
      if (!isOutdated(reply)) throw createTallyError(decodeRefusal(name, reply));
    }
  }

  /** The arguments of a definition, see `lua/change.lua`. */
  #encodePlan(plan: DefinitionPlan, existing: Dashboard | undefined, reckoning: string): string[] {
    const { days } = this.parts;
    const hasOtherDays = existing && !haveSameDays(days.resolve(existing.settings), days.resolve(plan.settings));
    return [
      existing?.epoch ?? '',
      existing ? String(existing.version) : '',
      JSON.stringify(plan.settings),
      reckoning,
      hasOtherDays ? '1' : '',
      ...[...plan.counters.values()].flatMap((definition) => [encodeRule(definition), JSON.stringify(definition)]),
    ];
  }

  #remove(dashboard: string, counters: readonly string[], args: readonly string[]): Promise<ScriptReply> {
    return this.#execute({ dashboard, kind: 'remove', counters, args });
  }

  async #execute(call: ScriptCall): Promise<ScriptReply> {
    const { replies: [reply] = [] } = await this.parts.executor.execute(call);
    if (!reply) throw new TallyError('store-unavailable', 'Redis returned no reply');
    return reply;
  }
}

/** True if another instance has changed the definition after it was read. */
function isOutdated(reply: ScriptReply): boolean {
  return isScriptRefusal(reply) && reply[0] === 'definition-changed';
}

/** @throws TallyError `below-minimum` if that is what the script says */
function assertNotBelowMinimum(reply: ScriptReply, { counters }: DefinitionPlan): void {
  const [code, name, value] = isScriptRefusal(reply) ? reply : [];
  if (code === 'below-minimum') assertAboveMinimum(String(name), Number(value), counters.get(String(name)) ?? {});
}

function formatActor(who: string | undefined): string {
  return who === undefined ? '' : `,"who":${JSON.stringify(who)}`;
}
