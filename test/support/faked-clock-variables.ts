/** Lets a process run at the time of kept data. */

/** Returns variables of a process that believes that it starts a minute after a time, so that nothing has expired. */
export function createClockVariables(timeMs: number): Record<string, string> {
  const code = `const now=Date.now,offset=${timeMs + 60_000 - Date.now()};Date.now=()=>now()+offset`;
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(code)}` };
}
