import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The variable with the folder of all records of trust of a test run. */
export const RECORDS = 'TEST_RECORDS';

/** Makes that folder for the workers of a test run, and removes it when they have ended. */
export default function setup(): () => void {
  const made = mkdtempSync(join(tmpdir(), 'fo-records-'));
  process.env[RECORDS] = made;
  return () => rmSync(made, { recursive: true, force: true, maxRetries: 5 });
}
