/** The Lua scripts, read from `lua/` once when this module loads. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { MAX_TOTAL, MAX_VALUE } from '../../counters/counters.js';
import { ROWS } from '../store.js';

/** A ledger with a shorter retention is trimmed with every change, milliseconds. */
const FREQUENT_TRIM_TTL_MS = 3_600_000;

/**
 * The server's clock counts if it is no further ahead of the time that the instance goes by, milliseconds: more than a
 * call is under way.
 */
const CLOCK_TOLERANCE_MS = 5_000;

/**
 * Constants of the scripts. BUCKETS are all kinds of rows, days last. Totals are text, because numbers in Lua are
 * doubles. Nothing here depends on the configuration, so all instances of a version run the same script.
 */
const CONSTANTS = {
  MAX_VALUE,
  MAX_VALUE_TEXT: String(MAX_VALUE),
  MAX_TOTAL: String(MAX_TOTAL),
  BUCKETS: ROWS.map(({ stepMs, keepMs }) => [stepMs, keepMs]),
  FREQUENT_TRIM_TTL_MS,
  CLOCK_TOLERANCE_MS,
};

type LuaValue = number | string | readonly LuaValue[];

function toLua(value: LuaValue): string {
  if (typeof value === 'object') return `{${value.map(toLua).join(', ')}}`;
  return typeof value === 'string' ? `'${value}'` : String(value);
}

function declareConstants(constants: Readonly<Record<string, LuaValue>>): string {
  return `local ${Object.keys(constants).join(', ')} = ${Object.values(constants).map(toLua).join(', ')}\n`;
}

/** A line `-- @include part.lua` is replaced with that file. */
const INCLUDE = /^-- @include (\S+)$/gm;

function readScript(file: string): string {
  const text = readFileSync(new URL(`./lua/${file}`, import.meta.url), 'utf8');
  return text.replaceAll(INCLUDE, (_line, part: string) => readScript(part));
}

/** A script that is sent by its hash. */
export interface CachedScript {
  readonly text: string;
  readonly sha1: string;
}

function createCachedScript(text: string): CachedScript {
  return { text, sha1: createHash('sha1').update(text).digest('hex') };
}

export const CHANGE_SCRIPT = createCachedScript(declareConstants(CONSTANTS) + readScript('change.lua'));
export const PROBE_SCRIPT = createCachedScript(declareConstants(CONSTANTS) + readScript('probe.lua'));
export const SWEEP_SCRIPT = createCachedScript(declareConstants(CONSTANTS) + readScript('sweep.lua'));
export const REDATE_SCRIPT = createCachedScript(declareConstants(CONSTANTS) + readScript('redate.lua'));
export const CHECK_PERMISSIONS_SCRIPT = readScript('check-permissions.lua');
export const STAGE_IMPORT_SCRIPT = readScript('stage-import.lua');
export const COMPLETE_IMPORT_SCRIPT = readScript('complete-import.lua');
export const COMPLETE_PAST_SCRIPT = readScript('complete-past.lua');
export const CLAIM_FORM_SCRIPT = readScript('claim-form.lua');
export const MOVE_DASHBOARD_SCRIPT = declareConstants(CONSTANTS) + readScript('move-dashboard.lua');
export const READ_DOCUMENTS_SCRIPT = readScript('read-documents.lua');
export const WRITE_DOCUMENTS_SCRIPT = readScript('write-documents.lua');
export const DROP_DOCUMENTS_SCRIPT = readScript('drop-documents.lua');
export const REGISTER_NAME_SCRIPT = readScript('register-name.lua');
