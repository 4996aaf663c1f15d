/** Bundles an entry point of the client or the page for the browser, and measures the result. */
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

interface BrowserBundle {
  readonly text: string;
  /** Size after gzip, in bytes. */
  readonly gzipBytes: number;
  /** Bundled files that come from `node_modules`. */
  readonly packageFiles: readonly string[];
  /** Modules that the bundle still imports. */
  readonly externalImports: readonly string[];
}

export async function bundleForBrowser(entry: string): Promise<BrowserBundle> {
  const { outputFiles, metafile } = await build({
    entryPoints: [entry],
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    platform: 'browser',
    // What is imported only when it is needed is a file of its own.
    splitting: true,
    outdir: 'bundle',
    write: false,
    metafile: true,
  });
  const [entryPath, entryOutput] =
    Object.entries(metafile.outputs).find(([, { entryPoint }]) => entryPoint === entry) ?? [];
  const contents = outputFiles.find(({ path }) => entryPath && path.endsWith(entryPath))?.contents ?? new Uint8Array();
  return {
    text: new TextDecoder().decode(contents),
    gzipBytes: gzipSync(contents).length,
    packageFiles: Object.keys(entryOutput?.inputs ?? {}).filter((path) => path.includes('node_modules/')),
    externalImports: Object.values(metafile.outputs).flatMap(({ imports }) => imports.map(({ path }) => path)),
  };
}
