/** The close codes of the live protocol. Shared by server and client. */

/** Why a connection was closed, and whether to come back. */
export const CLOSE_CODES = {
  goingAway: { code: 1001, reason: 'going away', reconnect: true },
  flood: { code: 1008, reason: 'too many messages', reconnect: false },
  messageTooLarge: { code: 1009, reason: 'message too large', reconnect: false },
  restarting: { code: 1012, reason: 'restarting', reconnect: true },
  overloaded: { code: 1013, reason: 'overloaded', reconnect: true },
  tokenInvalid: { code: 4401, reason: 'token no longer valid', reconnect: false },
  gone: { code: 4404, reason: 'dashboard gone', reconnect: false },
  noPong: { code: 4408, reason: 'no pong in time', reconnect: true },
} as const;

export type CloseCode = (typeof CLOSE_CODES)[keyof typeof CLOSE_CODES];
