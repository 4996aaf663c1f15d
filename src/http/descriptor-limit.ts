/** The number of file descriptors that this process may open, held against the configuration. */
import { readFileSync } from 'node:fs';
import type { Config } from '../config/config.js';

/**
 * Smallest number of descriptors to start with. Node opens most of the files of a service at the same time: with traces
 * and a limit of 340, a start fails with messages about packages and worker threads, with 360 it succeeds. The rest is
 * a reserve.
 */
export const MIN_DESCRIPTORS = 400;

const RAISE_REMEDY = 'Raise the limit (`ulimit -n`, `LimitNOFILE=` of systemd, `--ulimit nofile=` of Docker)';
export const DESCRIPTOR_REMEDY = `${RAISE_REMEDY}, or lower MAX_VIEWERS`;

/** The limit at the start. It is read once: during a shortage it could not be. */
const descriptorLimit = readSoftLimit();

/** Returns the soft limit, which Node has raised to the hard one. Undefined where there is no /proc, as on macOS. */
export function getDescriptorLimit(): number | undefined {
  return descriptorLimit;
}

/** Returns an error message if there are fewer descriptors than the start needs. */
export function explainTooFewDescriptors(limit = descriptorLimit): string | undefined {
  if (limit === undefined || limit >= MIN_DESCRIPTORS) return undefined;
  return `cannot start with ${limit} file descriptors: at least ${MIN_DESCRIPTORS} are needed. ${RAISE_REMEDY}`;
}

/** Returns a warning if there are fewer descriptors than viewers are allowed: each viewer needs one. */
export function warnAboutDescriptors(
  { MAX_VIEWERS }: Pick<Config, 'MAX_VIEWERS'>,
  limit = descriptorLimit,
): readonly string[] {
  if (limit === undefined || MAX_VIEWERS <= limit) return [];
  return [
    `MAX_VIEWERS=${MAX_VIEWERS} is more than the ${limit} file descriptors that this process may open. ${DESCRIPTOR_REMEDY}`,
  ];
}

function readSoftLimit(): number | undefined {
  try {
    const [, soft] = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1')) ?? [];
    return soft === undefined ? undefined : Number(soft);
  } catch {
    return undefined;
  }
}
