/** The scripts that run on the server: read from `lua/` once, when this module is loaded. */
import { readFileSync } from 'node:fs';
import { MAX_TOTAL, MAX_VALUE } from '../../counters/counters.js';
import { BUCKETS } from '../store.js';

/** A dashboard that changes has the expiry of its ledger and its keys put off once in this time, milliseconds. */
const IDLE_EXPIRY_INTERVAL_MS = 3_600_000;

/** Ledger and keys of a dashboard at rest expire this much later than their retention says, milliseconds. */
export const IDLE_EXPIRY_GRACE_MS = 2 * IDLE_EXPIRY_INTERVAL_MS;

/** Known to the change script by these names. Totals are text, for numbers of Lua are doubles. The script's text, and so its hash, is the same in every instance of a version. */
const CONSTANTS = {
  MAX_VALUE,
  MAX_VALUE_TEXT: String(MAX_VALUE),
  MAX_TOTAL: String(MAX_TOTAL),
  BUCKETS: BUCKETS.map(({ stepMs, keepMs }) => [stepMs, keepMs]),
  IDLE_EXPIRY_INTERVAL_MS,
  IDLE_EXPIRY_GRACE_MS,
};

type LuaValue = number | string | readonly LuaValue[];

function toLua(value: LuaValue): string {
  if (typeof value === 'object') return `{${value.map(toLua).join(', ')}}`;
  return typeof value === 'string' ? `'${value}'` : String(value);
}

function declareConstants(constants: Readonly<Record<string, LuaValue>>): string {
  return `local ${Object.keys(constants).join(', ')} = ${Object.values(constants).map(toLua).join(', ')}\n`;
}

/** A line `-- @include part.lua` stands for that file. */
const INCLUDE = /^-- @include (\S+)$/gm;

function readScript(file: string): string {
  const text = readFileSync(new URL(`./lua/${file}`, import.meta.url), 'utf8');
  return text.replaceAll(INCLUDE, (_line, part: string) => readScript(part));
}

/** Carries out one group of change sets, one definition or one removal, of one instance on one dashboard. */
export const CHANGE_SCRIPT = declareConstants(CONSTANTS) + readScript('change.lua');
export const STAGE_IMPORT_SCRIPT = readScript('stage-import.lua');
export const COMPLETE_IMPORT_SCRIPT = readScript('complete-import.lua');
export const REGISTER_NAME_SCRIPT = readScript('register-name.lua');
