import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ROOT } from '../helpers/cli.js';
import { startFleet, type TestFleet } from '../helpers/fleet.js';
import { inTerminal, plainText, ptyMissing } from '../helpers/pty.js';

const missing = ptyMissing();
const NARROW = 60;

/** Every command with arguments that print much and change nothing. RUN stands for the id of a run. */
const LINES: Record<string, string[]> = {
  'config show': ['config show', 'config show -e nowhere'],
  deploy: ['deploy m1 --dry-run'],
  'deploy rollback': ['deploy rollback m1 --to 20261121-000000-00000000 --dry-run'],
  docs: ['docs', 'docs nowhere'],
  doctor: ['doctor'],
  exec: ['exec app-1 -- true', 'exec', 'exec nowhere -- true'],
  'host bootstrap': ['host bootstrap app-1 --dry-run', 'host bootstrap nowhere'],
  'host destroy': ['host destroy --all --dry-run'],
  'host list': ['host list'],
  'host provision': ['host provision --all --dry-run', 'host provision app-1 --all'],
  'host restart': ['host restart app-1 --dry-run'],
  'host ssh': ['host ssh nowhere'],
  'host start': ['host start app-1 --dry-run'],
  'host stop': ['host stop app-1 --dry-run'],
  'host sweep': ['host sweep --run nowhere --dry-run'],
  init: ['init --file other.yaml --address nobody@:x --yes'],
  // What machines read is as wide as it is; what people read of these is their errors.
  inventory: ['inventory --host nowhere', 'inventory --list --host app-1'],
  'lock break': ['lock break nobody --yes'],
  'lock show': ['lock show'],
  logs: ['logs nowhere'],
  migrate: [
    'migrate m1 --dry-run',
    'migrate m1 --steps 50,10',
    'migrate nowhere --file /a/folder/that/does/not/exist/fanops.yaml',
  ],
  'migrate finish': ['migrate finish m1 --dry-run'],
  'migrate rollback': ['migrate rollback m1 --dry-run'],
  'migrate status': ['migrate status m1'],
  'prices list': ['prices list'],
  'prices refresh': ['prices refresh --provider aws'],
  'router apply': ['router apply --dry-run'],
  'router show': ['router show'],
  'router weight': ['router weight m1 azure=90 vm=10 --dry-run', 'router weight m1 azure=90'],
  'runs list': ['runs list', 'runs list --limit 0'],
  'runs resume': ['runs resume nowhere'],
  'runs show': ['runs show RUN', 'runs show RUN --events', 'runs show RUN --step apply/start', 'runs show nowhere'],
  'runs undo': ['runs undo nowhere --yes'],
  'ssh-config': ['ssh-config --file nowhere.yaml'],
  status: ['status', 'status --interval 3s', 'status --nonsense'],
  trust: ['trust --dry-run'],
};

const { commands } = JSON.parse(readFileSync(`${ROOT}oclif.manifest.json`, 'utf8')) as {
  commands: Record<string, { examples?: string[] }>;
};
const names = Object.keys(commands)
  .map((id) => id.replaceAll(':', ' '))
  .sort();

/** Lines that are too wide and hold a place to break. */
const tooWide = (text: string): string[] =>
  plainText(text)
    .split('\n')
    .filter((line) => line.length > NARROW && /\S \S/.test(line.trim()));

test('every command has lines here, and examples in its help', () => {
  expect(Object.keys(LINES).sort()).toEqual(names);
  expect(
    Object.entries(commands)
      .filter(([, { examples = [] }]) => examples.length === 0)
      .map(([id]) => id),
  ).toEqual([]);
});

describe.skipIf(missing)(`in a narrow terminal${missing ? ` (${missing})` : ''}`, () => {
  let fleet: TestFleet;
  let run = '';
  beforeAll(async () => {
    fleet = await startFleet();
    run = (await fleet.json<{ runs: { id: string }[] }>('runs', 'list')).runs[0]?.id ?? '';
  });
  afterAll(async () => fleet.stop());
  const shown = async (line: string, env: NodeJS.ProcessEnv = {}): Promise<string> => {
    const terminal = inTerminal(line.replace('RUN', run).split(' '), {
      cwd: fleet.dir,
      env: { ...fleet.env, ...env },
      columns: NARROW,
    });
    await terminal.ended;
    return terminal.raw();
  };

  test.each(['--help', ...names.map((name) => `${name} --help`)])('the help of fanops %s fits', async (line) => {
    expect(tooWide(await shown(line))).toEqual([]);
  });

  test.each(Object.values(LINES).flat())('fanops %s fits, and has no colours where none are wanted', async (line) => {
    const [coloured, without, piped] = await Promise.all([
      shown(line),
      shown(line, { NO_COLOR: '1' }),
      fleet.cli(...line.replace('RUN', run).split(' ')),
    ]);
    expect(tooWide(coloured)).toEqual([]);
    expect(without).not.toContain('\u001b[');
    expect(plainText(without).trim() === '').toBe(plainText(coloured).trim() === '');
    expect(piped.stdout + piped.stderr).not.toContain('\u001b');
    // What is wrong with a command is no fault of fanops.
    expect([0, 1, 2, 3, 5]).toContain(piped.code);
    expect(piped.stderr).not.toContain('fault of fanops');
  });
});
