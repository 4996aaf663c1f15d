/** Parses and encodes WebSocket frames (RFC 6455, 5.2). Parsing allocates nothing: load clients read a million. */

/** A smaller length fits into the second byte; 126 announces a length field of 2 bytes, and 127 one of 8 bytes. */
const LENGTH_16_BIT = 126;
const MASK_BIT = 0x80;

/**
 * Returns the header size of the server frame that begins at `from`: 2, 4 or 10 bytes.
 * @throws Error if it is masked
 */
export function countHeaderBytes(chunk: Buffer, from: number): number {
  const length = chunk[from + 1] ?? 0;
  if (length < LENGTH_16_BIT) return 2;
  if (length >= MASK_BIT) throw new Error('the server sent a masked frame');
  return length === LENGTH_16_BIT ? 4 : 10;
}

/** Returns the end of the frame that begins at `from`, or -1 if the frame is incomplete at `end`. */
export function findFrameEnd(chunk: Buffer, from: number, end: number): number {
  if (end - from < 2) return -1;
  const length = chunk[from + 1] ?? 0;
  const frameEnd = length < LENGTH_16_BIT ? from + 2 + length : findLongFrameEnd(chunk, from, end);
  return frameEnd > end ? -1 : frameEnd;
}

function findLongFrameEnd(chunk: Buffer, from: number, end: number): number {
  const headerBytes = countHeaderBytes(chunk, from);
  if (end - from < headerBytes) return -1;
  const payloadBytes = headerBytes === 4 ? chunk.readUInt16BE(from + 2) : Number(chunk.readBigUInt64BE(from + 2));
  return from + headerBytes + payloadBytes;
}

/** Encodes a client frame, masked with zeros; payloads up to 65,535 bytes. @param firstByte FIN, RSV bits and opcode */
export function encodeClientFrame(firstByte: number, payload: Buffer | string = ''): Buffer {
  const bytes = Buffer.from(payload);
  const length =
    bytes.length < LENGTH_16_BIT
      ? [MASK_BIT | bytes.length]
      : [MASK_BIT | LENGTH_16_BIT, Math.floor(bytes.length / 256), bytes.length % 256];
  return Buffer.concat([Buffer.from([firstByte, ...length, 0, 0, 0, 0]), bytes]);
}
