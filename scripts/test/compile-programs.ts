import { mkdir, mkdtemp } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'esbuild';

const CACHE = '.cache';
const FOLDERS = ['src', 'workers', 'scripts'];
/** What lies beside the code and is read from there. */
const COPIED = ['.css', '.eta', '.html', '.js', '.json', '.svg'];

/**
 * Compiles everything that tests start as processes of its own, each file for itself and under the
 * same path: tsx, which compiles in every process anew, costs more than the process's own start.
 * @returns the folder, inside the project so that packages are found from there; the caller's to remove
 */
export async function compilePrograms(): Promise<string> {
  await mkdir(CACHE, { recursive: true });
  const outdir = path.resolve(await mkdtemp(path.join(CACHE, 'programs-')));
  const extensions = ['.ts', ...COPIED];
  await build({
    entryPoints: FOLDERS.flatMap((folder) => extensions.map((end) => `${folder}/**/*${end}`)),
    outdir,
    outbase: '.',
    platform: 'node',
    format: 'cjs',
    target: `node${process.versions.node}`,
    loader: Object.fromEntries(COPIED.map((extension) => [extension, 'copy'])),
    sourcemap: 'inline',
    sourcesContent: false,
    logLevel: 'error',
  });
  return outdir;
}
