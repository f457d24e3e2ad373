import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Desired } from '../src/desired.js';
import { putRoute } from '../src/put.js';
import { tempDir } from './helpers.js';

const placements = [{ name: 'vm', url: 'http://127.0.0.1:1', weight: 100 }];
const route = (change: object): object => ({ service: 'm1', version: 1, path: '/api/flow', placements, ...change });

async function routerWith(present: object): Promise<string> {
  const dir = await tempDir();
  await mkdir(join(dir, 'routes'));
  await writeFile(join(dir, 'router.json'), JSON.stringify({ listen: { address: '127.0.0.1', port: 0 } }));
  await writeFile(join(dir, 'routes/m1.json'), JSON.stringify(present));
  return dir;
}

const put = (dir: string, wanted: object) => putRoute(dir, 'm1', JSON.stringify(wanted), { mode: 'force' });
const inFile = async (dir: string): Promise<unknown> => JSON.parse(await readFile(join(dir, 'routes/m1.json'), 'utf8'));

test('a route under the number of an unnamed lock gives way to one that names its lock, and then numbers of that lock count', async () => {
  const dir = await routerWith(route({ fence: 50 }));
  const desired = new Desired(dir);
  await desired.read();
  await put(dir, route({ fence: 3, lock: 'service-m1' }));
  expect(await inFile(dir)).toMatchObject({ fence: 3, lock: 'service-m1', version: 2 });
  expect(await desired.read()).toMatchObject({ errors: {}, state: { routes: [{ fence: 3, version: 2 }] } });
  await expect(put(dir, route({ fence: 2, lock: 'service-m1' }))).rejects.toThrow(
    'fence 2 is lower than the present 3',
  );
  await expect(put(dir, route({ fence: 2 }))).rejects.toThrow('fence 2 is lower than the present 3');
  await put(dir, route({ fence: 4, lock: 'service-m1' }));
  expect(await inFile(dir)).toMatchObject({ fence: 4, version: 3 });
});
