/** Adds the texts of the editor to the English ones. Every part that needs them imports this module. */
import { en } from './en.js';
import { editor } from './en-editor.js';

Object.assign(en.editor, editor);
