import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startOf } from '../src/alive.js';
import { readApplied } from '../src/put.js';
import { tempDir } from './helpers.js';

test.skipIf(startOf(process.pid) === undefined)(
  'a process that has the number of a router before a reboot is not taken for a router that runs',
  async () => {
    const dir = await tempDir();
    const say = (start: string | undefined): Promise<void> => {
      const state = {
        pid: process.pid,
        start,
        at: '',
        listen: { address: '127.0.0.1', port: 1 },
        routes: {},
        errors: {},
      };
      return writeFile(join(dir, 'applied.json'), JSON.stringify(state));
    };
    await say('0a1b2c3d-0000-0000-0000-000000000000:4711');
    expect(await readApplied(dir)).toBeUndefined();
    await say(startOf(process.pid));
    expect(await readApplied(dir)).toMatchObject({ pid: process.pid });
    // Of an earlier version, which did not say it.
    await say(undefined);
    expect(await readApplied(dir)).toMatchObject({ pid: process.pid });
  },
);
