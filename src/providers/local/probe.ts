import { readFileSync } from 'node:fs';
import ssh2 from 'ssh2';
import { publicHostKey } from './keys.js';
import type { HostPaths } from './paths.js';
import type { HostRecord } from './record.js';

/**
 * Logs in to a host's server once: `ready` when it let us in and showed the host's own key, `foreign` when another
 * key was shown, else the reason why not.
 */
export function probe(paths: HostPaths, record: HostRecord, timeoutMs: number): Promise<string> {
  const expected = Buffer.from(publicHostKey(paths).split(' ')[1] ?? '', 'base64');
  return new Promise((resolve) => {
    const client = new ssh2.Client();
    let foreign = false;
    let answer: string | undefined;
    client.on('ready', () => {
      answer = 'ready';
      client.end();
    });
    client.on('error', (error) => (answer ??= foreign ? 'foreign' : error.message));
    client.on('close', () => resolve(answer ?? 'the connection was closed'));
    client.connect({
      host: '127.0.0.1',
      port: record.port,
      username: record.user,
      privateKey: readFileSync(paths.operatorKey),
      readyTimeout: Math.min(timeoutMs, 5000),
      hostVerifier: (key: Buffer) => {
        foreign = !key.equals(expected);
        return !foreign;
      },
    });
  });
}
