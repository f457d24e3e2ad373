import { PROTOCOL_VERSION } from '#protocol';
import type { Route } from '../../../src/kit/route.js';
import { NOT_ANSWERING } from '../../../src/remote/router-program.js';
import type { CommandResult } from '../../../src/transports/transport.js';
import type { Facts, HostWorld } from './facts.js';
import { routeOf } from './host-files.js';

const CODES: Readonly<Record<string, string>> = {
  resolve: 'ENOTFOUND',
  refused: 'ECONNREFUSED',
  unreachable: 'EHOSTUNREACH',
  timeout: 'ETIMEDOUT',
  certificate: 'DEPTH_ZERO_SELF_SIGNED_CERT',
  reset: 'ECONNRESET',
};

/** Stand-in for `router.cjs probe`: what placements answer is a fact of the case. */
export function probeReply(
  facts: Facts,
  world: HostWorld,
  argv: readonly string[],
  stdin: string | undefined,
): CommandResult {
  const after = (flag: string): string | undefined => (argv.includes(flag) ? argv[argv.indexOf(flag) + 1] : undefined);
  const [service, placement] = [after('--service'), after('--placement')];
  const present = Object.entries(world.routes ?? {}).map(([name, route]) => routeOf(name, route) as Route);
  const routes = stdin === undefined ? present : [JSON.parse(stdin) as Route];
  const weightNow = (of: string, name: string): number =>
    present.find((each) => each.service === of)?.placements.find((each) => each.name === name)?.weight ?? 0;
  const probes = routes
    .filter((route) => service === undefined || route.service === service)
    .flatMap((route) =>
      route.placements
        .filter(({ name, weight }) => {
          if (placement !== undefined) return name === placement;
          return argv.includes('--rising') ? weight > weightNow(route.service, name) : weight > 0;
        })
        .flatMap(({ name, url, targets = [] }) => {
          const { method = 'GET', path = route.path } = route.health?.[name] ?? {};
          const answer = (key: string): number | string | undefined => facts.answers?.[`${route.service}/${key}`];
          const one = (at: string, key: string, target?: string) => ({
            service: route.service,
            placement: name,
            ...(target !== undefined && { target }),
            request: `${method} ${at}${path}`,
            ...outcome(answer(key) ?? 200),
          });
          const open = targets.filter((target) => !target.down);
          return open.some((target) => answer(`${name}/${target.name}`) !== undefined)
            ? open.map((target) => one(target.url, `${name}/${target.name}`, target.name))
            : [one(url, name)];
        }),
    );
  const code = probes.every(({ ok }) => ok) ? 0 : NOT_ANSWERING;
  return { code, stdout: JSON.stringify({ protocol: PROTOCOL_VERSION, probes }), stderr: '' };
}

function outcome(answer: number | string): { ok: boolean; status?: number; error?: { kind: string; code: string } } {
  if (typeof answer === 'number') return { ok: answer < 500, status: answer };
  return { ok: false, error: { kind: answer, code: CODES[answer] ?? answer } };
}
