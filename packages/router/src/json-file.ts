import { rename, writeFile } from 'node:fs/promises';

/** Writes JSON so that a reader sees the old file or the new one, never a part. */
export async function writeJson(file: string, value: unknown): Promise<void> {
  const draft = `${file}.${process.pid}.tmp`;
  await writeFile(draft, `${JSON.stringify(value)}\n`);
  await rename(draft, file);
}
