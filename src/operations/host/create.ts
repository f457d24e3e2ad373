import { createHash } from 'node:crypto';
import { Secret } from '../../core/secret.js';
import type { InstanceSpec } from '../../providers/contracts/instances.js';
import { cloudConfig } from '../../remote/cloud-init.js';
import { firstBootScript } from '../../remote/first-boot-script.js';
import { bareKey, firstHostKey } from '../../remote/host-key.js';
import { defineStep, type StepIo } from '../../core/step.js';
import type { OperationContext } from '../../kit/context.js';
import { firewallOf } from './firewall.js';
import { providerIo } from './provider-io.js';
import { publishedPorts } from './rules.js';
import { destroyStep } from './destroy.js';

type Input = { host: string; provider: string };

/** Makes the machine of a host, or starts it. */
export const createStep = defineStep<OperationContext, Input, { id: string; detail: string }>('host.create', {
  async check(io) {
    const { host, provider } = io.input;
    const instances = await io.ctx.providers.capability(provider, 'instances');
    const instance = await instances.find((await io.ctx.fleet()).name, host);
    if (instance?.state === 'running') return { state: 'done', detail: 'it runs' };
    return { state: 'change', changes: [instance ? `${host} is started` : `${host} is made by ${provider}`] };
  },
  async apply(io) {
    const { host, provider } = io.input;
    const fleet = await io.ctx.fleet();
    const instances = await io.ctx.providers.capability(provider, 'instances');
    const present = await instances.find(fleet.name, host);
    // A machine that an earlier try of this step left is this run's as well.
    const made =
      !present || present.owner?.run === io.runId
        ? await io.willMake(destroyStep.inverse(`Destroy host ${host}`, { host, provider }))
        : undefined;
    const instance = await instances.create(await specOf(io), providerIo(io));
    await made?.();
    await io.ctx.hosts.forget(host);
    return {
      id: instance.id,
      detail: instance.endpoint ? `${instance.endpoint.address}:${instance.endpoint.port}` : '',
    };
  },
});

async function specOf(io: StepIo<OperationContext, Input>): Promise<InstanceSpec> {
  const {
    ctx,
    runId,
    input: { host },
  } = io;
  const fleet = await ctx.fleet();
  const { roles, size, image, zone, disk } = fleet.host(host);
  const spec: InstanceSpec = {
    name: host,
    fleet: fleet.name,
    roles,
    runId,
    size,
    image,
    zone,
    diskGiB: disk,
    publish: publishedPorts(fleet, host),
    token: tokenOf(runId, fleet.name, host),
  };
  const { firstBoot } = fleet.traits(host);
  if (!firstBoot) return spec;
  const { authorizedKeys, secret } = await ctx.hosts.operatorKeys(host);
  const hostKey = firstHostKey(secret, runId, fleet.name, host);
  ctx.secrets.scrubber.add(new Secret(hostKey.private));
  const user = fleet.loginOf(host) ?? firstBoot.login;
  const first = { user, authorizedKeys, hostKey };
  return {
    ...spec,
    user,
    authorizedKeys,
    hostKey: bareKey(hostKey.public),
    userData: cloudConfig(first),
    bootScript: firstBootScript(first),
    firewall: await firewallOf(io),
  };
}

/** A token in the form of a UUID, which every cloud takes: the same for each try of a run to make a host. */
export function tokenOf(run: string, fleet: string, host: string): string {
  const hex = createHash('sha256').update(`${run}\0${fleet}\0${host}`).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  );
}
