import { FanopsError } from '../../core/errors.js';
import { defineStep } from '../../core/step.js';
import type { OperationContext } from '../../kit/context.js';
import { expectedPort } from '../../kit/expected-port.js';
import { readServiceRecord } from '../../kit/service-record.js';
import type { ServiceAt } from './names.js';
import { problemsOf } from './readiness.js';

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
    const wrong = [
      ...(record?.release === release ? [] : [`the record names release ${record?.release ?? 'none'}`]),
      ...(port === record?.port
        ? []
        : [`${by} port ${port ?? 'none'}, the record names port ${record?.port ?? 'none'}`]),
      ...(record ? await problemsOf(io.ctx, io.input, record) : []).map(({ text }) => text),
    ];
    if (wrong.length === 0) return { detail: `${shown}, release ${release}, its container is healthy` };
    throw new FanopsError(`${service} on ${host} is not as this run should leave it.`, {
      code: 'DRIFT',
      where: host,
      hint: wrong.map((each) => `- ${each}`).join('\n'),
      data: { wrong },
    });
  },
  repeatable: true,
});
