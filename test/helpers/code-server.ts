import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import ssh2 from 'ssh2';
import type { ParsedKey } from 'ssh2';
import type { SshEndpoint } from '../../src/transports/transport.js';
import { keyPair } from './sshd.js';

/** A server that wants a key and then a code; commands run by `sh`. Stands in for an sshd with PAM. */
export async function codeServer(dir: string, code: string): Promise<{ endpoint: SshEndpoint; stop(): Promise<void> }> {
  const hostKey = keyPair(dir, 'code_host');
  const userKey = keyPair(dir, 'code_user');
  const known = (ssh2.utils.parseKey(userKey.public) as ParsedKey).getPublicSSH();
  const server = new ssh2.Server({ hostKeys: [readFileSync(hostKey.path)] }, (client) => {
    let keyed = false;
    client.on('error', () => undefined); // clients of tests go away as they like
    client.on('authentication', (ctx) => {
      if (ctx.method === 'publickey' && !keyed && ctx.key.data.equals(known)) {
        if (!ctx.signature) return ctx.accept();
        keyed = true;
        return ctx.reject(['keyboard-interactive'], true);
      }
      if (ctx.method === 'keyboard-interactive' && keyed) {
        return ctx.prompt([{ prompt: 'Code:\u001b[31m', echo: true }], 'Second factor', '', ([answer]) =>
          answer === code ? ctx.accept() : ctx.reject([]),
        );
      }
      return ctx.reject(keyed ? ['keyboard-interactive'] : ['publickey']);
    });
    client.on('ready', () =>
      client.on('session', (accept) =>
        accept().on('exec', (acceptExec, _reject, { command }) => {
          const channel = acceptExec();
          execFile('sh', ['-c', command], (error, stdout, stderr) => {
            channel.stderr.write(stderr);
            channel.write(stdout);
            channel.exit(error ? 1 : 0);
            channel.end();
          });
        }),
      ),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: {
      address: '127.0.0.1',
      port: (server.address() as AddressInfo).port,
      user: 'tester',
      identityFiles: [userKey.path],
      hostKeys: [hostKey.public],
    },
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
