import { chmodSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { HostWorld, RouteFacts, ServiceFacts } from './facts.js';

const text = (data: object): string => `${JSON.stringify(data)}\n`;
const AT = '2026-11-20T00:00:00.000Z';

/** A route as its file holds it. */
export const routeOf = (service: string, { placements, ...route }: RouteFacts): object => ({
  service,
  version: 3,
  fence: 2,
  lock: `service-${service}`,
  ...route,
  placements: Object.entries(placements).map(([name, each]) => ({ name, ...each })),
  run: 'R0',
  at: AT,
});

/** Writes the home folder of a host. */
export function writeHost(home: string, facts: HostWorld): void {
  const put = (path: string, content: string | object): void => {
    mkdirSync(dirname(join(home, path)), { recursive: true });
    writeFileSync(join(home, path), typeof content === 'string' ? content : text(content));
  };
  mkdirSync(home, { recursive: true });
  if (facts.router) {
    put('fanops/router/router.cjs', '// stand-in for the program of the router: holder.json\n');
    put('fanops/router/router.json', { mark: '0000000000000000', ...facts.router });
  }
  for (const [service, route] of Object.entries(facts.routes ?? {}))
    put(`fanops/router/routes/${service}.json`, routeOf(service, route));
  for (const [service, each] of Object.entries(facts.services ?? {})) writeService(home, service, each, put);
  for (const [path, content] of Object.entries(facts.files ?? {})) put(path, content);
}

function writeService(
  home: string,
  service: string,
  facts: ServiceFacts,
  put: (path: string, content: object) => void,
): void {
  const { release, previous, port, address = '0.0.0.0', also, background = true, run = 'R0' } = facts;
  const { instances = 1, keys = false, stopped = false, started = port } = facts;
  const dir = `fanops/services/${service}`;
  const releases = facts.releases ?? [...(previous ? [previous] : []), release];
  for (const [age, each] of releases.entries()) {
    put(`${dir}/releases/${each}/process.json`, { instances, keys });
    put(`${dir}/releases/${each}/release.json`, { service, release: each, run, fanops: '0.0.0' });
    utimesSync(join(home, `${dir}/releases/${each}/release.json`), 1_700_000_000 + age, 1_700_000_000 + age);
  }
  if (stopped) return;
  put(`${dir}/service.json`, { service, release, previous, background, port, address, also, run, at: AT });
  const listen = ['--port', String(started), '--host', address];
  const more = (also ?? []).flatMap((each) => ['--also-listen', `${each.address}:${each.port}`]);
  put(`${dir}/ecosystem.json`, {
    apps: [
      {
        name: service,
        args: [...listen, ...more, ...(keys ? ['--keys', 'keys.json'] : [])],
        instances,
        env: { FANOPS_RELEASE: release },
      },
    ],
  });
  symlinkSync(`releases/${release}`, join(home, `${dir}/current`));
  chmodSync(join(home, dir), 0o700);
}
