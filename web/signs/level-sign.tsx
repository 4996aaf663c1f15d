/** Signs of the levels: the form tells the level, colour only repeats it. Words stand beside them. */
import type { JSX } from 'preact';
import type { Level } from '../../src/client/client.js';

const DRAWINGS: Readonly<Record<Level, JSX.Element>> = {
  good: (
    <>
      <circle cx="8" cy="8" r="7" />
      <path d="m4.75 8.25 2.25 2.25 4.25-4.75" class="cut" />
    </>
  ),
  warn: (
    <>
      <path d="M8 1.25 15.25 14H.75z" stroke-linejoin="round" />
      <path d="M8 6v3.5M8 11.9v.1" class="cut" />
    </>
  ),
  bad: (
    <>
      <path d="M8 .5 15.5 8 8 15.5.5 8z" stroke-linejoin="round" />
      <path d="M8 4.5v4M8 11.2v.1" class="cut" />
    </>
  ),
};

export function LevelSign({ level }: { readonly level: Level }): JSX.Element {
  return (
    <svg class="sign" viewBox="0 0 16 16" aria-hidden="true" fill="currentColor" stroke="currentColor">
      {DRAWINGS[level]}
    </svg>
  );
}
