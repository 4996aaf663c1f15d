/** Moves the problem responses that several operations share to the components of the document. */
import { STATUS_CODES } from 'node:http';
import type { OpenAPIObject } from '@nestjs/swagger';
import { listProblemCodes, type ResponseObject } from './problem-responses.js';

export type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;

interface ProblemResponse {
  readonly status: string;
  readonly response: ResponseObject;
  readonly codes: readonly string[];
  readonly operations: Operation[];
}

/**
 * Replaces equal problem responses of several operations by references, which shrink the document to a third. Other
 * responses stay in their operation: some generators of clients do not look for successful ones elsewhere.
 * @returns the components. Their names are the status and the codes that not every response of that status has:
 *   `BadRequest`, `BadRequestOrCounterFull`, and `UnknownDashboard` where they have no code in common.
 */
export function shareProblemResponses(operations: readonly Operation[]): Record<string, object> {
  const components: Record<string, object> = {};
  const problems = findProblemResponses(operations);
  for (const { status, response, codes, operations: users } of problems) {
    const ofStatus = problems.filter((other) => other.status === status);
    const ownCodes = codes.filter((code) => !ofStatus.every((other) => other.codes.includes(code)));
    const statusName = (STATUS_CODES[status] ?? status).replaceAll(' ', '');
    const isOwnOnly = ownCodes.length === codes.length;
    const name = [...(isOwnOnly ? [] : [statusName]), ...ownCodes.map(toPascalCase)].join('Or');
    // Equal codes with other headers have the same name.
    if (users.length < 2 || name in components) continue;
    components[name] = response;
    for (const { responses } of users) responses[status] = { $ref: `#/components/responses/${name}` };
  }
  return components;
}

function findProblemResponses(operations: readonly Operation[]): readonly ProblemResponse[] {
  const byJson = new Map<string, ProblemResponse>();
  for (const operation of operations) {
    for (const [status, response] of Object.entries(operation.responses) as [string, ResponseObject][]) {
      const codes = listProblemCodes(response);
      if (codes.length === 0) continue;
      const json = JSON.stringify([status, response]);
      const entry = byJson.get(json) ?? { status, response, codes, operations: [] };
      entry.operations.push(operation);
      byJson.set(json, entry);
    }
  }
  return [...byJson.values()];
}

/** Returns `too-many-changes` as `TooManyChanges`. */
function toPascalCase(words: string): string {
  return words.replaceAll(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
