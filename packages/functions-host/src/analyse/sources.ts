import { existsSync, readFileSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { glob } from 'tinyglobby';
import { asObject, parseJsonWithComments } from '../config/json.js';

export interface SourceFile {
  /** Relative to the app root. */
  path: string;
  lines: string[];
}

const largest = 2_000_000;

const neverRead = [
  '**/node_modules/**',
  '**/.git/**',
  '**/*.d.ts',
  '**/*.{test,spec}.*',
  '**/{test,tests,__tests__}/**',
];

/**
 * The app's own sources: no node_modules, no built files beside TypeScript, no tests, no declaration files, nothing
 * over 2 MB.
 */
export async function readSources(root: string): Promise<SourceFile[]> {
  const ignore = [...neverRead, ...builtFolder(root)];
  const paths = (
    await glob('**/*.{js,mjs,cjs,ts,mts,cts}', { cwd: root, ignore, dot: false, followSymbolicLinks: false })
  ).sort();
  const files: SourceFile[] = [];
  for (const path of paths) {
    const info = await stat(join(root, path));
    if (!info.isFile() || info.size > largest) continue;
    files.push({ path, lines: (await readFile(join(root, path), 'utf8')).split(/\r?\n/) });
  }
  return files;
}

/** What the TypeScript build makes says nothing that its sources do not say. */
function builtFolder(root: string): string[] {
  const file = join(root, 'tsconfig.json');
  if (!existsSync(file)) return [];
  try {
    const outDir = asObject(asObject(parseJsonWithComments(readFileSync(file, 'utf8')))?.compilerOptions)?.outDir;
    return typeof outDir === 'string' && posix.normalize(outDir) !== '.'
      ? [`${posix.normalize(outDir).replace(/\/$/, '')}/**`]
      : [];
  } catch {
    return []; // the compiler says what is wrong with it
  }
}

export interface EnvRead {
  name: string;
  file: string;
  line: number;
  hasFallback: boolean;
}

/**
 * Reads of `process.env.NAME`, `process.env['NAME']` and `const { NAME } = process.env`. Comment lines do not count.
 */
export function findEnvReads(files: SourceFile[]): EnvRead[] {
  return files.flatMap(({ path, lines }) =>
    lines.flatMap((text, index) => {
      if (/^\s*(\/\/|\*|\/\*)/.test(text)) return [];
      const place = { file: path, line: index + 1 };
      const reads: EnvRead[] = [];
      for (const match of text.matchAll(
        /process\.env(?:\?)?(?:\.([A-Za-z_]\w*)|(?:\.)?\[\s*(['"`])([^'"`$]+)\2\s*\])(.{0,12})/g,
      )) {
        const after = match[4] ?? '';
        if (/^\s*=(?!=)/.test(after)) continue; // a write
        reads.push({ name: (match[1] ?? match[3])!, ...place, hasFallback: /^\s*!?\)?\s*(\?\?|\|\|)/.test(after) });
      }
      for (const name of destructured(text)) reads.push({ ...name, ...place });
      return reads;
    }),
  );
}

function destructured(text: string): { name: string; hasFallback: boolean }[] {
  const inner = /\{([^{}]*)\}\s*=\s*process\.env\b(?!\s*[.[])/.exec(text)?.[1];
  if (!inner) return [];
  return inner.split(',').flatMap((item) => {
    const name = /^\s*([A-Za-z_]\w*)/.exec(item)?.[1];
    return name ? [{ name, hasFallback: item.includes('=') }] : [];
  });
}
