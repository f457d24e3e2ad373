import { member, type Section } from '../config/section.js';
import { StartError } from '../core/errors.js';

export interface BlobOptions {
  /** Runs of blob functions at once in one process. */
  maxDegreeOfParallelism: number;
  /** Tries of one version of a blob before its message goes to the poison queue. */
  poisonBlobThreshold: number;
}

/** `extensions.blobs` of host.json. Throws StartError. */
export function blobOptions(blobs: Section): BlobOptions {
  const number = (key: string, fallback: number): number => {
    const value = Number(member(blobs, key) ?? fallback);
    if (!Number.isInteger(value) || value < 1)
      throw new StartError(`host.json: extensions.blobs.${key} must be a whole number from 1 up.`);
    return value;
  };
  return {
    maxDegreeOfParallelism: number('maxDegreeOfParallelism', 8),
    poisonBlobThreshold: number('poisonBlobThreshold', 5),
  };
}
