/** Every entry of the error catalogue has the same form. */
import { ERROR_CATALOG } from './error-catalog.js';
import { type ErrorCode, toProblemType, TallyError } from './errors.js';

const isErrorCode = (name: string): name is ErrorCode => name in ERROR_CATALOG;
const ERROR_CODES = Object.keys(ERROR_CATALOG).filter(isErrorCode);

describe.each(ERROR_CODES)('%s', (code) => {
  const { definition: fault } = new TallyError(code, 'what happened');

  it('has a lower-case name with hyphens, and a type made of it', () => {
    expect(code).toMatch(/^[a-z]+(-[a-z]+)*$/);
    expect(toProblemType(code)).toBe(`urn:tallyboard:problem:${code}`);
  });

  it('has an error status', () => {
    expect(fault.status).toBeGreaterThanOrEqual(400);
    expect(fault.status).toBeLessThan(600);
  });

  it('has a phrase as its title and sentences as its remedy', () => {
    expect(fault.title).toMatch(/^[A-Z].*[^.]$/);
    expect(fault.remedy).toMatch(/^[A-Z].*\.$/);
  });

  it('has a Retry-After if and only if its status is 429 or 503', () => {
    expect(fault.retryAfterS !== undefined).toBe(fault.status === 429 || fault.status === 503);
  });
});

describe('the catalogue', () => {
  it('has no title twice', () => {
    const titles = ERROR_CODES.map((code) => ERROR_CATALOG[code].title);
    expect(new Set(titles).size).toBe(titles.length);
  });
});

describe('TallyError', () => {
  it('has a code and a message, and is not replayed unless given so', () => {
    const error = new TallyError('nothing-to-remove', 'no order remains to remove');
    expect(error).toMatchObject({ name: 'TallyError', message: 'no order remains to remove', replayed: false });
    expect(error).not.toHaveProperty('cause');
    expect(new TallyError('nothing-to-remove', '', { replayed: true }).replayed).toBe(true);
  });

  it('keeps its cause, allowed methods and field errors', () => {
    const cause = new Error('disk');
    const errors = [{ pointer: '/changes/0/by', detail: 'must be a whole number' }];
    const error = new TallyError('invalid-request', 'x', { cause, allow: ['GET'], errors });
    expect([error.cause, error.allow, error.errors]).toEqual([cause, ['GET'], errors]);
  });
});
