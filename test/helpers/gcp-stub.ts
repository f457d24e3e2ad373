/**
 * STUB of ours in front of the emulator gcplocal, for what that lacks or has wrong: states of machines (stop, start, reset), public addresses of
 * machines, setMetadata with its fingerprint, a name that exists already (409), request ids (a change with the id of an earlier one does nothing), filters of lists, static addresses, images, machine types. What passes through
 * to the emulator: insert, get, list and delete of machines, firewall rules, operations. None of this was compared with the real cloud.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

type Json = Record<string, unknown>;
interface Machine extends Json {
  name: string;
  labels?: Record<string, string>;
  networkInterfaces: {
    networkIP?: string;
    name?: string;
    accessConfigs?: { name: string; type: string; natIP?: string }[];
  }[];
}
interface Address extends Json {
  name: string;
  address: string;
  users: string[];
}
interface Overlay {
  status: string;
  metadata?: { fingerprint: string; items: unknown[] };
  natIP?: string;
  networkIP: string;
}

const DONE = { kind: 'compute#operation', status: 'DONE', progress: 100 };
const problem = (code: number, reason: string, message: string): [number, Json] => [
  code,
  { error: { code, message, errors: [{ domain: 'global', reason, message }] } },
];
/** Processors and memory of machine types. */
const TYPES: Readonly<Record<string, { guestCpus: number; memoryMb: number; [more: string]: unknown }>> = {
  'e2-micro': { guestCpus: 2, memoryMb: 1024 },
  'e2-small': { guestCpus: 2, memoryMb: 2048 },
  'n2-standard-2': { guestCpus: 2, memoryMb: 8192 },
  'g2-standard-4': {
    guestCpus: 4,
    memoryMb: 16384,
    accelerators: [{ guestAcceleratorType: 'nvidia-l4', guestAcceleratorCount: 1 }],
  },
  'c3-standard-4-lssd': { guestCpus: 4, memoryMb: 16384, bundledLocalSsds: { partitionCount: 1 } },
  'custom-2-4096': { guestCpus: 2, memoryMb: 4096 },
};
const ofInstance = /\/zones\/([^/]+)\/instances\/([^/]+)$/;

