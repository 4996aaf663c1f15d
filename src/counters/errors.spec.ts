/** Walks the error catalogue: every entry says what a caller needs, in the same form. */
import { ERROR_CATALOG } from './error-catalog.js';
import { type ErrorCode, toProblemType, TallyError } from './errors.js';

const isErrorCode = (name: string): name is ErrorCode => name in ERROR_CATALOG;
const ERROR_CODES = Object.keys(ERROR_CATALOG).filter(isErrorCode);

describe.each(ERROR_CODES)('%s', (code) => {
  const { definition: fault } = new TallyError(code, 'what happened');

  it('is named in lower case with hyphens, and so is its type', () => {
    expect(code).toMatch(/^[a-z]+(-[a-z]+)*$/);
    expect(toProblemType(code)).toBe(`urn:tallyboard:problem:${code}`);
  });

  it('carries a status of an error', () => {
    expect(fault.status).toBeGreaterThanOrEqual(400);
    expect(fault.status).toBeLessThan(600);
  });

  it('has a title that is a phrase and a remedy that is a sentence', () => {
    expect(fault.title).toMatch(/^[A-Z].*[^.]$/);
    expect(fault.remedy).toMatch(/^[A-Z].*\.$/);
  });

  it('says when to retry exactly when it is a 429 or a 503', () => {
    expect(fault.retryAfterS !== undefined).toBe(fault.status === 429 || fault.status === 503);
  });
});

describe('the catalogue', () => {
  it('uses no title twice', () => {
    const titles = ERROR_CODES.map((code) => ERROR_CATALOG[code].title);
    expect(new Set(titles).size).toBe(titles.length);
  });
});

describe('TallyError', () => {
  it('carries code and detail, and is no replay unless it says so', () => {
    const error = new TallyError('nothing-to-remove', 'no order remains to remove');
    expect(error).toMatchObject({ name: 'TallyError', message: 'no order remains to remove', replayed: false });
    expect(error).not.toHaveProperty('cause');
    expect(new TallyError('nothing-to-remove', '', { replayed: true }).replayed).toBe(true);
  });

  it('keeps what it is given: cause, methods and places', () => {
    const cause = new Error('disk');
    const errors = [{ pointer: '/changes/0/by', detail: 'must be a whole number' }];
    const error = new TallyError('invalid-request', 'x', { cause, allow: ['GET'], errors });
    expect([error.cause, error.allow, error.errors]).toEqual([cause, ['GET'], errors]);
  });
});
