/** Vite plugin that writes the manifest of the installable page, and its icons (W3C Web Application Manifest). */
import { readFileSync } from 'node:fs';
import type { Plugin } from 'vite';

const FILE_NAME = 'manifest.webmanifest';
const ICONS = [
  { file: 'icon.svg', sizes: 'any', type: 'image/svg+xml' },
  { file: 'icon-192.png', sizes: '192x192', type: 'image/png' },
  { file: 'icon-512.png', sizes: '512x512', type: 'image/png' },
  { file: 'maskable-512.png', sizes: '512x512', type: 'image/png', purpose: 'maskable' },
];
/** Ground of the light scheme. The document's `theme-color` names that of the scheme in use. */
const GROUND = '#f5f6f8';

/**
 * Emits the icons as hashed files and the manifest, which the service completes with its own name. URLs in a manifest
 * are relative to it. Without an `id`, an installation is identified by its start URL: two boards on one host are two.
 */
export function emitAppManifest(): Plugin {
  const references = new Map<string, string>();
  return {
    name: 'app-manifest',
    buildStart() {
      for (const { file } of ICONS) {
        const source = readFileSync(new URL(`icons/${file}`, import.meta.url));
        references.set(file, this.emitFile({ type: 'asset', name: file, source }));
      }
    },
    generateBundle() {
      const manifest = {
        name: 'Tallyboard',
        short_name: 'Tallyboard',
        description: 'Live counters',
        start_url: './',
        scope: './',
        display: 'standalone',
        background_color: GROUND,
        theme_color: GROUND,
        icons: ICONS.map(({ file, ...icon }) => ({
          src: `./${this.getFileName(references.get(file) ?? '')}`,
          ...icon,
        })),
      };
      this.emitFile({ type: 'asset', fileName: FILE_NAME, source: JSON.stringify(manifest) });
    },
  };
}