/** Starts it on a free port of the loopback interface. */
export async function startGcpStub(
  emulator: string,
): Promise<{ url: string; acts: string[]; left(): Promise<string[]>; stop(): Promise<void> }> {
  const overlays = new Map<string, Overlay>();
  const addresses = new Map<string, Address>();
  /** What was done to machines, in order: `reset app-1`. */
  const acts: string[] = [];
  const answered = new Map<string, [number, Json]>();
  let last = 10;
  const nextIp = (net: string): string => `${net}.${(last += 1)}`;

  const pass = async (method: string, path: string, body: string): Promise<[number, Json]> => {
    const answer = await fetch(new URL(path, emulator), {
      method,
      headers: { 'content-type': 'application/json', authorization: 'Bearer stub' },
      ...(body ? { body } : {}),
    });
    return [answer.status, (await answer.json()) as Json];
  };
  const shown = (machine: Machine, zone: string): Machine => {
    const overlay = overlays.get(`${zone}/${machine.name}`);
    if (!overlay) return machine;
    const { accessConfigs } = machine.networkInterfaces[0] ?? {};
    const config = accessConfigs?.[0] ?? { name: 'External NAT', type: 'ONE_TO_ONE_NAT' };
    return {
      ...machine,
      status: overlay.status,
      metadata: overlay.metadata ?? { fingerprint: 'first', ...(machine.metadata as Json) },
      selfLink: `https://www.googleapis.com/compute/v1/projects/p/zones/${zone}/instances/${machine.name}`,
      networkInterfaces: [
        {
          name: 'nic0',
          networkIP: overlay.networkIP,
          accessConfigs: overlay.natIP ? [{ ...config, natIP: overlay.natIP }] : [],
        },
      ],
    };
  };
  const matches = (labels: Record<string, string> | undefined, filter: string | null): boolean =>
    (filter ?? '')
      .split(' AND ')
      .filter(Boolean)
      .every((each) => {
        const [, key = '', value = ''] = /^labels\.([^=]+)=(.*)$/.exec(each) ?? [];
        return labels?.[key] === value;
      });

  const instanceAction = (
    method: string,
    zone: string,
    name: string,
    action: string,
    query: URLSearchParams,
    body: Json,
  ): [number, Json] => {
    const key = `${zone}/${name}`;
    const overlay = overlays.get(key);
    if (!overlay) return problem(404, 'notFound', `${name} was not found`);
    if (method !== 'POST') return problem(405, 'invalid', 'POST only');
    acts.push(`${action} ${name}`);
    if (action === 'stop') Object.assign(overlay, { status: 'TERMINATED' });
    if (action === 'start' || action === 'reset') Object.assign(overlay, { status: 'RUNNING' });
    if (action === 'setMetadata') {
      if (body.fingerprint !== (overlay.metadata?.fingerprint ?? 'first'))
        return problem(412, 'conditionNotMet', 'Labels fingerprint either invalid or resource labels have changed');
      overlay.metadata = { fingerprint: `f${Math.random()}`, items: body.items as unknown[] };
    }
    if (action === 'addAccessConfig') {
      if (overlay.natIP) return problem(400, 'invalid', 'At most one access config currently supported.');
      overlay.natIP = String(body.natIP);
      for (const address of addresses.values())
        if (address.address === overlay.natIP) address.users = [`https://x/projects/p/zones/${zone}/instances/${name}`];
    }
    if (action === 'deleteAccessConfig') {
      if (!overlay.natIP)
        return problem(400, 'invalid', `Access config ${query.get('accessConfig') ?? ''} does not exist.`);
      for (const address of addresses.values()) if (address.address === overlay.natIP) address.users = [];
      overlay.natIP = undefined;
    }
    return [200, { ...DONE, name: `op-${query.get('requestId') ?? Math.random()}`, zone }];
  };

  const addressCall = (
    method: string,
    region: string,
    name: string | undefined,
    query: URLSearchParams,
    body: Json,
  ): [number, Json] => {
    const key = `${region}/${name ?? String(body.name)}`;
    if (method === 'POST') {
      if (addresses.has(key)) return problem(409, 'alreadyExists', `${String(body.name)} already exists`);
      addresses.set(key, {
        ...body,
        name: String(body.name),
        address: nextIp('203.0.113'),
        status: 'RESERVED',
        users: [],
      });
      return [200, { ...DONE, name: 'op-address', region: 'r' }];
    }
    if (name === undefined)
      return [
        200,
        {
          kind: 'compute#addressList',
          items: [...addresses]
            .filter(([at]) => at.startsWith(`${region}/`))
            .map(([, each]) => each)
            .filter((each) => matches(each.labels as Record<string, string>, query.get('filter'))),
        },
      ];
    const found = addresses.get(key);
    if (!found) return problem(404, 'notFound', `${name} was not found`);
    if (method === 'DELETE') addresses.delete(key);
    return [200, method === 'DELETE' ? { ...DONE, name: 'op-address', region: 'r' } : found];
  };

  const route = async (method: string, url: URL, text: string): Promise<[number, Json]> => {
    const path = url.pathname;
    const body = text ? (JSON.parse(text) as Json) : {};
    const family = /\/projects\/([^/]+)\/global\/images\/family\/([^/]+)$/.exec(path);
    if (family)
      return [
        200,
        {
          name: `${family[2]}-v20250601`,
          selfLink: `https://x/compute/v1/projects/${family[1]}/global/images/${family[2]}-v20250601`,
          creationTimestamp: '2025-06-01T00:00:00.000-00:00',
        },
      ];
    const image = /\/projects\/([^/]+)\/global\/images\/([^/]+)$/.exec(path);
    if (image)
      return image[2]?.endsWith('-v20250601')
        ? [200, { name: image[2], selfLink: `https://x/compute/v1/projects/${image[1]}/global/images/${image[2]}` }]
        : problem(404, 'notFound', 'no such image');
    const [, zone = '', type] = /\/zones\/([^/]+)\/machineTypes\/([^/]+)$/.exec(path) ?? [];
    if (type !== undefined && !/^[a-z]+-[a-z]+\d+-[a-z]$/.test(zone))
      return problem(400, 'invalid', `Invalid value for field 'zone': '${zone}'. Unknown zone.`);
    if (type !== undefined)
      return TYPES[type]
        ? [200, { name: type, ...TYPES[type] }]
        : problem(404, 'notFound', `The resource ${type} was not found`);
    const address = /\/regions\/([^/]+)\/addresses(?:\/([^/]+))?$/.exec(path);
    if (address) return addressCall(method, address[1] ?? '', address[2], url.searchParams, body);
    const action = /\/zones\/([^/]+)\/instances\/([^/]+)\/([a-zA-Z]+)$/.exec(path);
    if (action)
      return instanceAction(method, action[1] ?? '', action[2] ?? '', action[3] ?? '', url.searchParams, body);
    const collection = /\/zones\/([^/]+)\/instances$/.exec(path);
    if (collection && method === 'POST') {
      const key = `${collection[1]}/${String(body.name)}`;
      if (overlays.has(key)) return problem(409, 'alreadyExists', `The resource ${String(body.name)} already exists`);
      overlays.set(key, { status: 'RUNNING', natIP: nextIp('198.51.100'), networkIP: nextIp('10.128.0') });
      return pass(method, path, text);
    }
    if (collection) {
      const [status, list] = await pass(
        method,
        `${path}?${new URLSearchParams([...url.searchParams].filter(([name]) => name !== 'filter'))}`,
        '',
      );
      const items = ((list.items ?? []) as Machine[])
        .filter((each) => matches(each.labels, url.searchParams.get('filter')))
        .map((each) => shown(each, collection[1] ?? ''));
      return [status, { ...list, items }];
    }
    const one = ofInstance.exec(path);
    const firewall = /\/global\/firewalls$/.test(path) && method === 'POST';
    if (firewall && (await pass('GET', `${path}/${String(body.name)}`, ''))[0] === 200)
      return problem(409, 'alreadyExists', `${String(body.name)} already exists`);
    const [status, answer] = await pass(method, path + url.search, text);
    if (one && status === 404) return problem(404, 'notFound', 'not found');
    if (one && method === 'DELETE') overlays.delete(`${one[1]}/${one[2]}`);
    return [status, one && method === 'GET' ? shown(answer as Machine, one[1] ?? '') : answer];
  };

  const server = createServer((req: IncomingMessage, res: ServerResponse) => {
    const answer = async (): Promise<void> => {
      const chunks: Buffer[] = [];
      for await (const chunk of req) chunks.push(chunk as Buffer);
      const url = new URL(req.url ?? '/', 'http://stub');
      const key = requestKey(req.method ?? 'GET', url);
      const known = key === undefined ? undefined : answered.get(key);
      const [status, body] = known ?? (await route(req.method ?? 'GET', url, Buffer.concat(chunks).toString('utf8')));
      if (key !== undefined && status === 200) answered.set(key, [status, body]);
      res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    answer().catch((error: unknown) =>
      res
        .writeHead(500, { 'content-type': 'application/json' })
        .end(JSON.stringify({ error: { code: 500, message: String(error) } })),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    acts,
    left: async () => {
      const firewalls = (await pass('GET', '/compute/v1/projects/contract/global/firewalls', ''))[1];
      return [
        ...overlays.keys(),
        ...addresses.keys(),
        ...((firewalls.items ?? []) as { name: string }[]).map((each) => each.name),
      ].sort();
    },
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** By what a change is known again; undefined for a look, and for an insert, whose name is refused a second time. */
function requestKey(method: string, { pathname, searchParams }: URL): string | undefined {
  const id = searchParams.get('requestId');
  return id === null || method === 'GET' || (method === 'POST' && /\/(instances|firewalls|addresses)$/.test(pathname))
    ? undefined
    : `${method} ${pathname} ${id}`;
}
