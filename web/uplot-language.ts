/** Vite plugin that takes the browser's language out of uPlot. */
import type { Plugin } from 'vite';

const ORIGINAL = "new Intl.NumberFormat(domEnv ? nav.language : 'en-US')";

/**
 * uPlot hands `navigator.language` to `Intl` when it is imported, which throws if the language is no BCP 47 tag, such
 * as `en-US@posix` of kiosks and containers. Without an argument, `Intl` uses a language that it knows. The build fails
 * if uPlot no longer has this expression.
 */
export function replaceUplotLanguage(): Plugin {
  return {
    name: 'uplot-language',
    transform(code, id) {
      if (!/\/uplot\/dist\/.*\.js$/.test(id)) return undefined;
      if (!code.includes(ORIGINAL)) this.error(`${id} has changed: check whether it still reads navigator.language`);
      return { code: code.replace(ORIGINAL, 'new Intl.NumberFormat()'), map: null };
    },
  };
}
