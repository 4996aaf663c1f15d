/** Reads the body of a hook request as it was sent: signatures cover its bytes. */
import type { IncomingMessage } from 'node:http';
import { TallyError } from '../counters/errors.js';
import type { BodyBudget } from './body-budget.js';

/** A body that is held. Its room has to be given back once nothing refers to it. */
export interface HeldBody {
  readonly bytes: Buffer;
  readonly release: () => void;
}

/**
 * Reads a body once the budget has room for it. Nothing is read before.
 * @param timeoutMs longest wait for the room, and longest time to arrive, milliseconds
 * @throws TallyError `body-too-large`, `overloaded`, `request-timeout`, or `invalid-request` if the client leaves
 */
export async function readRawBody(
  request: IncomingMessage,
  { maxBytes, timeoutMs, budget }: { maxBytes: number; timeoutMs: number; budget: BodyBudget },
): Promise<HeldBody> {
  const { 'content-length': length, 'transfer-encoding': encoding } = request.headers;
  if (length === undefined && encoding === undefined) return { bytes: Buffer.alloc(0), release: () => undefined };
  const heldBytes = length === undefined ? maxBytes : Number(length);
  if (heldBytes > maxBytes) throw createSizeError(maxBytes);
  if (!budget.tryTake(heldBytes)) await waitForRoom(request, heldBytes, budget, timeoutMs);
  const release = (): void => budget.give(heldBytes);
  try {
    return { bytes: await collect(request, maxBytes, timeoutMs), release };
  } catch (error) {
    release();
    throw error;
  }
}

function createSizeError(maxBytes: number): TallyError {
  return new TallyError('body-too-large', `the body must be at most ${maxBytes} bytes`);
}

function createLeftError(): TallyError {
  return new TallyError('invalid-request', 'the connection was closed before the body had arrived');
}

function waitForRoom(request: IncomingMessage, bytes: number, budget: BodyBudget, timeoutMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = budget.wait(bytes, () => {
      end();
      resolve();
    });
    const fail = (error: TallyError): void => {
      end();
      stop();
      reject(error);
    };
    const onClose = (): void => fail(createLeftError());
    const timer = setTimeout(() => {
      const detail = `other bodies have taken the memory for more than ${timeoutMs / 1_000} s`;
      fail(new TallyError('overloaded', detail));
    }, timeoutMs);
    const end = (): void => {
      clearTimeout(timer);
      request.off('close', onClose);
    };
    request.once('close', onClose);
  });
}

function collect(request: IncomingMessage, maxBytes: number, timeoutMs: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const finish = (settle: () => void): void => {
      clearTimeout(timer);
      request.off('data', onData).off('end', onEnd).off('close', onClose);
      settle();
    };
    const fail = (error: TallyError): void => finish(() => reject(error));
    const onData = (chunk: Buffer): void => {
      chunks.push(chunk);
      size += chunk.length;
      if (size > maxBytes) fail(createSizeError(maxBytes));
    };
    const onEnd = (): void =>
      finish(() => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)));
    const onClose = (): void => fail(createLeftError());
    const timer = setTimeout(() => {
      fail(new TallyError('request-timeout', `the body took longer than ${timeoutMs / 1_000} s to arrive`));
    }, timeoutMs);
    request.on('data', onData).once('end', onEnd).once('close', onClose);
  });
}
