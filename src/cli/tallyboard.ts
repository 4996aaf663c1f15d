#!/usr/bin/env node
/** The command `tallyboard`: starts the service, watches and changes the counters of a running one, copies an embedded store. */
import { runCommandLine } from './program.js';

process.exitCode = await runCommandLine(process.argv.slice(2), process.env);
