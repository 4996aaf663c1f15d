#!/usr/bin/env node
/** Entry point of the command `tallyboard`. */
const args = process.argv.slice(2);

// The service handles signals before it imports anything that takes time: nothing is imported before it here either.
if (args.length === 0 || args.join(' ') === 'start') {
  await import('../main.js');
} else {
  const { runCommandLine } = await import('./program.js');
  process.exitCode = await runCommandLine(args, process.env);
}
