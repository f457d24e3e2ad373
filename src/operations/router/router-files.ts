import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { UserError, messageOf } from '../../core/errors.js';
import { readRegularFile } from '../../core/regular-file.js';
import type { JsonObject } from '../../core/json.js';
import { routerDir, routerProgram } from '../../remote/layout.js';
import type { OperationContext } from '../../kit/context.js';

/** A file that the router needs beside its program. The plan names it; its content is read when it is needed. */
export interface RouterFile extends JsonObject {
  /** `asset`: a file of fanops; `path`: below the folder of the fleet file; `secret`: what a reference stands for. */
  from: 'asset' | 'path' | 'secret';
  source: string;
  /** Path in the fleet file, for errors. */
  where: string;
  target: string;
}

const MODE = { asset: 0o644, path: 0o644, secret: 0o600 };

/** The files that the router of the fleet file needs on its host. */
export async function routerFiles(ctx: OperationContext): Promise<RouterFile[]> {
  const fleet = await ctx.fleet();
  const files: RouterFile[] = [{ from: 'asset', source: ctx.assets.router, where: '', target: routerProgram }];
  for (const { service, name } of fleet.placements()) {
    for (const { trustedCertificate } of fleet.targets(service, name, (host) => host)) {
      if (trustedCertificate === undefined) continue;
      const where = `services.${service}.placements.${name}.trustedCertificate`;
      const target = `${routerDir}/${trustedName(service, name)}`;
      files.push({ from: 'path', source: trustedCertificate, where, target });
    }
  }
  const { tls } = fleet.router();
  if (tls && fleet.engine().settings.includes('tls')) {
    files.push({
      from: 'path',
      source: tls.certificate,
      where: 'router.tls.certificate',
      target: `${routerDir}/tls/certificate.pem`,
    });
    files.push({ from: 'secret', source: tls.key, where: 'router.tls.key', target: `${routerDir}/tls/key.pem` });
  }
  return files;
}

/** Name of the file of authorities that a placement's certificate is checked by, relative to the router's folder. */
export const trustedName = (service: string, placement: string): string => `ca/${service}.${placement}.pem`;

export const modeOf = (file: RouterFile): number => MODE[file.from];

/** @throws UserError that names the place in the fleet file. */
export async function contentOf(ctx: OperationContext, file: RouterFile): Promise<Buffer> {
  if (file.from === 'secret') return Buffer.from((await ctx.secrets.resolve(file.source, file.where)).reveal());
  if (file.from === 'asset') return readFile(file.source);
  try {
    return await readRegularFile(resolve((await ctx.fleet()).dir, file.source));
  } catch (error) {
    throw new UserError(`${file.source} cannot be read: ${messageOf(error)}`, { where: file.where, cause: error });
  }
}

/**
 * Hash over the contents of files that are no secrets and not the program; with another one, the router reads them
 * anew.
 */
export async function hashOf(ctx: OperationContext, files: RouterFile[]): Promise<string> {
  const hash = createHash('sha256');
  for (const file of files.filter(({ from, target }) => from !== 'secret' && target !== routerProgram))
    hash.update(file.target).update(await contentOf(ctx, file));
  return hash.digest('hex');
}

export const sha256 = (content: Buffer | string): string => createHash('sha256').update(content).digest('hex');
