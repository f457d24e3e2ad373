import { BugError, GateError, messageOf } from '../../core/errors.js';
import type { ParityRequest } from '../../fleet/schema.js';
import { defineStep, type StepIo } from '../../core/step.js';
import type { OperationContext } from '../../kit/context.js';
import { proxyTrouble } from '../../core/proxy-trouble.js';
import { compare, send, type Answer, type Difference } from './compare.js';

interface ParityInput {
  service: string;
  from: string;
  to: string;
}

const TRIES = 3;
const PAUSE_MS = 400;

/**
 * Sends the requests of the fleet file to both sides; a difference that stays ends the migration before the first user
 * is moved.
 */
export const parityStep = defineStep<OperationContext, ParityInput, { detail: string; requests: number }>('parity', {
  async check(io) {
    const requests = (await io.ctx.fleet()).service(io.input.service).parity ?? [];
    if (requests.length === 0)
      return { state: 'done', detail: 'no requests to compare are listed (services.*.parity)' };
    return { state: 'unknown', reason: `${requests.length} requests are compared when the new side runs` };
  },
  async apply(io) {
    const { service, from, to } = io.input;
    const requests = (await io.ctx.fleet()).service(service).parity ?? [];
    const [old, fresh] = [await reach(io, service, from), await reach(io, service, to)];
    try {
      for (const [index, request] of requests.entries()) {
        const name = `${request.method ?? 'GET'} ${request.path}`;
        io.progress(`${index + 1} of ${requests.length}: ${name}`);
        const differences = await compareBoth(io, request, old.url, fresh.url);
        if (differences.length > 0) throw different(name, from, to, differences);
      }
    } finally {
      await Promise.all([old.close(), fresh.close()]);
    }
    return { detail: `${requests.length} requests answered alike by ${from} and ${to}`, requests: requests.length };
  },
});

/** Differences that were there in every try: what changes by itself between two requests does not count. */
async function compareBoth(
  io: StepIo<OperationContext, ParityInput>,
  request: ParityRequest,
  old: string,
  fresh: string,
): Promise<Difference[]> {
  const { service, from, to } = io.input;
  const ask = (url: string, placement: string): Promise<Answer> =>
    send(url, request, io.signal).catch((error: unknown) => {
      if (io.signal.aborted) throw error;
      const { cause } = error as { cause?: { code?: string } };
      throw new GateError(
        `${service} does not answer on ${placement}: ${request.method ?? 'GET'} ${request.path}: ` +
          `${proxyTrouble(messageOf(cause)) ?? cause?.code ?? messageOf(error)}. No user was moved.`,
        {
          code: 'NO_ANSWER',
          cause: error,
          nextSteps: [`fanops migrate status ${service}`, 'fanops doctor'],
        },
      );
    });
  let differences: Difference[] = [];
  for (let attempt = 0; attempt < TRIES; attempt++) {
    if (attempt > 0) await io.ctx.io.clock.sleep(PAUSE_MS, io.signal);
    const answers: [Answer, Answer] = await Promise.all([ask(old, from), ask(fresh, to)]);
    differences = compare(request, ...answers);
    if (differences.length === 0) return [];
  }
  return differences;
}

function different(name: string, from: string, to: string, differences: Difference[]): GateError {
  const lines = differences.slice(0, 10).map((d) => `${d.where}: ${from} ${d.old}; ${to} ${d.fresh}`);
  return new GateError(`${name}: ${from} and ${to} answer differently. No user was moved.`, {
    code: 'PARITY',
    hint: `${lines.join('\n')}\nWhat may differ is listed under parity.ignore of the service.`,
    data: { request: name, differences },
  });
}

/** Base address of a placement for this machine; a service on a host is reached through the SSH connection. */
export async function reach(
  io: Pick<StepIo<OperationContext>, 'ctx'>,
  service: string,
  name: string,
): Promise<{ url: string; close(): Promise<void> }> {
  const fleet = await io.ctx.fleet();
  const [target] = fleet.targets(service, name, (host) => host);
  const port = fleet.portOf(service, name);
  if (!target) throw new BugError(`The placement ${name} of ${service} has no target.`);
  if (target.host === undefined || port === undefined) return { url: target.url, close: async () => undefined };
  const tunnel = await (await io.ctx.hosts.transport(target.host)).tunnel(port);
  return { url: `http://127.0.0.1:${tunnel.port}`, close: () => tunnel.close() };
}
