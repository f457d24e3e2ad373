import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { writeInventoryScript } from '../../../../src/operations/inventory/ansible.js';
import { hostContext } from '../../../helpers/host-context.js';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'inventory-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

test('the inventory script is written anew over itself, and never over a file of somebody else', async () => {
  const { ctx, dispose } = hostContext('fleet: f\nhosts: { old: { address: 192.0.2.1, roles: [app] } }\n', {});
  const write = (name: string): Promise<void> =>
    writeInventoryScript(ctx, { file: join(dir, name), program: ['node', 'run.js'] });
  await write('inventory.sh');
  await write('inventory.sh');
  expect(readFileSync(join(dir, 'inventory.sh'), 'utf8')).toContain('exec fanops inventory');
  writeFileSync(join(dir, 'playbook.yaml'), '- hosts: all\n');
  symlinkSync('nowhere', join(dir, 'link'));
  for (const name of ['playbook.yaml', 'link'])
    await expect(write(name)).rejects.toMatchObject({ code: 'NOT_OURS', exitCode: 2 });
  expect(readFileSync(join(dir, 'playbook.yaml'), 'utf8')).toBe('- hosts: all\n');
  await dispose();
});
