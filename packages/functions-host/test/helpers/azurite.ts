import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitFor } from './wait.js';

export interface Azurite {
  /** With blobs, queues and tables. */
  connection: string;
  stop: () => Promise<void>;
}

/** The account name and key that every Azurite knows; they are public. */
const account = 'devstoreaccount1';
const key = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';
const services = ['Blob', 'Queue', 'Table'];
const addresses = services.flatMap((service) => [
  `--${service.toLowerCase()}Host`,
  '127.0.0.1',
  `--${service.toLowerCase()}Port`,
  '0',
]);
const flags = ['--inMemoryPersistence', '--skipApiVersionCheck', '--disableTelemetry', '--silent', ...addresses];

/** A real storage account in memory on free ports. */
export async function startAzurite(): Promise<Azurite> {
  const location = mkdtempSync(join(tmpdir(), 'fh-az-'));
  const main = createRequire(import.meta.url).resolve('azurite/dist/src/azurite.js');
  const child = spawn(process.execPath, [main, ...flags], { cwd: location, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const exited = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL');
    await exited;
    rmSync(location, { recursive: true, force: true });
  };
  try {
    const endpoints = await waitFor('Azurite to listen', () => {
      if (child.exitCode !== null) throw new Error(`Azurite ended: ${output}`);
      const found = services.map(
        (service) => new RegExp(`${service} service \\S* ?successfully listen\\S* \\S+ (\\S+)`).exec(output)?.[1],
      );
      return found.every((url) => url !== undefined) && found;
    });
    const urls = services.map((service, index) => `${service}Endpoint=${endpoints[index]}/${account}`);
    return {
      connection: ['DefaultEndpointsProtocol=http', `AccountName=${account}`, `AccountKey=${key}`, ...urls].join(';'),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
