import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { UserError, messageOf } from '../../core/errors.js';

const FORMAT = 1;
const entry = z.strictObject({ vcpu: z.number().positive(), memoryMiB: z.number().positive(), hourlyUsd: z.number().positive(), source: z.string(), date: z.iso.date() });
const file = z.strictObject({ format: z.literal(FORMAT), regions: z.record(z.string(), z.record(z.string(), entry)) });

/** A price that was read from the cloud. */
export type ReadPrice = z.infer<typeof entry>;
/** Prices by region and size. */
export type ReadPrices = Record<string, Record<string, ReadPrice>>;

/** The prices that were read before; none without a file. @throws UserError for a file that is no price book. */
export async function readPrices(path: string): Promise<ReadPrices> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
  try {
    return file.parse(JSON.parse(text)).regions;
  } catch (error) {
    throw new UserError('The price book cannot be read.', { where: path, hint: `Write it anew: fanops prices refresh. ${messageOf(error).split('\n')[0]}`, cause: error });
  }
}

/** Writes the book in one step. */
export async function writePrices(path: string, regions: ReadPrices): Promise<void> {
  const draft = `${path}.${process.pid}.new`;
  await mkdir(dirname(path), { recursive: true });
  try {
    await writeFile(draft, `${JSON.stringify({ format: FORMAT, regions }, undefined, 1)}\n`);
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}
