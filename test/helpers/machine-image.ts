import { execFileSync } from 'node:child_process';
import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';

/** Image with sh, Node, npm and Python: what `node:24-slim` and `python:3.13-slim` are to users. */
export const MACHINE_IMAGE = 'fanops-test-machine:1';

const AUTHORITIES = '/etc/ssl/certs/ca-certificates.crt';
const run = (program: string, ...args: string[]): string => execFileSync(program, args, { encoding: 'utf8' });

/** Files of programs of this machine, and the libraries that they load. */
function put(root: string, file: string, as = file): void {
  const target = join(root, as);
  mkdirSync(dirname(target), { recursive: true });
  if (!existsSync(target)) copyFileSync(realpathSync(file), target);
}

function putProgram(root: string, file: string, as: string): void {
  put(root, file, as);
  for (const [, path = ''] of run('ldd', file).matchAll(/(?:=> )?(\/\S+) \(0x/g)) put(root, path);
}

/** Makes the image from programs of this machine, as no registry of images may be in reach. */
export function makeMachineImage(): void {
  if (run('docker', 'image', 'ls', '--quiet', MACHINE_IMAGE).trim() !== '') return;
  const root = mkdtempSync(join(tmpdir(), 'machine-image-'));
  try {
    putProgram(root, '/usr/bin/busybox', '/bin/busybox');
    for (const applet of run('/usr/bin/busybox', '--list').split('\n').filter(Boolean))
      if (applet !== 'busybox') symlinkSync('busybox', join(root, 'bin', applet));
    mkdirSync(join(root, 'usr/bin'), { recursive: true });
    symlinkSync('/bin/env', join(root, 'usr/bin/env'));
    putProgram(root, process.execPath, '/usr/local/bin/node');
    const npm = join(realpathSync(run('sh', '-c', 'command -v npm').trim()), '../..');
    cpSync(npm, join(root, 'usr/local/lib/node_modules/npm'), { recursive: true });
    symlinkSync('../lib/node_modules/npm/bin/npm-cli.js', join(root, 'usr/local/bin/npm'));
    const python = realpathSync('/usr/bin/python3');
    putProgram(root, python, '/usr/bin/python3');
    const library = run(python, '-c', 'import sysconfig; print(sysconfig.get_paths()["stdlib"])').trim();
    const left = ['test', 'idlelib', 'lib2to3', 'ensurepip', 'site-packages', 'dist-packages', '__pycache__'];
    const filter = (from: string): boolean => !left.includes(basename(from)) && !basename(from).startsWith('config-');
    cpSync(library, join(root, library), { recursive: true, filter });
    if (existsSync(AUTHORITIES)) put(root, AUTHORITIES);
    const settings = join(homedir(), '.npmrc');
    if (existsSync(settings)) put(root, settings, '/etc/npmrc');
    for (const dir of ['tmp', 'etc', 'root', 'var/lib']) mkdirSync(join(root, dir), { recursive: true });
    const env = [
      'PATH=/usr/local/bin:/usr/bin:/bin',
      `NODE_EXTRA_CA_CERTS=${AUTHORITIES}`,
      'NPM_CONFIG_GLOBALCONFIG=/etc/npmrc',
      'HOME=/root',
    ];
    const changes = env.map((each) => `--change 'ENV ${each}'`).join(' ');
    run('sh', '-c', `tar -C '${root}' -c . | docker import ${changes} - ${MACHINE_IMAGE}`);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}
