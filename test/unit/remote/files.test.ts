import { execFile, execFileSync, spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { keepFile, linkFile, removeTree } from '../../../src/remote/files.js';
import { removeRouterFolder } from '../../../src/remote/own-folder.js';
import { freeReserve, keepReserve } from '../../../src/remote/reserve.js';
import { programMissing } from '../../helpers/missing.js';

const exec = promisify(execFile);
let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'files-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true, maxRetries: 5 }));

/** A shell, and a folder that holds all programs that it finds. */
const SHELLS = ['sh', 'busybox'].filter(
  (name) => name === 'sh' || !programMissing(name, 'the shell pieces are tried under it as well'),
);

describe.for(SHELLS)('under %s', (shell) => {
  let bin = '';
  beforeAll(() => {
    if (shell !== 'busybox') return;
    bin = mkdtempSync(join(tmpdir(), 'busybox-'));
    const busybox = execFileSync('which', ['busybox'], { encoding: 'utf8' }).trim();
    for (const name of execFileSync(busybox, ['--list'], { encoding: 'utf8' }).trim().split('\n'))
      symlinkSync(busybox, join(bin, name));
  });
  afterAll(() => {
    if (bin !== '') rmSync(bin, { recursive: true });
  });

  const run = ([program = '', ...args]: string[]) =>
    exec(bin === '' ? program : join(bin, program), args, { cwd: dir, ...(bin !== '' && { env: { PATH: bin } }) });

  const WRITER =
    'i=0; end=$(($(date +%s) + 2)); while [ "$(date +%s)" -lt "$end" ]; do i=$((i + 1)); mkdir -p "$1/$i" && : > "$1/$i/file"; done';

  /** A program that writes into a folder for two seconds. */
  async function writing(folder: string, work: () => Promise<unknown>): Promise<void> {
    const writer = spawn('sh', ['-c', WRITER, 'writer', folder], { stdio: 'ignore' });
    const ended = new Promise((resolve) => writer.once('close', resolve));
    await work();
    await ended;
  }

  test('a tree is removed although a program that is ending still writes into it', async () => {
    const tree = join(dir, 'tree');
    mkdirSync(tree);
    await writing(tree, () => run(removeTree(tree)));
    await run(removeTree(tree));
    expect(existsSync(tree)).toBe(false);
    await run(removeTree(tree));
  });

  test('so is what fanops has in the folder of the router, and what others have there stays', async () => {
    const router = join(dir, 'fanops/router');
    mkdirSync(join(router, 'logs'), { recursive: true });
    for (const name of ['router.cjs', 'router.json', 'router.json.kept', 'notes.txt'])
      writeFileSync(join(router, name), '');
    await writing(join(router, 'logs'), () => run(removeRouterFolder(['nginx'])));
    await run(removeRouterFolder(['nginx']));
    expect(readdirSync(router)).toEqual(['notes.txt']);
  });

  test('what cannot be removed is an error that says what', async () => {
    await expect(run(removeTree('/proc/self/status'))).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('/proc/self/status') as string,
    });
  }, 15_000);

  test('a file that is kept under a second name is put back by a rename, whatever became of the first', async () => {
    writeFileSync(join(dir, 'now.json'), 'before');
    mkdirSync(join(dir, 'release'));
    await run(keepFile('now.json', 'release/kept.json'));
    await run(keepFile('now.json', 'absent/kept.json'));
    await run(keepFile('absent.json', 'release/other.json'));
    rmSync(join(dir, 'now.json'));
    writeFileSync(join(dir, 'now.json'), 'after');
    await run(keepFile('now.json', 'release/kept.json'));
    await run(linkFile('release/kept.json', 'now.json'));
    expect(readFileSync(join(dir, 'now.json'), 'utf8')).toBe('before');
    expect(statSync(join(dir, 'now.json')).ino).toBe(statSync(join(dir, 'release/kept.json')).ino);
  });

  test('putting a file back that is in its place already changes nothing', async () => {
    writeFileSync(join(dir, 'kept.json'), 'text');
    await run(linkFile('kept.json', 'now.json'));
    await run(linkFile('kept.json', 'now.json'));
    expect(readdirSync(dir).sort()).toEqual(['kept.json', 'now.json']);
    expect(readFileSync(join(dir, 'now.json'), 'utf8')).toBe('text');
  });

  test('room is set aside once, and given away', async () => {
    await run(keepReserve());
    const file = join(dir, 'fanops/reserve');
    const { size, ino } = statSync(file);
    expect(size).toBeGreaterThanOrEqual(1 << 20);
    await run(keepReserve());
    expect(statSync(file).ino).toBe(ino);
    await run(freeReserve());
    await run(freeReserve());
    expect(readdirSync(join(dir, 'fanops'))).toEqual([]);
  });

  test('room that is not there is not set aside, and nothing of the attempt is left', async () => {
    const limited = (argv: string[]) => ['sh', '-c', 'trap "" XFSZ; ulimit -f 1024; exec "$@"', 'limited', ...argv];
    await expect(run(limited(keepReserve()))).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/\w/) as string,
    });
    expect(readdirSync(join(dir, 'fanops'))).toEqual([]);
  });
});
