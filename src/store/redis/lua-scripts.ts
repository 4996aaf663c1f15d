/** The scripts that run on the server: read from `lua/` once, when this module is loaded. */
import { readFileSync } from 'node:fs';

/** A line `-- @include part.lua` stands for that file. */
const INCLUDE = /^-- @include (\S+)$/gm;

function readScript(file: string): string {
  const text = readFileSync(new URL(`./lua/${file}`, import.meta.url), 'utf8');
  return text.replaceAll(INCLUDE, (_line, part: string) => readScript(part));
}

/** Carries out one group of change sets, one definition or one removal, of one instance on one dashboard. */
export const CHANGE_SCRIPT = readScript('change.lua');
export const STAGE_IMPORT_SCRIPT = readScript('stage-import.lua');
export const COMPLETE_IMPORT_SCRIPT = readScript('complete-import.lua');
export const REGISTER_NAME_SCRIPT = readScript('register-name.lua');
