/** Parses server-sent events as the service writes them: fields of one line, separated by `\n`. */

export const EVENT_STREAM = 'text/event-stream';

export interface StreamEvent {
  /** Undefined for an event without an id. */
  readonly id: string | undefined;
  /** Undefined for a comment, or an id alone. */
  readonly data: string | undefined;
}

/** Returns a function that takes the text of a stream piece by piece, and returns the events that are complete. */
export function createEventParser(): (text: string) => readonly StreamEvent[] {
  let rest = '';
  return (text) => {
    const events = (rest + text).split('\n\n');
    rest = events.pop() ?? '';
    return events.map((event) => ({ id: readField(event, 'id'), data: readField(event, 'data') }));
  };
}

function readField(event: string, name: string): string | undefined {
  return new RegExp(`^${name}: (.*)`, 'm').exec(event)?.[1];
}
