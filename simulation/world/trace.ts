/** The trace of a run: a hash of every step, and the last events in words. */

/** Events that are kept for the report of a violation. */
const MAX_EVENTS = 60;
const FNV_PRIME = 0x01000193;

export class Trace {
  #hash = 0x811c9dc5;
  readonly #events: string[] = [];
  #nowMs = 0;
  /** Prints every event at once, to follow a run. */
  print: ((line: string) => void) | undefined;

  /** Takes in a step. */
  step(kind: string, life: string, nowMs: number): void {
    this.#nowMs = nowMs;
    this.#mix(kind);
    this.#mix(life);
    this.#mixNumber(Math.floor(nowMs * 1_000));
  }

  /** Takes in something that has happened. */
  event(text: string): void {
    this.#mix(text);
    const line = `${formatTime(this.#nowMs)} ${text}`;
    this.print?.(line);
    this.#events.push(line);
    if (this.#events.length > 2 * MAX_EVENTS) this.#events.splice(0, MAX_EVENTS);
  }

  get hash(): string {
    return (this.#hash >>> 0).toString(16).padStart(8, '0');
  }

  get lastEvents(): readonly string[] {
    return this.#events.slice(-MAX_EVENTS);
  }

  #mix(text: string): void {
    let hash = this.#hash;
    for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), FNV_PRIME);
    this.#hash = hash;
  }

  #mixNumber(number: number): void {
    this.#hash = Math.imul(this.#hash ^ (number | 0), FNV_PRIME);
    this.#hash = Math.imul(this.#hash ^ Math.floor(number / 2 ** 32), FNV_PRIME);
  }
}

/** Formats virtual time as hours, minutes, seconds and milliseconds. */
export function formatTime(ms: number): string {
  const [hours, minutes, seconds] = [ms / 3_600_000, (ms / 60_000) % 60, (ms / 1_000) % 60].map(Math.floor);
  const pad = (value = 0, digits = 2): string => String(value).padStart(digits, '0');
  return `${pad(hours)}:${pad(minutes)}:${pad(seconds)}.${pad(Math.floor(ms % 1_000), 3)}`;
}
