/** The close codes of the live protocol. Shared by server and client. */

/**
 * WebSocket close codes, their reasons, and whether the client should reconnect. Codes below 4000 are those of RFC 6455
 * and the IANA registry.
 */
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
