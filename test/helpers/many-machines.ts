import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateSecurityGroupCommand, EC2Client, RunInstancesCommand } from '@aws-sdk/client-ec2';
import { startAzure } from './azure.js';
import { serviceAccount } from './gcp.js';
import { startGcpStub } from './gcp-stub.js';
import { gcplocalMissing, startGcplocal } from './gcplocal.js';
import { motoMissing, startMoto } from './moto.js';

const FLEET = 'many';
const SUBSCRIPTION = '00000000-0000-4000-8000-000000000001';
const AT_ONCE = 8;

export interface ManyMachines {
  /** Folder with the fleet file that names them all. */
  dir: string;
  /** Where the three emulators are, and the logins to them. */
  env: Record<string, string>;
  stop(): Promise<void>;
}

/** Why the emulators cannot be used here; undefined when they can. */
export const manyMissing = (): string | undefined => motoMissing() ?? gcplocalMissing();

const names = (cloud: string, count: number): string[] =>
  Array.from({ length: count }, (_, at) => `${cloud}-${at + 1}`);
const tagsOf = (host: string): Record<string, string> => ({
  'fanops-fleet': FLEET,
  'fanops-host': host,
  'fanops-run': 'run-1',
  'fanops-roles': 'app',
});

/** moto, Azure's stub and gcplocal behind its stub, with so many machines of one fleet in each, and the fleet file that names them. */
export async function startManyMachines(count: number): Promise<ManyMachines> {
  const dir = mkdtempSync(join(tmpdir(), 'many-'));
  const [aws, azure, gcp] = [await manyInAws(count), await manyInAzure(count), await manyInGcp(count)];
  writeFileSync(
    join(dir, 'fanops.yaml'),
    JSON.stringify({
      fleet: FLEET,
      sshFrom: ['203.0.113.0/24'],
      providers: {
        aws: { region: 'us-east-1', endpoint: aws.url },
        azure: { subscription: SUBSCRIPTION, location: 'eastus', endpoint: azure.url },
        gcp: { project: 'contract', zone: 'us-central1-a', endpoint: gcp.url },
      },
      hosts: Object.fromEntries(
        ['aws', 'azure', 'gcp'].flatMap((provider) =>
          names(provider, count).map((name) => [name, { provider, roles: ['app'] }]),
        ),
      ),
    }),
  );
  return {
    dir,
    env: {
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_REGION: 'us-east-1',
      ...azure.env,
      GOOGLE_APPLICATION_CREDENTIALS: serviceAccount(dir),
      BENCH_AWS: aws.url,
      BENCH_AZURE: azure.url,
      BENCH_GCP: gcp.url,
    },
    stop: async () => {
      for (const each of [aws, azure, gcp]) await each.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** Calls for each name, some at once. */
async function each(list: readonly string[], call: (name: string, at: number) => Promise<unknown>): Promise<void> {
  const left = list.map((name, at) => ({ name, at }));
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (let next = left.shift(); next; next = left.shift()) await call(next.name, next.at);
    }),
  );
}

