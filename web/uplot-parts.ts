/** Vite plugin that takes out of uPlot what the page does not use, and the browser's language. */
import type { Plugin } from 'vite';

/**
 * Expressions of uPlot, and what stands in their place. The minifier then removes what is no longer reached: a third of
 * the library.
 */
const REPLACEMENTS: readonly (readonly [original: string, replacement: string])[] = [
  // uPlot hands the language to `Intl` when it is imported, which throws if it is no BCP 47 tag, such as `en-US@posix`
  // of kiosks and containers. Without an argument, `Intl` uses a language that it knows.
  ["new Intl.NumberFormat(domEnv ? nav.language : 'en-US')", 'new Intl.NumberFormat()'],
  // Legend, cursor and what follows the pointer are the page's own.
  ['const showLegend = legend.show;', 'const showLegend = false;'],
  ['const showCursor =                cursor.show;', 'const showCursor = false;'],
  ['if (legend.live) {', 'if (showLegend) {'],
  ['if (legend.show && legend.live && shouldSetLegend) {', 'if (showLegend) {'],
  ['self.setLegend = setLegend;', ''],
  ['self.setCursor = (opts, _fire, _pub) =>', 'const setCursor = (opts, _fire, _pub) =>'],
  ['events.mousedown = mouseDown;', ''],
  ['events.mousemove = mouseMove;', ''],
  ['events.mouseup = mouseUp;', ''],
  ['events.dblclick = dblClick;', ''],
  // Marks and texts of the axes come from the page, in the dashboard's zone and the reader's language.
  ['let isTime = sc.time;', 'const isTime = false;'],
  ['let isTime = mode == 1 && scales[s.scale].time;', 'const isTime = false;'],
  ['const [ timeIncrsMs, _timeAxisStampsMs, timeAxisSplitsMs ] = genTimeStuffs(1);', ''],
  ['const [ timeIncrsS,  _timeAxisStampsS,  timeAxisSplitsS  ] = genTimeStuffs(1e-3);', ''],
  ['const _timeAxisSplits = (ms == 1 ? timeAxisSplitsMs(_tzDate) : timeAxisSplitsS(_tzDate));', ''],
  [
    'const _timeAxisVals   = timeAxisVals(_tzDate, timeAxisStamps((ms == 1 ? _timeAxisStampsMs : _timeAxisStampsS), _fmtDate));',
    '',
  ],
  ['const _timeSeriesVal  = timeSeriesVal(_tzDate, timeSeriesStamp(_timeSeriesStamp, _fmtDate));', ''],
  ['const _fmtDate = (opts.fmtDate || fmtDate);', ''],
  ['uPlot.fmtDate = fmtDate;', ''],
  ['uPlot.tzDate  = tzDate;', ''],
  // Lines are straight or stepped, and bars are as wide as their periods.
  ['(paths.bars    = bars);', ''],
  ['(paths.spline  = monotoneCubic);', ''],
];

/** The build fails if uPlot no longer has one of the expressions. */
export function trimUplot(): Plugin {
  return {
    name: 'uplot-parts',
    transform(code, id) {
      if (!/\/uplot\/dist\/.*\.js$/.test(id)) return undefined;
      let trimmed = code;
      for (const [original, replacement] of REPLACEMENTS) {
        if (!code.includes(original)) this.error(`${id} has changed: it has no ${original}`);
        trimmed = trimmed.replaceAll(original, replacement);
      }
      return { code: trimmed, map: null };
    },
  };
}
