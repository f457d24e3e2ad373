import { FanopsError } from '../../core/errors.js';
import { defineStep } from '../../core/step.js';
import type { OperationContext } from '../../kit/context.js';
import { expectedPort } from '../../kit/expected-port.js';
import { readServiceRecord } from '../../kit/service-record.js';
import { askHealth } from './container.js';
import { isRunning } from './engine.js';
import { containerName, type ServiceAt } from './names.js';
import { listenOf, proxiesOf, targetOf } from './proxies.js';
import { runningApps } from './run.js';

interface VerifyInput extends ServiceAt {
  placement: string;
  release: string;
}

/** Reads back what a deploy has brought about: route, record, proxies and container must say the same. */
export const verifyStep = defineStep<OperationContext, VerifyInput>('docker.verify', {
  async apply(io) {
    const { service, host, placement, release } = io.input;
    const { port, by, shown } = await expectedPort(io.ctx, { service, placement, host });
    const record = await readServiceRecord(io.ctx, host, service);
    const name = containerName(service, release, record?.background ?? false);
    const running = await runningApps(io, io.input);
    const proxy = (await proxiesOf(io.ctx, io.input)).filter(isRunning).find((each) => listenOf(each).port === port);
    const target = proxy && (await targetOf(io.ctx, host, proxy.name));
    const health = running.includes(name) ? await askHealth(io.ctx, { ...io.input, name }, 10_000) : undefined;
    const wrong = [
      ...(record?.release === release ? [] : [`the record names release ${record?.release ?? 'none'}`]),
      ...(port === record?.port
        ? []
        : [`${by} port ${port ?? 'none'}, the record names port ${record?.port ?? 'none'}`]),
      ...(proxy ? [] : [`${by} port ${port ?? 'none'}, where no proxy listens`]),
      ...(!proxy || target === name ? [] : [`the proxy sends requests to ${target ?? 'nobody'}, not to ${name}`]),
      ...(running.length === 1 && health
        ? []
        : [`containers that run: ${running.join(', ') || 'none'}, where it should be ${name} alone`]),
      ...(!health || health.ok ? [] : [`${name}: ${health.seen}`]),
    ];
    if (wrong.length === 0) return { detail: `${shown}, release ${release}, container ${name}` };
    throw new FanopsError(`${service} on ${host} is not as this run should leave it.`, {
      code: 'DRIFT',
      where: host,
      hint: wrong.map((each) => `- ${each}`).join('\n'),
      data: { wrong },
    });
  },
  repeatable: true,
});
