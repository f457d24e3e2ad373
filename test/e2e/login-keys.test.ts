import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { login } from '../../src/remote/bootstrap/base.js';
import { parseLook } from '../../src/remote/bootstrap/task.js';
import { startBareMachine, type BareMachine } from '../helpers/bare-machine.js';
import { dockerMissing } from '../helpers/docker.js';

const missing = dockerMissing();
const key = (name: string): string =>
  `ssh-ed25519 ${Buffer.from(`the public key of ${name}`).toString('base64')} ${name}`;

/** What bootstrap does as root on a machine, on a real one. */
describe.skipIf(missing)('keys that the fleet file lists', () => {
  let machine: BareMachine;
  const asRoot = (argv: string[], input?: string): string => machine.asRoot(argv, input);
  const list = '/home/deploy/.ssh/authorized_keys';
  const names = (): string[] =>
    asRoot(['cat', list])
      .trim()
      .split('\n')
      .map((line) =>
        Buffer.from(line.split(' ')[1] ?? '', 'base64')
          .toString()
          .replace('the public key of ', ''),
      );
  /** The login as an operator has it, with what the file lists. */
  const task = (operator: string, listed: string[]) =>
    login('deploy', [operator, ...listed].map(key), listed.map(key), true);
  const look = (operator: string, listed: string[]): string[] =>
    parseLook(asRoot(task(operator, listed).check)).changes;
  const apply = (operator: string, listed: string[]): void => void asRoot(task(operator, listed).apply);

  beforeAll(async () => {
    machine = await startBareMachine('e2e-keys');
    apply('ada', ['leaver', 'stayer']);
    asRoot(['sh', '-c', `cat >> ${list}`], `${key('somebody')}\n`);
  }, 300_000);
  afterAll(() => (machine as BareMachine | undefined)?.stop(), 120_000);

  test('may log in, once each; a second look finds nothing to do', () => {
    expect(names()).toEqual(['ada', 'leaver', 'stayer', 'somebody']);
    expect(look('ada', ['leaver', 'stayer'])).toEqual([]);
    expect(asRoot(['stat', '-c', '%U %a', list]).trim()).toBe('deploy 600');
  });

  test('another operator adds his own key and takes none away', () => {
    expect(look('bob', ['leaver', 'stayer'])).toEqual([expect.stringContaining('may log in with the key')]);
    apply('bob', ['leaver', 'stayer']);
    expect(names()).toEqual(['ada', 'leaver', 'stayer', 'somebody', 'bob']);
  });

  test('a key that is taken out of the list goes, and no other', () => {
    expect(look('bob', ['stayer'])).toEqual([
      expect.stringContaining('is taken away'),
      'the listed keys are remembered',
    ]);
    apply('bob', ['stayer']);
    expect(names()).toEqual(['ada', 'stayer', 'somebody', 'bob']);
    expect(look('bob', ['stayer'])).toEqual([]);
    expect(asRoot(['stat', '-c', '%U %a', list]).trim()).toBe('deploy 600');
  });

  test('the operator who takes his own key out of the list keeps it', () => {
    apply('bob', ['bob']);
    apply('bob', []);
    expect(names()).toEqual(['ada', 'somebody', 'bob']);
  });

  test('a line with options for the same key is for something else, and stays', () => {
    asRoot(['sh', '-c', `cat >> ${list}`], `command="true" ${key('leaver')}\n`);
    apply('bob', ['stayer']);
    apply('bob', []);
    expect(asRoot(['cat', list])).toContain(`command="true" ${key('leaver')}`);
    asRoot(['sed', '-i', '/command=/d', list]);
  });

  test('on a machine that fanops did not make, a key that was there before it was listed stays', () => {
    const there = (listed: string[]) => login('deploy', listed.map(key), listed.map(key), false);
    const before = names();
    for (const listed of [['somebody', 'newcomer'], []]) {
      asRoot(there(listed).apply);
      expect(parseLook(asRoot(there(listed).check)).changes).toEqual([]);
      expect(names()).toEqual([...before, ...listed.filter((each) => each === 'newcomer')]);
    }
  });

  test('the last key stays, and it is told why', () => {
    asRoot(['sh', '-c', `cat > ${list}`], `${key('only')}\n`);
    asRoot(['sh', '-c', 'cat > /etc/fanops/ssh_keys'], `${key('only').split(' ').slice(0, 2).join(' ')}\n`);
    const { status, stderr } = spawnSync(
      'docker',
      ['exec', machine.container, ...login('deploy', [], [], true).apply],
      { encoding: 'utf8' },
    );
    expect([status, stderr]).toEqual([1, expect.stringContaining('nobody could log in as deploy')]);
    expect(names()).toEqual(['only']);
  });
});
