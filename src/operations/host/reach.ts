import { FanopsError } from '../../core/errors.js';
import { waitFor, type Poll } from '../../core/wait.js';
import { parseBoot, readBoot } from '../../remote/cloud-init.js';
import { defineStep, type StepIo } from '../../core/step.js';
import type { OperationContext } from '../../kit/context.js';
import { hostFacts } from '../../kit/facts.js';
import { ask } from '../../kit/on-host.js';
import { NOT_REACHED, notThere, unknownUntilReached } from '../../kit/not-there.js';

type Input = { host: string };

/**
 * Milliseconds until a host without a first boot must answer, a new machine must answer, and its first boot must be
 * over.
 */
const LOCAL_MS = 60_000;
const SSH_MS = 300_000;
const BOOT_MS = 600_000;
/**
 * While cloud-init is at work, sshd may show a key of the image, or not know the login. Longer than this it is wrong.
 */
const SETTLING_MS = 90_000;

/** Waits until a host answers by SSH with the key that is vouched for, and until its first boot is over. */
export const reachStep = defineStep<OperationContext, Input>(
  'host.reach',
  unknownUntilReached({
    async check(io) {
      try {
        await hostFacts(io.ctx, io.input.host);
        if ((await boot(io.ctx, io.input.host)).state === 'running')
          return { state: 'change', changes: ['its first boot is waited for'] };
        return { state: 'done', detail: 'it answers' };
      } catch (error) {
        // A new machine may be settling: applying waits for that, and tells what is wrong when it is over.
        if (io.phase !== 'look' && settling(error)) return { state: 'change', changes: ['it is waited for'] };
        return notThere(error);
      }
    },
    async apply(io) {
      const {
        ctx,
        input: { host },
      } = io;
      const boots = (await ctx.fleet()).traits(host).firstBoot !== undefined;
      const begun = ctx.io.clock.monotonic();
      const wait = <T>(what: string, timeoutMs: number, poll: () => Promise<Poll<T>>): Promise<T> =>
        waitFor(poll, {
          clock: ctx.io.clock,
          what,
          timeoutMs,
          signal: io.signal,
          onWait: (message) => io.progress(message),
        });
      await wait(`SSH on ${host}`, boots ? SSH_MS : LOCAL_MS, async () => {
        try {
          return { done: true, value: await hostFacts(ctx, host) };
        } catch (error) {
          const patient = settling(error) && boots && ctx.io.clock.monotonic() - begun < SETTLING_MS;
          if (!(error instanceof FanopsError) || !(NOT_REACHED.includes(error.code) || patient)) throw error;
          await ctx.hosts.forget(host);
          return { done: false, seen: error.message.split('\n')[0] ?? '' };
        }
      });
      if (!boots) return;
      const { errors } = await wait(`the first boot of ${host} to end`, BOOT_MS, async () => {
        const seen = await boot(ctx, host);
        return seen.state === 'done' ? { done: true, value: seen } : { done: false, seen: 'cloud-init is at work' };
      });
      for (const error of errors) io.line(`cloud-init: ${error}`);
    },
    repeatable: true,
  }),
);

const settling = (error: unknown): boolean => error instanceof FanopsError && ['HOST_KEY', 'AUTH'].includes(error.code);

async function boot(ctx: StepIo<OperationContext>['ctx'], host: string): Promise<ReturnType<typeof parseBoot>> {
  if (!(await ctx.fleet()).traits(host).firstBoot) return { state: 'done', errors: [] };
  return parseBoot(await ask(ctx, host, readBoot(), 'The state of the first boot could not be read'));
}
