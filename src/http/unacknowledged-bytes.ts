/** Reads how much of the sent data the peers of TCP connections have not acknowledged, where the system tells. */
import { createReadStream } from 'node:fs';
import type { Socket } from 'node:net';

/** The kernel's tables of TCP sockets in the network of this process. Linux only. */
const TABLES = ['/proc/net/tcp', '/proc/net/tcp6'];
/** A row of a table: slot, local address and port, remote address and port, state, `tx_queue`. Hex but for the slot. */
const ROW = /^ *\d+: [\dA-F]+:([\dA-F]{4}) [\dA-F]+:([\dA-F]{4}) [\dA-F]{2} ([\dA-F]{8}):/gm;

/** Bytes that the kernel holds until the peer acknowledges them, by connection. */
export type UnacknowledgedBytes = ReadonlyMap<Socket, number>;

/**
 * Reads the tables piece by piece, because they have 3 MB for 20,000 connections. A connection is missing from the
 * result if the system has no such tables (macOS), if no descriptor is left to read them, or if the kernel moved its
 * row during the read. A connection is identified by its two ports. If several connections have the same ports, the
 * result for each of them is the sum, so that progress of one counts as progress of all.
 * @param sockets the connections to look for
 */
export async function readUnacknowledgedBytes(sockets: readonly Socket[]): Promise<UnacknowledgedBytes> {
  const bytesByPorts = new Map<number, number>();
  const wanted = new Set(sockets.map(toPortKey));
  for (const table of TABLES) {
    try {
      let partialRow = '';
      for await (const chunk of createReadStream(table, 'latin1')) {
        const text = partialRow + String(chunk);
        const end = text.lastIndexOf('\n') + 1;
        partialRow = text.slice(end);
        addRows(text.slice(0, end), wanted, bytesByPorts);
      }
    } catch {
      // A table that cannot be read leaves connections out, and the caller waits longer for those.
    }
  }
  const found = new Map<Socket, number>();
  for (const socket of sockets) {
    const bytes = bytesByPorts.get(toPortKey(socket));
    if (bytes !== undefined) found.set(socket, bytes);
  }
  return found;
}

function addRows(rows: string, wanted: ReadonlySet<number>, bytesByPorts: Map<number, number>): void {
  for (const [, localPort = '', remotePort = '', bytes = ''] of rows.matchAll(ROW)) {
    const key = joinPorts(parseInt(localPort, 16), parseInt(remotePort, 16));
    if (wanted.has(key)) bytesByPorts.set(key, (bytesByPorts.get(key) ?? 0) + parseInt(bytes, 16));
  }
}

/** Returns NaN, which no row has, for a socket that is closed. */
function toPortKey({ localPort = NaN, remotePort = NaN }: Socket): number {
  return joinPorts(localPort, remotePort);
}

function joinPorts(localPort: number, remotePort: number): number {
  return localPort * 65_536 + remotePort;
}