async function manyInAws(count: number): Promise<{ url: string; stop(): Promise<void> }> {
  const { url, stop } = await startMoto();
  const client = new EC2Client({
    region: 'us-east-1',
    endpoint: url,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  await each(names('aws', count), async (name) => {
    const Tags = Object.entries(tagsOf(name)).map(([Key, Value]) => ({ Key, Value }));
    await client.send(
      new CreateSecurityGroupCommand({
        GroupName: `fanops-${FLEET}-${name}`,
        Description: name,
        TagSpecifications: [{ ResourceType: 'security-group', Tags }],
      }),
    );
    await client.send(
      new RunInstancesCommand({
        ImageId: 'ami-0deb12000000000a2',
        InstanceType: 't3.micro',
        MinCount: 1,
        MaxCount: 1,
        TagSpecifications: [{ ResourceType: 'instance', Tags }],
      }),
    );
  });
  client.destroy();
  return { url, stop };
}

async function manyInAzure(
  count: number,
): Promise<{ url: string; env: Record<string, string>; stop(): Promise<void> }> {
  const azure = await startAzure();
  const group = `/subscriptions/${SUBSCRIPTION}/resourceGroups/fanops-${FLEET}`;
  const at = (type: string, name: string): string => `${group}/providers/${type}/${name}`;
  const put = (type: string, name: string, host: string, properties: Record<string, unknown>): unknown =>
    azure.stub.store.put({
      id: at(type, name),
      name,
      type,
      location: 'eastus',
      tags: tagsOf(host),
      properties: { provisioningState: 'Succeeded', ...properties },
    });
  azure.stub.store.put({
    id: group,
    name: `fanops-${FLEET}`,
    type: 'Microsoft.Resources/resourceGroups',
    location: 'eastus',
    properties: { provisioningState: 'Succeeded' },
  });
  for (const [index, host] of names('azure', count).entries()) {
    const machine = `fanops-${FLEET}-${host}`;
    put('Microsoft.Network/networkSecurityGroups', `${machine}-nsg`, host, { securityRules: [] });
    put('Microsoft.Network/publicIPAddresses', `${machine}-ip`, host, {
      ipAddress: `198.18.${index >> 8}.${index & 255}`,
      ipConfiguration: {
        id: `${at('Microsoft.Network/networkInterfaces', `${machine}-nic`)}/ipConfigurations/primary`,
      },
    });
    put('Microsoft.Network/networkInterfaces', `${machine}-nic`, host, {
      networkSecurityGroup: { id: at('Microsoft.Network/networkSecurityGroups', `${machine}-nsg`) },
      virtualMachine: { id: at('Microsoft.Compute/virtualMachines', machine) },
      ipConfigurations: [
        {
          name: 'primary',
          properties: {
            primary: true,
            privateIPAddress: `10.1.${index >> 8}.${index & 255}`,
            publicIPAddress: { id: at('Microsoft.Network/publicIPAddresses', `${machine}-ip`) },
          },
        },
      ],
    });
    put('Microsoft.Compute/virtualMachines', machine, host, {
      power: 'running',
      timeCreated: '2026-01-01T00:00:00Z',
      hardwareProfile: { vmSize: 'Standard_B1s' },
      storageProfile: { osDisk: { name: `${machine}-disk` } },
      networkProfile: { networkInterfaces: [{ id: at('Microsoft.Network/networkInterfaces', `${machine}-nic`) }] },
    });
  }
  const { AZURE_TOKEN_CREDENTIALS = '', IDENTITY_ENDPOINT = '', IDENTITY_HEADER = '' } = process.env;
  return {
    url: azure.proxy.url,
    env: { AZURE_TOKEN_CREDENTIALS, IDENTITY_ENDPOINT, IDENTITY_HEADER, NODE_EXTRA_CA_CERTS: azure.certificate },
    stop: () => azure.stop(),
  };
}

async function manyInGcp(count: number): Promise<{ url: string; stop(): Promise<void> }> {
  const emulator = await startGcplocal();
  const stub = await startGcpStub(emulator.url);
  const zone = `${stub.url}/compute/v1/projects/contract/zones/us-central1-a`;
  await each(names('gcp', count), async (host) => {
    const name = `fanops-${FLEET}-${host}`;
    const items = Object.entries(tagsOf(host)).map(([key, value]) => ({ key, value }));
    const body = {
      name,
      machineType: 'zones/us-central1-a/machineTypes/e2-micro',
      labels: { 'fanops-fleet': FLEET, 'fanops-host': host, 'fanops-run': 'run-1' },
      metadata: { items },
      disks: [
        { boot: true, initializeParams: { sourceImage: 'projects/debian-cloud/global/images/debian-12-v20250601' } },
      ],
      networkInterfaces: [
        { network: 'global/networks/default', accessConfigs: [{ name: 'External NAT', type: 'ONE_TO_ONE_NAT' }] },
      ],
    };
    const answer = await fetch(`${zone}/instances`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: 'Bearer x' },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`gcplocal refused ${name}: ${await answer.text()}`);
  });
  return {
    url: stub.url,
    stop: async () => {
      await stub.stop();
      await emulator.stop();
    },
  };
}
