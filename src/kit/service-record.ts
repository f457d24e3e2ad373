import { decode, MalformedError, serviceRecord } from '#protocol';
import { serviceRecord as recordFile } from '../remote/layout.js';
import type { ServiceRecord } from '../remote/release.js';
import type { OperationContext } from './context.js';
import { notOurs, SERVICE_HINT } from './not-ours.js';

/**
 * What runs on the host by its own record, or undefined when the service never ran there.
 * @throws PreconditionError (code NOT_OURS) when the file is not one that fanops wrote
 */
export async function readServiceRecord(
  ctx: OperationContext,
  host: string,
  service: string,
): Promise<ServiceRecord | undefined> {
  const content = await (await ctx.hosts.transport(host)).getFile(recordFile(service));
  if (!content) return undefined;
  try {
    return decode(serviceRecord, content.toString('utf8'));
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error;
    throw notOurs(host, `${recordFile(service)} is not what fanops writes there (${error.message})`, SERVICE_HINT);
  }
}

/** Writes down what runs of a service on a host. */
export async function writeServiceRecord(ctx: OperationContext, host: string, record: ServiceRecord): Promise<void> {
  await (await ctx.hosts.transport(host)).putFile(`${JSON.stringify(record, null, 2)}\n`, recordFile(record.service));
}
