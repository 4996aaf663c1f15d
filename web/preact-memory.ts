/**
 * Vite plugin that mends a leak of Preact: a node that was replaced keeps its children. `props.children` of its parent
 * holds the first node of each component for ever, and nodes that several renders share lead from there to every later
 * render: a list of 300 rows grew by 20 MB a minute. (preactjs/preact, number 4909, is open.)
 */
import type { Plugin } from 'vite';

/** End of the function that renders a component again, minified: the old node lets go of its parent and its element. */
const ORIGINAL = 'u.__=u.__e=null';
const REPLACEMENT = 'u.__=u.__e=u.__k=null';

/** The build fails if Preact no longer has the expression. */
export function releaseOldNodes(): Plugin {
  return {
    name: 'preact-memory',
    transform(code, id) {
      if (!/\/preact\/dist\/preact\.m?js$/.test(id)) return undefined;
      if (code.split(ORIGINAL).length !== 2) this.error(`${id} has changed: it has not one ${ORIGINAL}`);
      return { code: code.replace(ORIGINAL, REPLACEMENT), map: null };
    },
  };
}
