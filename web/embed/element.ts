/** Creates DOM elements from nodes and text, never from strings of markup. */

type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

/**
 * Creates an element. The value `true` sets an attribute without a value; `false` and `undefined` omit it.
 * @param children nodes or text
 */
export function createElement<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Attributes = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[Name] {
  const created = document.createElement(name);
  setAttributes(created, attributes);
  created.append(...children);
  return created;
}

const SVG_NAMESPACE = 'http://www.w3.org/2000/svg';

export function createSvgElement<Name extends keyof SVGElementTagNameMap>(
  name: Name,
  attributes: Attributes = {},
  ...children: readonly Node[]
): SVGElementTagNameMap[Name] {
  const created = document.createElementNS(SVG_NAMESPACE, name);
  setAttributes(created, attributes);
  created.append(...children);
  return created;
}

/** Sets the text if it differs, to avoid needless layout and announcements. */
export function setText(node: Element, text: string): void {
  if (node.textContent !== text) node.textContent = text;
}

export function setAttributes(node: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) node.removeAttribute(name);
    else if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value === true ? '' : String(value));
  }
}
