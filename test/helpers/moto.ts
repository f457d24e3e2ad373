import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './ports.js';
import { pythonTool, pythonToolMissing } from './python-tool.js';
import { until } from './until.js';

const TOOL = { name: 'moto', version: '5.2.3', package: 'moto[server]==5.2.3' };

/** Why the AWS emulator moto cannot be used here, undefined when it can. With FANOPS_NO_SKIP=1 the answer is an error. */
export const motoMissing = (): string | undefined => pythonToolMissing(TOOL);

export interface Moto {
  url: string;
  reset(): Promise<void>;
  stop(): Promise<void>;
}

const image = (id: string, owner: string, name: string, date: string, device: string) => ({
  ami_id: id,
  name,
  owner_id: owner,
  architecture: name.includes('arm64') ? 'arm64' : 'x86_64',
  description: name,
  public: true,
  virtualization_type: 'hvm',
  hypervisor: 'xen',
  image_location: name,
  image_type: 'machine',
  root_device_name: device,
  root_device_type: 'ebs',
  state: 'available',
  sriov: 'simple',
  creation_date: date,
});

/** The images of Debian and Canonical as far as tests look for them. */
const IMAGES = [
  image(
    'ami-0deb12000000000a1',
    '136693071363',
    'debian-12-amd64-20250101-1234',
    '2025-01-01T00:00:00.000Z',
    '/dev/xvda',
  ),
  image(
    'ami-0deb12000000000a2',
    '136693071363',
    'debian-12-amd64-20250601-2345',
    '2025-06-01T00:00:00.000Z',
    '/dev/xvda',
  ),
  image(
    'ami-0deb12000000000b1',
    '136693071363',
    'debian-12-arm64-20250701-2345',
    '2025-07-01T00:00:00.000Z',
    '/dev/xvda',
  ),
  image(
    'ami-0ubu24040000000a1',
    '099720109477',
    'ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-20250601',
    '2025-06-01T00:00:00.000Z',
    '/dev/sda1',
  ),
];

/** Runs moto on a free port of the loopback interface, with its checks of images and key pairs on. */
export async function startMoto(): Promise<Moto> {
  const dir = mkdtempSync(join(tmpdir(), 'moto-'));
  writeFileSync(join(dir, 'amis.json'), JSON.stringify(IMAGES));
  const port = await freePort();
  const child = spawn(
    join(pythonTool(TOOL), 'bin', 'python3'),
    ['-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)],
    {
      stdio: 'ignore',
      env: {
        ...process.env,
        MOTO_ENABLE_AMI_VALIDATION: 'true',
        MOTO_ENABLE_KEYPAIR_VALIDATION: 'true',
        MOTO_AMIS_PATH: join(dir, 'amis.json'),
      },
    },
  );
  const url = `http://127.0.0.1:${port}`;
  await until(
    'moto to answer',
    async () => {
      if (child.exitCode !== null) throw new Error(`moto ended with ${child.exitCode}`);
      return fetch(`${url}/moto-api/data.json`).then(
        (answer) => answer.ok,
        () => false,
      );
    },
    60_000,
  );
  return {
    url,
    reset: async () => {
      await fetch(`${url}/moto-api/reset`, { method: 'POST' });
    },
    stop: async () => {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
