import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { keySecrets, keysFrom, readKeys } from '../../src/config/keys.js';
import { privateFileWarning } from '../../src/config/private-file.js';
import { keysWithoutFunction } from '../../src/config/start-notices.js';
import { matchesAny } from '../../src/http/auth.js';
import { tempDir } from '../helpers/host.js';

const printed = {
  functionKeys: { default: 'host-1', second: 'host-2' },
  masterKey: 'master-1',
  systemKeys: { durable: 'system-1' },
  functions: { MyFn: { default: 'own-1' }, empty: { none: '' } },
};

it('[3.4-15] keys keep their names and kinds, several at once', () => {
  const { master, host, system, functions } = keysFrom(printed);
  const plain = (keys: { name: string; value: string }[] | undefined): unknown =>
    keys?.map(({ name, value }) => [name, value]);
  expect([
    plain(master),
    plain(host),
    plain(system),
    plain(functions.get('myfn')),
    plain(functions.get('empty')),
  ]).toEqual([
    [['_master', 'master-1']],
    [
      ['default', 'host-1'],
      ['second', 'host-2'],
    ],
    [['durable', 'system-1']],
    [['default', 'own-1']],
    [],
  ]);
  expect(matchesAny('host-2', host)).toBe(true);
  expect([matchesAny('host-', host), matchesAny('host-22', host), matchesAny('', host), matchesAny('x', [])]).toEqual([
    false,
    false,
    false,
    false,
  ]);
});

it('values can be taken out of the log, and keys of no function are noticed', () => {
  const keys = keysFrom(printed);
  expect(keySecrets(keys)).toMatchObject({ 'key _master': 'master-1', 'key default of myfn': 'own-1' });
  expect(keysWithoutFunction(keys, [{ name: 'MYFN' }])).toEqual([expect.stringContaining('"empty"')]);
});

it.each([
  ['[]', 'no JSON object'],
  ['{ "default": "only-a-key" }', 'none of its members is known'],
  ['{ "masterKey": 5 }', 'masterKey must be a text'],
  ['{ "functionKeys": ["a"] }', 'functionKeys must be an object'],
  ['{ "functions": { "f": { "k": 1 } } }', 'functions.f: the key "k"'],
  ['{ "masterKey": "planted-value" ', 'no valid JSON'],
])('the keys file %s is refused, without a key in the message', async (text, message) => {
  const file = join(tempDir(), 'keys.json');
  writeFileSync(file, text);
  const error = await readKeys(file).then(
    () => new Error('it was taken'),
    (thrown: Error) => thrown,
  );
  expect(error.message).toContain(`--keys ${file}`);
  expect(error.message).toContain(message);
  expect(error.message).not.toMatch(/planted-value|only-a-key/);
});

it('[3.4-15] a file with secrets is for its owner alone: others who read it are warned of, others who write it refused', async () => {
  const file = join(tempDir(), 'keys.json');
  writeFileSync(file, '{}');
  const withMode = (mode: number): Promise<string | undefined> => {
    chmodSync(file, mode);
    return privateFileWarning('--keys', file);
  };
  expect(await withMode(0o600)).toBeUndefined();
  expect(await withMode(0o640)).toContain(`chmod 600 ${file}`);
  await expect(withMode(0o606)).rejects.toThrow('can be changed by everyone');
});
