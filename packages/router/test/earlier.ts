import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundle } from '../bundle.mjs';

const FILES = ['nginx.conf', 'haproxy.cfg'];

/**
 * A stand-in for the router's program of a version before: it has no templates built in, and understands those of another revision only.
 * @returns its path
 */
export async function earlierProgram(dir: string): Promise<string> {
  const program = await bundle(join(dir, 'earlier.cjs'), 'cli', { builtIn: false });
  await revise(program, 'keepAlive: `', 'keepAliveOfBefore: `');
  return program;
}

/** Puts the templates that it understands into a folder, for all engines. */
export async function earlierTemplates(dir: string): Promise<void> {
  for (const engine of ['nginx', 'haproxy'])
    await cp(fileURLToPath(new URL(`../../../templates/${engine}`, import.meta.url)), dir, { recursive: true });
  for (const name of FILES) await revise(join(dir, name), '@{keepAlive}', '@{keepAliveOfBefore}');
}

async function revise(file: string, from: string, to: string): Promise<void> {
  const text = await readFile(file, 'utf8');
  if (!text.includes(from)) throw new Error(`${file} has no ${from}`);
  await writeFile(file, text.replaceAll(from, to));
}
