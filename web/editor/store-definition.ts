/** Stores a changed definition of a board: only where nobody else has changed the same part of it since it was read. */
import {
  type DashboardDefinition,
  type NewDefinition,
  readDefinition,
  RefusedError,
  replaceDefinition,
  type ServerProblem,
  UnavailableError,
} from '../../src/client/client.js';
import type { BoardData } from '../data/board-data.js';
import { describeError } from '../words/problem-words.js';

/** Attempts to store while others change other parts of the definition. */
const MAX_ATTEMPTS = 5;

/** `changed`: the part was changed by somebody else; the definition is theirs. */
export type StoreResult =
  | { readonly outcome: 'stored'; readonly version: number }
  | { readonly outcome: 'changed'; readonly definition: DashboardDefinition }
  | { readonly outcome: 'failed'; readonly failure: StoreFailure };

/** `problem` is absent if the service could not be reached. */
export interface StoreFailure {
  readonly message: string;
  readonly problem: ServerProblem | undefined;
}

interface DefinitionEdit {
  /** Definition that the form was made from. */
  readonly base: DashboardDefinition;
  /** Returns the part of a definition that the form changes. */
  readonly getPart: (definition: DashboardDefinition) => unknown;
  /** Returns the definition to store, made from the latest one. */
  readonly change: (latest: DashboardDefinition) => NewDefinition;
}

export async function storeDefinition(
  data: BoardData,
  { base, getPart, change }: DefinitionEdit,
): Promise<StoreResult> {
  const options = { dashboard: data.name, ...data.tokenOptions };
  const part = JSON.stringify(getPart(base));
  let latest = data.definition.peek() ?? base;
  for (let attempt = 1; ; attempt += 1) {
    if (JSON.stringify(getPart(latest)) !== part) return { outcome: 'changed', definition: latest };
    try {
      const ifMatch = latest.etag === undefined ? {} : { ifMatch: latest.etag };
      const { version } = await replaceDefinition(data.base, { definition: change(latest), ...ifMatch, ...options });
      return { outcome: 'stored', version };
    } catch (error) {
      const failure = toStoreFailure(error);
      if (failure.problem?.code !== 'definition-changed' || attempt === MAX_ATTEMPTS)
        return { outcome: 'failed', failure };
    }
    try {
      latest = await readDefinition(data.base, options);
    } catch (error) {
      return { outcome: 'failed', failure: toStoreFailure(error) };
    }
  }
}

/** @throws any other error */
export function toStoreFailure(error: unknown): StoreFailure {
  if (error instanceof RefusedError || error instanceof UnavailableError)
    return { message: describeError(error), problem: error.problem };
  throw error;
}

/** Time after which a form does not wait any longer for the board to show what was stored, milliseconds. */
const MAX_WAIT_MS = 5_000;

/** Resolves when the board shows a version of its definition. */
export function waitForVersion({ definition }: BoardData, version: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => finish(), MAX_WAIT_MS);
    const stop = definition.subscribe((present) => {
      if (present && present.version >= version) setTimeout(() => finish());
    });
    function finish(): void {
      clearTimeout(timer);
      stop();
      resolve();
    }
  });
}
