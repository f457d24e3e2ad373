import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const folder = join(import.meta.dirname, '../../../../src/providers/aws');
const read = (name: string): string => readFileSync(join(folder, name), 'utf8');

/** Which client a name belongs to, by the one file that takes names from the SDKs: `ec2` of `EC2Client`. */
const CLIENTS = new Map(
  [...read('clients.ts').matchAll(/export \{([^}]*)\} from '@aws-sdk\/client-([a-z0-9]+)'/g)].flatMap(
    ([, names = '', client = '']) => names.split(',').map((name) => [name.trim(), client] as const),
  ),
);

/** `ec2:RunInstances` for each call that a file makes. */
function actionsIn(source: string): string[] {
  const calls = [...source.matchAll(/\bnew (([A-Z]\w+)Command)\(|\b(paginate([A-Z]\w+))\(/g)];
  return calls.map(([, command, action, pages, listed]) => {
    const client = CLIENTS.get(command ?? pages ?? '');
    expect(client, `clients.ts has no ${command ?? pages}`).toBeDefined();
    return `${client}:${action ?? listed}`;
  });
}

test('the documented rights are those of the calls that the sources make', () => {
  const called = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .flatMap((name) => actionsIn(read(name)));
  const hosts = readFileSync(join(folder, '../../../docs/hosts.md'), 'utf8');
  const block = /aws-rights:start -->\s*```text\n([\s\S]*?)```/.exec(hosts)?.[1] ?? '';
  expect(called.length).toBeGreaterThan(20);
  expect(block.trim().split(/\s+/).sort()).toEqual([...new Set(called)].sort());
});
