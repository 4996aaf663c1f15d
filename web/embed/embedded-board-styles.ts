/** Styles of `<live-board>`: those of the page, in a shadow root, as a constructed sheet that every policy allows. */
import boardCss from '../board/board.css?inline';
import headerCss from '../app/header.css?inline';
import baseCss from '../style/base.css?inline';
import tokensCss from '../style/tokens.css?inline';
import footCss from '../tile/foot.css?inline';
import sparkCss from '../tile/spark.css?inline';
import tileCss from '../tile/tile.css?inline';

const EMBEDDED_CSS = `
:host { display: block; background: none; }
:host([hidden]) { display: none; }
.embedded { font: var(--weight-text) var(--text-md) / var(--line-md) var(--face); color: var(--ink); }
.freshness { display: flex; gap: var(--space-4); align-items: center; margin-block-end: var(--space-3); }
.freshness p { margin: 0; }
`;

let styles: CSSStyleSheet | undefined;

export function getBoardStyles(): CSSStyleSheet {
  if (!styles) {
    styles = new CSSStyleSheet();
    const sheets = [tokensCss, baseCss, headerCss, boardCss, tileCss, sparkCss, footCss, EMBEDDED_CSS];
    styles.replaceSync(sheets.map(toHostStyles).join('\n'));
  }
  return styles;
}

/** In a shadow root the host stands for the root of the page. Its letters follow the embedding page. */
function toHostStyles(css: string): string {
  return css
    .replaceAll(/:root((?::not\([^)]*\)|\[[^\]]*\])+)/g, ':host($1)')
    .replaceAll(':root', ':host')
    .replaceAll(/\bbody\s*\{/g, '.embedded {')
    .replaceAll(/@font-face\s*\{[^}]*\}/g, '')
    .replaceAll(/\bhtml\s*\{[^}]*\}/g, '');
}
