import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findFleetFile, loadFleet } from '../../../src/fleet/load.js';
import { resolveReference } from '../../../src/fleet/secrets.js';
import { REGISTRY } from '../../helpers/modules.js';

let dir: string;
beforeEach(() => {
  dir = realpathSync(mkdtempSync(join(tmpdir(), 'fanops-fleet-')));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

test('the file is found here, above, by its name, and through a link', async () => {
  const deep = join(dir, 'a', 'b');
  mkdirSync(deep, { recursive: true });
  await expect(findFleetFile(deep)).rejects.toMatchObject({
    code: 'NO_FLEET_FILE',
    exitCode: 2,
    nextSteps: ['fanops init'],
  });
  writeFileSync(join(dir, 'fanops.yaml'), 'fleet: shop\nhosts: {}\n');
  expect(await findFleetFile(deep)).toBe(join(dir, 'fanops.yaml'));
  expect(await findFleetFile(deep, '../other.yaml')).toBe(join(dir, 'a', 'other.yaml'));
  symlinkSync('../../fanops.yaml', join(deep, 'fanops.yaml'));
  expect((await loadFleet(await findFleetFile(deep), REGISTRY)).dir).toBe(dir);
  await expect(loadFleet(join(dir, 'none.yaml'), REGISTRY)).rejects.toMatchObject({ code: 'NO_FLEET_FILE' });
});

const resolve = async (reference: string, env: NodeJS.ProcessEnv = {}) =>
  (await resolveReference(reference, 'services.m1.settings.A', dir, { PATH: process.env.PATH, ...env })).reveal();

test('references to the environment, a file, and what a command prints', async () => {
  writeFileSync(join(dir, 'key'), 'line 1\nline 2\r\n');
  expect(await resolve('env:NAME', { NAME: 'a=b c' })).toBe('a=b c');
  expect(await resolve('file:key')).toBe('line 1\nline 2');
  expect(await resolve(`file:${join(dir, 'key')}`)).toBe('line 1\nline 2');
  expect(await resolve('cmd:printf "%s\\n" "$NAME"; cat key', { NAME: 'x' })).toBe('x\nline 1\nline 2');
});

test.each([
  ['env:NAME', 'env:NAME has no value: the variable NAME is not set.'],
  ['file:none', 'file:none has no value: ENOENT'],
  ['cmd:echo hidden; echo hidden >&2; exit 3', 'has no value: the command failed with 3.'],
])('%s without a value is told, and what a command printed is not', async (reference, message) => {
  const failing = resolve(reference);
  await expect(failing).rejects.toMatchObject({ code: 'SECRET', where: 'services.m1.settings.A', exitCode: 2 });
  await expect(failing).rejects.toThrow(message);
  const error = await failing.catch((raised: unknown) => raised as Error);
  expect(JSON.stringify([(error as Error).message.replace(reference, ''), error])).not.toContain('hidden');
});
