/** Licences of the packages that ship with the service. */
import { readProjectFile } from '../support/markdown.js';

interface Package {
  readonly version?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
  /** True for a package of this repository. */
  readonly link?: boolean;
  readonly license?: string;
  /** Legacy form of `license`. */
  readonly licenses?: readonly { readonly type: string }[];
}

/** Licences that require no more than to ship their text and notices, which packages contain. */
const ALLOWED = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  'MIT',
  'Python-2.0',
]);

/** Packages without license metadata whose licence text has been read. */
const VERIFIED_LICENCES: Readonly<Record<string, string>> = { 'color-convert@0.5.3': 'MIT' };

const { packages } = JSON.parse(readProjectFile('package-lock.json')) as {
  readonly packages: Readonly<Record<string, Package>>;
};
const shipped = Object.entries(packages).filter(([path, { dev, link }]) => path !== '' && !dev && !link);

/** Returns the licences of a package, any of which may be chosen: from the lock file, else from its package.json. */
function parseLicences(path: string, { version, license }: Package): readonly string[] {
  const expression =
    license ?? VERIFIED_LICENCES[`${path.replace(/^.*node_modules\//, '')}@${version}`] ?? readLegacyLicences(path);
  return expression.replace(/^\(|\)$/g, '').split(' OR ');
}

function readLegacyLicences(path: string): string {
  const { licenses } = JSON.parse(readProjectFile(`${path}/package.json`)) as Package;
  return licenses?.map(({ type }) => type).join(' OR ') ?? 'none';
}

describe('a package that ships with the service', () => {
  it('has a licence that allows it', () => {
    expect(shipped.length).toBeGreaterThan(100);
    const disallowed = shipped
      .map(([path, found]) => ({ path, licences: parseLicences(path, found) }))
      .filter(({ licences }) => !licences.some((licence) => ALLOWED.has(licence)));
    expect(disallowed).toEqual([]);
  });

  it('has the version whose licence text was read', () => {
    const shippedVersions = shipped.map(([path, { version }]) => `${path.replace(/^.*node_modules\//, '')}@${version}`);
    expect(shippedVersions).toEqual(expect.arrayContaining(Object.keys(VERIFIED_LICENCES)));
  });
});
