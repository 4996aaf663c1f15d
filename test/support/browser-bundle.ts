/** Bundles an entry point of the client or the page for the browser, and measures the result. */
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

interface BrowserBundle {
  /** The code that is loaded at once, without the parts that are imported when they are needed. */
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
    splitting: true,
    outdir: 'bundle',
    write: false,
    metafile: true,
  });
  const { outputs } = metafile;
  const loaded = new Set(Object.keys(outputs).filter((path) => outputs[path]?.entryPoint === entry));
  for (const path of loaded) {
    for (const { path: part, kind } of outputs[path]?.imports ?? []) {
      if (kind === 'import-statement' && outputs[part]) loaded.add(part);
    }
  }
  const paths = [...loaded];
  const files = outputFiles.filter((file) => paths.some((path) => file.path.endsWith(path)));
  return {
    text: files.map((file) => file.text).join('\n'),
    gzipBytes: files.reduce((sum, { contents }) => sum + gzipSync(contents).length, 0),
    packageFiles: paths
      .flatMap((path) => Object.keys(outputs[path]?.inputs ?? {}))
      .filter((path) => path.includes('node_modules/')),
    externalImports: paths
      .flatMap((path) => outputs[path]?.imports ?? [])
      .filter(({ external }) => external)
      .map(({ path }) => path),
  };
}
