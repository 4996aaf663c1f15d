/** Adds the texts of rules to the English ones. Every part that needs them imports this module. */
import { en } from './en.js';
import { rules } from './en-rules.js';

Object.assign(en.rules, rules);
