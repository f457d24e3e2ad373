import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '../../../..');

/** `ec2:RunInstances` for each call that a file makes; a file uses one client. */
function actionsIn(source: string): string[] {
  const clients = new Set([...source.matchAll(/@aws-sdk\/client-([a-z0-9]+)/g)].map(([, client]) => client));
  const calls = [...source.matchAll(/\bnew ([A-Z]\w+)Command\(|\bpaginate([A-Z]\w+)\(/g)].map(
    ([, command, pages]) => command ?? pages ?? '',
  );
  if (calls.length > 0) expect([...clients]).toHaveLength(1);
  return calls.map((call) => `${[...clients][0]}:${call}`);
}

test('the documented rights are those of the calls that the sources make', () => {
  const folder = join(root, 'src/providers/aws');
  const called = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .flatMap((name) => actionsIn(readFileSync(join(folder, name), 'utf8')));
  const block =
    /aws-rights:start -->\s*```text\n([\s\S]*?)```/.exec(readFileSync(join(root, 'docs/hosts.md'), 'utf8'))?.[1] ?? '';
  expect(called.length).toBeGreaterThan(20);
  expect(block.trim().split(/\s+/).sort()).toEqual([...new Set(called)].sort());
});
