import { readFileSync } from 'node:fs';
import { timingSafeEqual } from 'node:crypto';
import ssh2 from 'ssh2';
import type { AuthContext, ParsedKey } from 'ssh2';

/**
 * Lets in one user with a key of the list, and nobody else. The list is read at each login: it may change while the
 * server runs.
 */
export function authenticate(context: AuthContext, user: string, authorizedKeys: string): void {
  if (context.method === 'publickey' && context.username === user) {
    for (const key of readKeys(authorizedKeys)) {
      const blob = key.getPublicSSH();
      if (blob.length !== context.key.data.length || !timingSafeEqual(blob, context.key.data)) continue;
      if (!context.signature || !context.blob || key.verify(context.blob, context.signature, context.hashAlgo)) {
        context.accept();
        return;
      }
    }
  }
  context.reject(['publickey']);
}

function readKeys(file: string): ParsedKey[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .flatMap((line) => {
      const parsed = ssh2.utils.parseKey(line);
      return parsed instanceof Error ? [] : [parsed as ParsedKey];
    });
}
