/** Texts of the page in English where something cannot be shown, is refused, or would be lost. */

export const refusals = {
  /** Shown in place of a board. */
  ended: {
    missing: (name: string) => `There is no board named ${name}`,
    mayCreate: 'You may create it now, and count on it at once.',
    askSomebody: 'Check the address, or ask somebody who may create boards.',
    create: 'Create this board',
    elsewhere: 'From a terminal or a program',
    deleted: 'This board has been deleted',
    forbidden: 'Your token may not read this board',
  },
  /** Refusals and failures of the service. */
  problems: {
    signIn: 'The token is missing, or no longer valid: sign in again.',
    forbidden: 'Your token does not allow this.',
    noBoard: 'This board does not exist.',
    noCounter: 'This counter does not exist.',
    changed: 'Somebody else has changed the board: try again.',
    full: 'The limit of the service is reached: delete something first.',
    tooMany: 'Too many requests: try again in a minute.',
    busy: 'The service is busy: try again in a moment.',
    failed: 'The service has failed: try again, or ask whoever runs it.',
    away: 'The service cannot be reached: try again.',
  },
  leave: {
    title: 'Leave without saving?',
    text: 'What you have changed is not saved yet.',
    stay: 'Stay',
    discard: 'Discard',
    save: 'Save',
  },
};
