/** Starts Swagger UI with the document beside this script's page, and completes what assistive technology needs. */

const documentUrl = new URL('../openapi.json', document.currentScript.src).href;
const darkScheme = matchMedia('(prefers-color-scheme: dark)');

/** Swagger UI has dark colours for a class of the document, and leaves the choice to the page. */
function applyScheme() {
  document.documentElement.classList.toggle('dark-mode', darkScheme.matches);
}

/** Swagger UI plugin that replaces or wraps components whose markup WCAG 2.2 or ARIA forbids. */
function completeMarkup({ React }) {
  const { createElement, Fragment } = React;
  /** Puts a component into a landmark, so that everything on the page is in one. */
  const inRegion = (label) => (Original) => (props) =>
    createElement('section', { 'aria-label': label }, createElement(Original, props));
  return {
    wrapComponents: {
      // A link inside of the button that opens the operation. The address follows what is open without it.
      DeepLink: () => (props) => createElement('span', null, props.text),
      // A choice of one, without a label. Its only server is the one that sends the document.
      ServersContainer: () => () => null,
      InfoContainer: inRegion('About'),
      AuthorizeBtnContainer: inRegion('Access'),
      // Tags have headings of the third level, with no second above them.
      operations: (Original) => (props) =>
        createElement(
          Fragment,
          null,
          createElement('h2', { className: 'routes-heading' }, 'Routes'),
          createElement(Original, props),
        ),
    },
  };
}

/** Attributes that elements lack or should not have, by selector. Null removes the attribute. */
const ATTRIBUTES = [
  // As regions, tables would be no tables any more, and have no names.
  ['table[role="region"]', 'role', () => null],
  // The only element that scrolls sideways. The keyboard has to reach it.
  ['pre.microlight', 'tabindex', () => '0'],
  ['tr[data-param-name] select', 'aria-label', (select) => select.closest('tr').dataset.paramName],
  ['.close-modal', 'aria-label', () => 'Close'],
  ['.modal-ux-header h3', 'aria-level', () => '2'],
  ['.modal-ux-content h4', 'aria-level', () => '3'],
  // Names that differ from the visible text.
  ['.modal-btn[aria-label]', 'aria-label', () => null],
];

/** Sets the attributes of what Swagger UI has drawn. It leaves attributes alone that it does not know. */
function completeAttributes() {
  for (const [selector, name, valueOf] of ATTRIBUTES) {
    for (const element of document.querySelectorAll(selector)) {
      const value = valueOf(element);
      if (value === null) element.removeAttribute(name);
      else element.setAttribute(name, value);
    }
  }
}

applyScheme();
darkScheme.addEventListener('change', applyScheme);
new MutationObserver(completeAttributes).observe(document.body, { childList: true, subtree: true });
SwaggerUIBundle({
  url: documentUrl,
  dom_id: '#swagger-ui',
  deepLinking: true,
  displayRequestDuration: true,
  plugins: [completeMarkup],
  // Swagger UI would send the document to swagger.io.
  validatorUrl: null,
});
