/** `embed.js`: the elements that other sites put into their pages. */
export { LiveBoard } from './live-board.js';
export { LiveCounter } from './live-counter.js';
