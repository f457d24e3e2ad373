// The outside world of the sample fleet on one machine: Azurite as its storage account, and the stand-in for Azure,
// which is the same app on the functions host in a process and on a port of its own.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { startDetached, until } from './processes.mjs';
import { bin, root } from './setup.mjs';

// Azurite's documented account: https://learn.microsoft.com/azure/storage/common/storage-use-azurite#well-known-storage-account-and-key
const ACCOUNT = 'devstoreaccount1';
const KEY = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';

export function connectionString({ blob, queue, table }) {
  const at = (port) => `http://127.0.0.1:${port}/${ACCOUNT}`;
  return `DefaultEndpointsProtocol=http;AccountName=${ACCOUNT};AccountKey=${KEY};BlobEndpoint=${at(blob)};QueueEndpoint=${at(queue)};TableEndpoint=${at(table)};`;
}

export const answers = (port) =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
      .once('connect', () => {
        socket.destroy();
        resolve(true);
      })
      .once('error', () => resolve(false));
  });

/** Starts Azurite in memory. @returns the process */
export async function startAzurite({ dir, ports }) {
  mkdirSync(dir, { recursive: true });
  const args = [
    '--silent',
    '--inMemoryPersistence',
    '--skipApiVersionCheck',
    '--disableTelemetry',
    '--blobPort',
    String(ports.blob),
    '--queuePort',
    String(ports.queue),
    '--tablePort',
    String(ports.table),
  ];
  const azurite = startDetached(join(bin, 'node'), [join(root, 'node_modules/azurite/dist/src/azurite.js'), ...args], {
    log: join(dir, 'azurite.log'),
    cwd: dir,
    env: process.env,
  });
  await until('Azurite to answer', async () => (await Promise.all(Object.values(ports).map(answers))).every(Boolean));
  return azurite;
}

/** Starts the stand-in for Azure. @returns the process */
export async function startStandIn({ dir, app, port, settings }) {
  mkdirSync(dir, { recursive: true });
  const envFile = join(dir, 'stand-in.env');
  writeFileSync(
    envFile,
    Object.entries(settings)
      .map(([key, value]) => `${key}='${value}'\n`)
      .join(''),
    { mode: 0o600 },
  );
  const log = join(dir, 'stand-in.log');
  writeFileSync(log, '');
  const program = join(root, 'packages/functions-host/dist/bundle/functions-host.cjs');
  const standIn = startDetached(
    join(bin, 'node'),
    [program, '--root', app, '--port', String(port), '--env-file', envFile, '--state', join(dir, 'stand-in-state')],
    {
      log,
      cwd: dir,
      env: process.env,
    },
  );
  await until('the stand-in for Azure to answer', () => readFileSync(log, 'utf8').includes('ready http'));
  return standIn;
}

/** An event of a gate, as its counter sends it. */
export const gateEvent = (gate, queueLength) => ({
  stadiumId: 'rabat',
  gateId: gate,
  ts: new Date().toISOString(),
  perMinuteCount: 42,
  avgProcessingTime: 6,
  queueLength,
});
