import { FanopsError, RemoteError } from '../../core/errors.js';
import { waitFor, type Poll } from '../../core/wait.js';
import { bareKey, FIRST_KEY, makeHostKey, readHostKey, takeHostKey } from '../../remote/host-key.js';
import { defineStep, type StepIo } from '../../core/step.js';
import type { OperationContext } from '../../kit/context.js';
import { askRoot, mutateOk } from '../../kit/on-host.js';
import { existing } from './instances.js';
import { NOT_REACHED, unknownUntilReached } from '../../kit/not-there.js';

type Input = { host: string; provider: string };

/** Milliseconds until sshd must answer again after it took its key. */
const RELOAD_MS = 60_000;

/** The ed25519 key that the host has. cloud-init lets only root read it. */
async function keyOn(ctx: OperationContext, host: string): Promise<string> {
  const line = (await askRoot(ctx, host, readHostKey(), 'The host key could not be read')).trim();
  if (line) return line;
  throw new RemoteError(`${host} has no ed25519 host key.`, {
    host,
    code: 'HOST_KEY',
    hint: 'Make one there: sudo ssh-keygen -A',
  });
}

/** The same over a connection of its own. While sshd starts itself anew it listens to nobody for a moment. */
function keyAfterReload({ ctx, input: { host }, signal, progress }: StepIo<OperationContext, Input>): Promise<string> {
  return waitFor(
    async (): Promise<Poll<string>> => {
      await ctx.hosts.forget(host);
      try {
        return { done: true, value: await keyOn(ctx, host) };
      } catch (error) {
        if (!(error instanceof FanopsError) || !NOT_REACHED.includes(error.code)) throw error;
        return { done: false, seen: error.message.split('\n')[0] ?? '' };
      }
    },
    { clock: ctx.io.clock, what: `SSH on ${host} with its new key`, timeoutMs: RELOAD_MS, signal, onWait: progress },
  );
}

/**
 * Replaces the host key that came with the first boot, which the provider has seen, by one that is made on the machine.
 * At each moment both this
 * machine and the provider know the key that the host shows, so that a run which ends in the middle goes on.
 */
export const hostKeyStep = defineStep<OperationContext, Input>(
  'host.key',
  unknownUntilReached({
    async check(io) {
      const {
        ctx,
        input: { host },
      } = io;
      const line = await keyOn(ctx, host);
      if (line.includes(FIRST_KEY)) return { state: 'change', changes: ['the host key of the first boot is replaced'] };
      const vouched = (await existing(ctx, host)).endpoint?.hostKeys ?? [];
      return vouched.includes(bareKey(line))
        ? { state: 'done', detail: 'its own' }
        : { state: 'change', changes: ['the provider is told the host key'] };
    },
    async apply(io) {
      const {
        ctx,
        input: { host, provider },
      } = io;
      const fleet = (await ctx.fleet()).name;
      const instances = await ctx.providers.capability(provider, 'instances');
      const current = await keyOn(ctx, host);
      if (!current.includes(FIRST_KEY)) {
        await instances.describe(fleet, host, { hostKey: bareKey(current) });
        await ctx.hosts.setKeys(host, [bareKey(current)]);
        return { detail: 'told to the provider' };
      }
      const fresh = (await askRoot(ctx, host, makeHostKey(`${host}.${fleet}`), 'A host key could not be made')).trim();
      await ctx.hosts.setKeys(host, [bareKey(current), bareKey(fresh)]);
      await instances.describe(fleet, host, { hostKey: bareKey(fresh) });
      await mutateOk(io, host, takeHostKey(), 'The host key could not be replaced', { root: true });
      await ctx.hosts.setKeys(host, [bareKey(fresh)]);
      const shown = await keyAfterReload(io);
      if (bareKey(shown) === bareKey(fresh)) return { detail: 'made there' };
      throw new RemoteError(`${host} did not take its new host key.`, {
        host,
        code: 'HOST_KEY',
        hint: 'Look at: systemctl status ssh',
      });
    },
    repeatable: true,
  }),
);
