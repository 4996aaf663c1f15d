/** A verified event, and the places in it that rules look at. Pure. */
import { followJsonPath, type JsonPath, parseJsonPointer } from './json-pointer.js';

/** Request headers by their names in lower case. */
export type EventHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

export interface HookEvent {
  /** Id that redeliveries repeat. Undefined if the request has none. */
  readonly id: string | undefined;
  readonly headers: EventHeaders;
  /** The parsed body. Undefined if it is empty. */
  readonly body: unknown;
}

/** A place in an event: a member of the body, or a header. */
export interface EventPlace {
  /** As the file spells it. */
  readonly text: string;
  /** Undefined for a header. */
  readonly path: JsonPath | undefined;
}

/** Names of headers (RFC 9110, 5.6.2). */
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** Parses a JSON pointer, which begins with a slash, or the name of a header. @returns undefined if it is neither */
export function parseEventPlace(text: string): EventPlace | undefined {
  if (text.startsWith('/')) {
    const path = parseJsonPointer(text);
    return path && { text, path };
  }
  return HEADER_NAME.test(text) ? { text: text.toLowerCase(), path: undefined } : undefined;
}

/** Returns what is at a place, or undefined. */
export function readEventPlace({ headers, body }: Pick<HookEvent, 'headers' | 'body'>, { text, path }: EventPlace) {
  return path ? followJsonPath(body, path) : findHeader(headers, text);
}

/** Returns a header that was sent once. */
export function findHeader(headers: EventHeaders, name: string): string | undefined {
  const value = Object.hasOwn(headers, name) ? headers[name] : undefined;
  return typeof value === 'string' ? value : undefined;
}

/** Returns an id from a header or a body: text, or an integer that no parser has rounded. Empty text is none. */
export function toEventId(value: unknown): string | undefined {
  if (Number.isSafeInteger(value)) return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Joins two parts of an id, so that no two pairs have the same text. */
export function joinEventId(first: unknown, second: unknown): string | undefined {
  const [head, tail] = [toEventId(first), toEventId(second)];
  if (head === undefined || tail === undefined) return undefined;
  return `${head.replaceAll('%', '%25').replaceAll('|', '%7C')}|${tail}`;
}
