import { NAME } from '../../fleet/name.js';
import type { OperationContext } from '../../kit/context.js';
import { serviceRecord } from '../../remote/layout.js';
import type { Present } from '../contracts/platform.js';
import { containers } from './engine.js';
import { filterArgs, LABEL } from './names.js';

/** Services of this fleet that have containers on a host, by their labels. */
export async function presentOn(ctx: OperationContext, host: string): Promise<Present[]> {
  const fleet = await ctx.fleet();
  const all = await containers(ctx, host, filterArgs({ [LABEL.fleet]: fleet.name, [LABEL.host]: host }));
  const services = new Set(all.flatMap(({ labels }) => labels[LABEL.service] ?? []).filter((name) => NAME.test(name)));
  return [...services].map((service) => {
    const own = all.filter(({ labels }) => labels[LABEL.service] === service);
    const names = own.map(({ name }) => name);
    return {
      service,
      what: `${names.length === 1 ? 'container' : 'containers'} ${names.join(', ')}`,
      ...(own[0]?.labels[LABEL.run] !== undefined && { run: own[0].labels[LABEL.run] }),
      marked: true,
      remove: `docker rm --force ${names.join(' ')}; rm -f ${serviceRecord(service)}`,
    };
  });
}
