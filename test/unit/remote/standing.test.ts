import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { listStanding, parseStanding, routerApp, routerEcosystem } from '../../../src/remote/standing.js';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'standing-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const standing = (): string[] => {
  const [command = '', ...args] = listStanding();
  return parseStanding(execFileSync(command, args, { cwd: home, encoding: 'utf8' })).map(
    ({ name, ecosystem }) => `${name}: ${ecosystem}`,
  );
};
const write = (...files: string[]): void =>
  files.forEach((file) => {
    mkdirSync(join(home, dirname(file)), { recursive: true });
    writeFileSync(join(home, file), '{}');
  });

test('a host that nothing was brought to has nothing to run', () => {
  expect(standing()).toEqual([]);
  write('fanops/audit.log');
  expect(standing()).toEqual([]);
});

test('what a host is to run: services with a record, and a router with settings', () => {
  write(
    'fanops/services/m1/service.json',
    'fanops/services/m1/ecosystem.json',
    'fanops/services/stopped/logs/out.log',
    'fanops/services/half/service.json',
  );
  expect(standing()).toEqual(['m1: fanops/services/m1/ecosystem.json']);
  write('fanops/router/router.json');
  expect(standing()).toHaveLength(1);
  write('fanops/router/ecosystem.json');
  expect(standing()).toContain(`${routerApp.name}: fanops/router/ecosystem.json`);
});

test.for([
  [230_000, 230_000],
  [600_000, 600_000],
  [0, 25_000],
] as const)('with a drain of %d ms PM2 lets the router end for %d ms, and kills it only after', ([drain, shutdown]) => {
  const { apps } = JSON.parse(routerEcosystem('/home/deploy', drain)) as {
    apps: { kill_timeout: number; env: Record<string, string> }[];
  };
  expect(apps[0]?.env.FANOPS_SHUTDOWN_MS).toBe(String(shutdown));
  expect(apps[0]?.kill_timeout).toBe(shutdown + 5000);
});
