import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { claimFolder, fleetFolder } from '../../../../src/providers/local/fleet-folder.js';
import { localProvider } from '../../../../src/providers/local/index.js';
import { writeJson } from '../../../../src/providers/local/record.js';

let dir: string;
let root: string;
beforeEach(() => {
  dir = realpathSync(mkdtempSync(join(tmpdir(), 'folders-')));
  process.env.HOME = dir;
  root = join(dir, '.fanops', 'local');
  for (const name of ['one', 'two']) mkdirSync(join(dir, name));
});
const { HOME } = process.env;
afterEach(() => {
  process.env.HOME = HOME;
  rmSync(dir, { recursive: true });
});

const fleetAt = (name: string, config: { root?: string } = {}) =>
  localProvider({ config, dir: join(dir, name) } as Parameters<typeof localProvider>[0]);
const record = {
  name: 'app-1',
  fleet: 'shop',
  roles: ['app'],
  runId: 'r',
  port: 1,
  user: 'u',
  createdAt: '2026-01-01T00:00:00.000Z',
};
const make = (folder: string): void => {
  mkdirSync(join(root, folder, 'app-1'), { recursive: true });
  writeJson(join(root, folder, 'app-1', 'host.json'), record);
  writeFileSync(join(root, folder, 'app-1', 'ssh_host_ed25519_key.pub'), 'ssh-ed25519 AAAA');
};

test('two fleets of one name in different folders have folders of their own and find only their own hosts', async () => {
  const [one, two] = [join(dir, 'one'), join(dir, 'two')];
  expect(fleetFolder(root, 'shop', one)).toBe('shop');
  claimFolder(join(root, 'shop'), one);
  const other = fleetFolder(root, 'shop', two);
  expect(other).toMatch(/^shop@[0-9a-f]{8}$/);
  claimFolder(join(root, other), two);
  expect([fleetFolder(root, 'shop', one), fleetFolder(root, 'shop', two)]).toEqual(['shop', other]);
  mkdirSync(join(root, 'shop', 'app-1'), { recursive: true });
  writeJson(join(root, 'shop', 'app-1', 'host.json'), record);
  expect(await fleetAt('two').instances?.find('shop', 'app-1')).toBeUndefined();
  expect(await fleetAt('two').instances?.list('shop')).toEqual({ items: [], failed: [] });
});

test('clones of a fleet whose file names the folder of local hosts share them', async () => {
  claimFolder(join(root, 'shop'), join(dir, 'one'));
  make('shop');
  expect((await fleetAt('two', { root }).instances?.find('shop', 'app-1'))?.name).toBe('app-1');
  expect(await fleetAt('two').instances?.find('shop', 'app-1')).toBeUndefined();
});

test('hosts of an older fanops are found as before, and those of a fleet that was moved go with it', () => {
  make('shop');
  claimFolder(join(root, 'shop'), join(dir, 'one'));
  expect(fleetFolder(root, 'shop', join(dir, 'one'))).toBe('shop');
  expect(fleetFolder(root, 'shop', join(dir, 'two'))).toBe('shop');
  claimFolder(join(root, 'other'), join(dir, 'one'));
  rmSync(join(dir, 'one'), { recursive: true });
  expect(fleetFolder(root, 'other', join(dir, 'two'))).toBe('other');
});

test.each(['with space', "quote's", 'dollar$', 'colon:', 'semi;'])(
  'a folder for local hosts that programs would take apart is refused at once: %s',
  (name) => {
    const setup = { config: { root: join(dir, name) }, dir } as Parameters<typeof localProvider>[0];
    expect(() => localProvider(setup)).toThrow(
      expect.objectContaining({
        code: 'BAD_PATH',
        message: expect.stringContaining(join(dir, name)) as string,
      }) as Error,
    );
  },
);
