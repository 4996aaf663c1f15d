/** Takes the warnings of Node and of libraries off stderr, where they are plain text, and into the log. */

/** Fields of the log line of a warning. */
interface WarningFields {
  readonly type: string;
  readonly code?: string;
  /** Calls that led to the warning, one per line. */
  readonly stack: string;
}

type WarningLog = (message: string, fields: WarningFields) => void;

export interface WarningCapture {
  /** Passes on the warnings so far and all later ones. */
  readonly logTo: (log: WarningLog) => void;
}

/** Kinds of warnings that are logged. A library could put anything into a message. */
const MAX_KINDS = 100;
/** Words with a query or a user: DEP0170 quotes the request target, which may have a ticket. */
const SENSITIVE_WORDS = /\S*[?@]\S*/g;

/**
 * Replaces Node's own listener, which prints. Each kind is passed on once. With `--no-warnings` there is no such
 * listener, and no warning is passed on.
 */
export function captureWarnings(): WarningCapture {
  const pending: Error[] = [];
  let pass = (warning: Error): void => void pending.push(warning);
  const kinds = new Set<string>();
  const printer = process.listeners('warning').find(({ name }) => name === 'onWarning');
  if (printer) {
    process.off('warning', printer);
    process.on('warning', (warning: NodeJS.ErrnoException) => {
      const kind = `${warning.name}: ${warning.code ?? warning.message}`;
      if (kinds.has(kind) || kinds.size >= MAX_KINDS) return;
      kinds.add(kind);
      pass(warning);
    });
  }
  return {
    logTo(log) {
      pass = (warning) => log(warning.message.replaceAll(SENSITIVE_WORDS, '…'), toFields(warning));
      for (const warning of pending.splice(0)) pass(warning);
    },
  };
}

function toFields({ name, code, stack = '' }: NodeJS.ErrnoException): WarningFields {
  // The stack begins with the message.
  const calls = stack.split('\n').filter((line) => /^\s+at /.test(line));
  return { type: name, ...(code !== undefined && { code }), stack: calls.join('\n') };
}
