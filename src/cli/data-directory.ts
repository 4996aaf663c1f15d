/** The data directory of the commands that work on the embedded database alone. */
import { Config } from '../config/config.js';
import type { CommandEnvironment } from './bearer-token.js';

/** Returns the directory that the service would use: `DATA_DIR`, or `./data`. */
export function readDataDirectory({ TALLYBOARD_DATA_DIR: prefixed, DATA_DIR: bare }: CommandEnvironment): string {
  return prefixed || bare || new Config().DATA_DIR;
}
