import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { OperationContext } from '../../kit/context.js';
import type { ReleaseFile } from '../../runtimes/contracts/runtime.js';

/** Image with Node that the proxy starts from. */
export const PROXY_BASE = 'node:24-slim';

/** Folder of the proxy in a release. */
export const PROXY_DIR = 'proxy';

const dockerfile = (base: string): string => `FROM ${base}
RUN mkdir -p /var/lib/fanops /fanops
COPY proxy.mjs trial-probe.cjs /fanops/
CMD ["node", "/fanops/proxy.mjs", "serve"]
`;

export interface ProxyFiles {
  files: ReleaseFile[];
  /** Of its content: the same proxy is built once. */
  hash: string;
}

/** What the image of the proxy is built from, for the folder of a release. @param base image with Node */
export async function proxyFiles(ctx: OperationContext, base = PROXY_BASE): Promise<ProxyFiles> {
  // As the build has compiled it.
  const program = fileURLToPath(new URL(`proxy/main${extname(fileURLToPath(import.meta.url))}`, import.meta.url));
  const contents: [string, string | Buffer][] = [
    ['Dockerfile', dockerfile(base)],
    ['proxy.mjs', await readFile(program)],
    ['trial-probe.cjs', await readFile(ctx.assets.trialProbe)],
  ];
  const hash = createHash('sha256');
  for (const [name, content] of contents) hash.update(`${name}\0`).update(content).update('\0');
  return {
    files: contents.map(([name, content]) => ({ path: `${PROXY_DIR}/${name}`, content, mode: 0o644 })),
    hash: hash.digest('hex').slice(0, 12),
  };
}
