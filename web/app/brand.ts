/** Name and logo of the board, which the service writes into the document at its start. */

export interface Brand {
  /** BRAND_NAME, or the name of the product. */
  readonly name: string;
  /** Address of the BRAND_LOGO_FILE. Undefined without one. */
  readonly logo: URL | undefined;
}

/** Reads the brand. The accent needs no reading: a style sheet of the document sets it. */
export function readBrand({ head, baseURI }: Document): Brand {
  const readMeta = (name: string) => head.querySelector<HTMLMetaElement>(`meta[name="${name}"]`)?.content;
  const logo = readMeta('tallyboard-logo');
  return { name: readMeta('application-name') ?? '', logo: logo === undefined ? undefined : new URL(logo, baseURI) };
}
