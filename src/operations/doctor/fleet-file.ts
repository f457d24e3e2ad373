import { FanopsError } from '../../core/errors.js';
import type { Fleet } from '../../fleet/fleet.js';
import { isReference } from '../../fleet/reference.js';
import type { OperationContext } from '../../kit/context.js';
import { readSource } from '../../kit/source.js';
import { check, fail, ok, skipped, warn, wayOut, type Check } from './check.js';

/** The fleet file and its version pin; the fleet is undefined when one of them is wrong. */
export async function fleetChecks(ctx: OperationContext): Promise<{ checks: Check[]; fleet?: Fleet }> {
  const file = { id: 'fleet/file', title: 'Fleet file' };
  const version = { id: 'fleet/version', title: 'Version that it asks for' };
  try {
    const fleet = await ctx.fleet();
    const pin = fleet.config.fanops;
    return {
      fleet,
      checks: [
        { ...file, ...ok(fleet.file) },
        { ...version, ...ok(pin ? `${pin}; this is ${ctx.version}` : `any; this is ${ctx.version}`) },
      ],
    };
  } catch (error) {
    if (!(error instanceof FanopsError)) throw error;
    if (error.code === 'VERSION')
      return {
        checks: [
          { ...file, ...ok('it can be read') },
          { ...version, ...fail(error.message, wayOut(error)) },
        ],
      };
    const fix = error.code === 'NO_FLEET_FILE' ? wayOut(error) : `Put ${error.where ?? 'the fleet file'} right.`;
    return {
      checks: [
        { ...file, ...fail(error.message, fix) },
        { ...version, ...skipped('the fleet file cannot be read') },
      ],
    };
  }
}

/** Each reference to a secret, resolved and thrown away. */
export function secretChecks(ctx: OperationContext, fleet: Fleet): Promise<Check[]> {
  const references = fleet.serviceNames().flatMap((service) => {
    const { settings = {}, keys } = fleet.service(service);
    const named = Object.entries(settings)
      .filter(([, value]) => isReference(value))
      .map(([key, value]) => ({ service, key: `settings.${key}`, value }));
    return keys ? [...named, { service, key: 'keys', value: keys }] : named;
  });
  return Promise.all(
    references.map(({ service, key, value }) =>
      check(`secret/${service}/${key}`, `Secret of ${service}: ${key}`, ctx.signal, async () => {
        const empty = (await ctx.secrets.resolve(value, `services.${service}.${key}`)).reveal() === '';
        return empty ? warn(`${value} is empty`, `Give ${value} a value.`) : ok(`${value} has a value`);
      }),
    ),
  );
}

/** The source folder of each service. */
export const sourceChecks = (ctx: OperationContext, fleet: Fleet): Promise<Check[]> =>
  Promise.all(
    fleet.serviceNames().map((service) =>
      check(`source/${service}`, `Source of ${service}`, ctx.signal, async () => {
        const { dir, hasLock, bytes } = await readSource(ctx, service);
        const size = `${dir}, ${Math.ceil(bytes / 1024)} KiB`;
        return hasLock
          ? ok(size)
          : warn(
              `${size}; it has no package-lock.json, so each install may differ`,
              `npm install --package-lock-only --prefix ${dir}`,
            );
      }),
    ),
  );
