/**
 * STUB of ours of nodejs.org and deb.nodesource.com: a release of Node as a tarball with its sums, and a signed repository of Debian packages with the same
 * Node; both hold the Node and the npm that this test runs on. Over https with a certificate that only the machine of the test trusts.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { once } from 'node:events';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const MIRROR_HOSTS = ['nodejs.org', 'deb.nodesource.com'];

export interface NodeMirror {
  /** The authority to trust, PEM. */
  authority: string;
  /** Paths and what is answered there; to be changed by tests. */
  files: Map<string, Buffer>;
  /** Fingerprint of the key that signs the repository. */
  signer: string;
  /** A signed index of the repository by another key than the one that is told. */
  wrongRelease: Buffer;
  asked: string[];
  stop(): Promise<void>;
}

const version = process.versions.node;
const tarArch = process.arch;
const debArch = execFileSync('dpkg', ['--print-architecture'], { encoding: 'utf8' }).trim();
const sha256 = (data: Buffer): string => createHash('sha256').update(data).digest('hex');

/** Starts it at port 443 of an address of this machine. */
export async function startNodeMirror(address: string): Promise<NodeMirror> {
  const dir = mkdtempSync(join(tmpdir(), 'node-mirror-'));
  const files = new Map<string, Buffer>();
  const root = join(dir, `node-v${version}-linux-${tarArch}`);
  mkdirSync(join(root, 'bin'), { recursive: true });
  copyFileSync(process.execPath, join(root, 'bin/node'));
  chmodSync(join(root, 'bin/node'), 0o755);
  cpSync(
    join(execFileSync('npm', ['root', '-g'], { encoding: 'utf8' }).trim(), 'npm'),
    join(root, 'lib/node_modules/npm'),
    { recursive: true },
  );
  addTarball(files, dir);
  const { signer: fingerprint, wrongRelease } = addRepository(files, dir, root);
  const { key, cert, authority } = certificates(dir);
  const asked: string[] = [];
  const server = createServer({ key, cert }, (req, res) => {
    const at = `${req.headers.host}${req.url}`;
    asked.push(at);
    const file = files.get(at);
    res.writeHead(file ? 200 : 404).end(file);
  });
  server.listen(443, address);
  await once(server, 'listening');
  return {
    authority,
    files,
    signer: fingerprint,
    wrongRelease,
    asked,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

function addTarball(files: Map<string, Buffer>, dir: string): void {
  const name = `node-v${version}-linux-${tarArch}`;
  execFileSync('tar', ['--use-compress-program=gzip -1', '-cf', join(dir, 'node.tar.gz'), '-C', dir, name]);
  const tarball = readFileSync(join(dir, 'node.tar.gz'));
  const at = `nodejs.org/dist/latest-v24.x`;
  files.set(`${at}/${name}.tar.gz`, tarball);
  files.set(
    `${at}/SHASUMS256.txt`,
    Buffer.from(`${'0'.repeat(64)}  node-v${version}-linux-other.tar.gz\n${sha256(tarball)}  ${name}.tar.gz\n`),
  );
}

/** Format: https://wiki.debian.org/DebianRepository/Format */
function addRepository(
  files: Map<string, Buffer>,
  dir: string,
  root: string,
): { signer: string; wrongRelease: Buffer } {
  const tree = join(dir, 'deb');
  mkdirSync(join(tree, 'DEBIAN'), { recursive: true });
  mkdirSync(join(tree, 'usr/bin'), { recursive: true });
  copyFileSync(join(root, 'bin/node'), join(tree, 'usr/bin/node'));
  cpSync(join(root, 'lib/node_modules/npm'), join(tree, 'usr/lib/node_modules/npm'), { recursive: true });
  writeFileSync(join(tree, 'usr/bin/npm'), '#!/bin/sh\nexec node /usr/lib/node_modules/npm/bin/npm-cli.js "$@"\n', {
    mode: 0o755,
  });
  const control = `Package: nodejs\nVersion: ${version}-1nodesource1\nArchitecture: ${debArch}\nMaintainer: test <test@example.invalid>\nDescription: Node of the test\n`;
  writeFileSync(join(tree, 'DEBIAN/control'), control);
  const deb = join(dir, 'nodejs.deb');
  execFileSync('dpkg-deb', ['--root-owner-group', '-Zgzip', '-z1', '--build', tree, deb], { stdio: 'ignore' });
  const at = 'deb.nodesource.com/node_24.x';
  const packages = Buffer.from(
    `${control}Filename: pool/nodejs.deb\nSize: ${statSync(deb).size}\nSHA256: ${sha256(readFileSync(deb))}\n`,
  );
  const release = join(dir, 'Release');
  writeFileSync(
    release,
    `Origin: test\nSuite: nodistro\nCodename: nodistro\nArchitectures: ${debArch}\nComponents: main\nDate: ${new Date().toUTCString()}\nSHA256:\n ${sha256(packages)} ${packages.length} main/binary-${debArch}/Packages\n`,
  );
  const [own, other] = [signer(dir, 'own'), signer(dir, 'other')];
  files.set(`${at}/pool/nodejs.deb`, readFileSync(deb));
  files.set(`${at}/dists/nodistro/main/binary-${debArch}/Packages`, packages);
  files.set(`${at}/dists/nodistro/InRelease`, own.sign(release));
  files.set('deb.nodesource.com/gpgkey/nodesource-repo.gpg.key', own.key);
  return { signer: own.fingerprint, wrongRelease: other.sign(release) };
}

function signer(dir: string, name: string): { key: Buffer; fingerprint: string; sign(file: string): Buffer } {
  const home = join(dir, `gpg-${name}`);
  mkdirSync(home, { mode: 0o700 });
  const gpg = (...args: string[]): Buffer =>
    execFileSync(
      'gpg',
      ['--homedir', home, '--batch', '--quiet', '--pinentry-mode', 'loopback', '--passphrase', '', ...args],
      { stdio: ['ignore', 'pipe', 'ignore'] },
    );
  gpg('--quick-generate-key', `${name}@example.invalid`, 'rsa2048', 'sign', '1d');
  const fingerprint = /^fpr:+([0-9A-F]{40}):/m.exec(gpg('--with-colons', '--list-keys').toString())?.[1] ?? '';
  return { key: gpg('--armor', '--export'), fingerprint, sign: (file) => gpg('--clearsign', '--output', '-', file) };
}

function certificates(dir: string): { key: string; cert: string; authority: string } {
  const at = (name: string): string => join(dir, name);
  const openssl = (...args: string[]): unknown => execFileSync('openssl', args, { stdio: 'ignore' });
  const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  openssl('req', '-x509', ...ec, '-subj', '/CN=authority of a test', '-keyout', at('ca.key'), '-out', at('ca.pem'));
  openssl(
    'req',
    ...ec.slice(0, 4),
    '-nodes',
    '-subj',
    '/CN=nodejs.org',
    '-keyout',
    at('server.key'),
    '-out',
    at('server.csr'),
  );
  writeFileSync(at('names'), `subjectAltName=${MIRROR_HOSTS.map((host) => `DNS:${host}`).join(',')}\n`);
  openssl(
    'x509',
    '-req',
    '-in',
    at('server.csr'),
    '-CA',
    at('ca.pem'),
    '-CAkey',
    at('ca.key'),
    '-CAcreateserial',
    '-days',
    '2',
    '-extfile',
    at('names'),
    '-out',
    at('server.pem'),
  );
  return {
    key: readFileSync(at('server.key'), 'utf8'),
    cert: readFileSync(at('server.pem'), 'utf8'),
    authority: readFileSync(at('ca.pem'), 'utf8'),
  };
}
