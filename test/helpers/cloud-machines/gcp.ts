import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startFaultProxy, type Seen } from '../fault-proxy/index.js';
import { startGcpStub } from '../gcp-stub.js';
import { serviceAccount } from '../gcp.js';
import { startGcplocal } from '../gcplocal.js';
import { bringToLife, type Cloud } from './cloud.js';
import type { Booting } from './machines.js';

const PROJECT = 'contract';
const ZONE = 'us-central1-a';

interface Machine {
  id: string;
  name: string;
  status: string;
  metadata?: { items?: { key: string; value: string }[] };
  networkInterfaces: { accessConfigs?: { natIP?: string }[] }[];
}

/** gcplocal behind its stub, with machines that live. */
export async function gcpCloud(): Promise<Cloud> {
  const dir = mkdtempSync(join(tmpdir(), 'gcp-cloud-'));
  const emulator = await startGcplocal();
  const stub = await startGcpStub(emulator.url);
  const proxy = await startFaultProxy(stub.url);
  const items = async <T>(from: string, what: string): Promise<T[]> =>
    (
      (await (
        await fetch(`${from}/compute/v1/projects/${PROJECT}/${what}`, { headers: { authorization: 'Bearer test' } })
      ).json()) as { items?: T[] }
    ).items ?? [];
  const booting = async (): Promise<Booting[]> =>
    (await items<Machine>(stub.url, `zones/${ZONE}/instances`)).map(
      ({ id, name, status, metadata, networkInterfaces: [card] }) => ({
        id: String(id),
        name,
        on: status === 'RUNNING',
        address: card?.accessConfigs?.[0]?.natIP ?? '',
        userData: metadata?.items?.find(({ key }) => key === 'user-data')?.value ?? '',
      }),
    );
  const made = new Set<string>();
  const changes = ({ method, path }: Seen): string | undefined => {
    if (method === 'GET') return undefined;
    const [, kind = '', action = ''] =
      /\/(?:global|zones\/[^/]+|regions\/[^/]+)\/([^/?]+)(?:\/[^/?]+(\/[^/?]+)?)?/.exec(path) ?? [];
    return `${method} ${kind}${action}`;
  };
  const living = await bringToLife(
    'gcp',
    proxy,
    (request) => changes(request) !== undefined,
    async () => {
      const machines = await booting();
      for (const { id } of machines) made.add(id);
      return machines;
    },
  );
  return {
    name: 'gcp',
    providers: { gcp: { project: PROJECT, zone: ZONE, endpoint: proxy.url } },
    env: { GOOGLE_APPLICATION_CREDENTIALS: serviceAccount(dir) },
    proxy,
    changes,
    snapshot: async () => {
      const kinds = [
        'global/firewalls',
        'global/networks',
        `zones/${ZONE}/instances`,
        `zones/${ZONE}/disks`,
        'regions/us-central1/subnetworks',
      ];
      return {
        stub: await stub.left(),
        emulator: Object.fromEntries(
          await Promise.all(kinds.map(async (kind) => [kind, await items(emulator.url, kind)] as const)),
        ),
      };
    },
    count: async () => ({ now: (await booting()).length, made: made.size }),
    stop: async () => {
      await living.stop();
      await proxy.stop();
      await stub.stop();
      await emulator.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
