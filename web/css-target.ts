/** Browsers whose CSS the build writes: the first with light-dark(), which it would write out for older ones. */
export const CSS_TARGET = ['chrome123', 'firefox125', 'safari17.5'];
