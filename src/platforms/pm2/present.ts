import { NAME } from '../../fleet/name.js';
import type { OperationContext } from '../../kit/context.js';
import { ask } from '../../kit/on-host.js';
import { readServiceRecord } from '../../kit/service-record.js';
import { serviceDir, serviceRecord } from '../../remote/layout.js';
import { listStanding, parseStanding } from '../../remote/standing.js';
import type { Present } from '../contracts/platform.js';

/** Services that PM2 is to run on a host by the host's own records. */
export async function presentOn(ctx: OperationContext, host: string): Promise<Present[]> {
  const standing = parseStanding(await ask(ctx, host, listStanding(), 'The records of the host could not be read'));
  const services = standing.filter(({ kind, name }) => kind === 'service' && NAME.test(name));
  const found = await Promise.all(
    services.map(async ({ name, app }): Promise<Present[]> => {
      const record = await readServiceRecord(ctx, host, name);
      if (!record) return [];
      const { release, run } = record;
      const files = `${serviceRecord(name)} ${serviceDir(name)}/ecosystem.json`;
      const remove = `pm2 delete ${app.name}; pm2 save --force; rm ${files}`;
      return [{ service: name, what: `release ${release} under PM2`, run, marked: false, remove }];
    }),
  );
  return found.flat();
}
