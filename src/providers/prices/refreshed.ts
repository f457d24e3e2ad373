import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { writing } from '../../core/disk-full.js';
import { UserError, messageOf } from '../../core/errors.js';
import { replaceFile } from '../../core/write-file.js';

const FORMAT = 1;

/** A price that was read from the cloud. */
interface ReadPrice {
  vcpu: number;
  memoryMiB: number;
  /** US dollars. */
  hourlyUsd: number;
  source: string;
  /** ISO date. */
  date: string;
}
/** Prices of a region by size. */
export type ReadPrices = Record<string, ReadPrice>;

/**
 * The prices of a region that were read before; none without a file. @throws UserError for a file that is no price
 * book.
 */
export async function readPrices(path: string): Promise<ReadPrices> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
  // Only here: most fleets have no such file, and every list of hosts comes this way.
  const { z } = await import('zod');
  const entry = z.strictObject({
    vcpu: z.number().positive(),
    memoryMiB: z.number().positive(),
    hourlyUsd: z.number().positive(),
    source: z.string(),
    date: z.iso.date(),
  });
  try {
    return z.strictObject({ format: z.literal(FORMAT), sizes: z.record(z.string(), entry) }).parse(JSON.parse(text))
      .sizes;
  } catch (error) {
    const why = error instanceof z.ZodError ? z.prettifyError(error) : messageOf(error);
    throw new UserError('The price book cannot be read.', {
      where: path,
      hint: `Write it anew: fanops prices refresh. ${why.split('\n')[0]}`,
      cause: error,
    });
  }
}

/** Writes the prices of a region in one step. */
export async function writePrices(path: string, sizes: ReadPrices): Promise<void> {
  await writing(path, () => mkdir(dirname(path), { recursive: true }));
  await replaceFile(path, `${JSON.stringify({ format: FORMAT, sizes }, undefined, 1)}\n`);
}
