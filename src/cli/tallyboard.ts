#!/usr/bin/env node
/** Entry point of the command `tallyboard`. */
import { runCommandLine } from './program.js';

process.exitCode = await runCommandLine(process.argv.slice(2), process.env);
