import { FanopsError } from '../../core/errors.js';
import { defineStep } from '../../core/step.js';
import type { OperationContext } from '../../kit/context.js';
import { readServiceRecord } from '../../kit/service-record.js';
import { healthAt, processesOf } from './observe.js';
import { expectedPort } from '../../kit/expected-port.js';
import { observeProcess } from './observe-process.js';

interface VerifyInput {
  service: string;
  host: string;
  placement: string;
  release: string;
}

/** Reads back what a deploy has brought about: the route, the record and the process must say the same. */
export const verifyStep = defineStep<OperationContext, VerifyInput>('service.verify', {
  async apply(io) {
    const { service, host, placement, release } = io.input;
    const { port, by, shown } = await expectedPort(io.ctx, { service, placement, host });
    const record = await readServiceRecord(io.ctx, host, service);
    const process = await observeProcess(io.ctx, host, service);
    const [main] = process?.listens ?? [];
    const workers = (await processesOf(io.ctx, host, service)).filter(({ status }) => status === 'online');
    const health = main ? await healthAt(io.ctx, { host, service }, main, release) : 'nothing listens';
    const wrong = [
      ...(record?.release === release ? [] : [`the record names release ${record?.release ?? 'none'}`]),
      ...(port === record?.port
        ? []
        : [`${by} port ${port ?? 'none'}, the record names port ${record?.port ?? 'none'}`]),
      ...(port === main?.port ? [] : [`${by} port ${port ?? 'none'}, PM2 runs it on port ${main?.port ?? 'none'}`]),
      ...(workers.length === process?.instances
        ? []
        : [`${workers.length} of ${process?.instances ?? 0} workers are online`]),
      ...(health === 'healthy' ? [] : [`port ${main?.port ?? 'none'}: ${health}`]),
    ];
    if (wrong.length === 0)
      return {
        detail: `${shown}, release ${release}, ${workers.length} worker${workers.length === 1 ? '' : 's'}`,
      };
    throw new FanopsError(`${service} on ${host} is not as this run should leave it.`, {
      code: 'DRIFT',
      where: host,
      hint: wrong.map((each) => `- ${each}`).join('\n'),
      data: { wrong },
    });
  },
  repeatable: true,
});
