import { chmodSync, cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ROOT } from '../cli.js';
import type { AppFacts, Facts } from './facts.js';

const REAL = join(ROOT, 'packages/functions-host/dist/bundle/functions-host.cjs');

/** Stand-in for the functions host: prints what the case says that it tells of the app. */
const STAND_IN = `
const root = process.argv[process.argv.indexOf('--root') + 1];
process.stdout.write(require('node:fs').readFileSync(root + '/node_modules/analysis.json'));
`;

/** Writes the source folders of a case. @returns the program that analyses them */
export function writeApps(dir: string, { fleet, apps = {} }: Facts): string {
  for (const [service, { source }] of Object.entries((fleet.services ?? {}) as Record<string, { source: string }>))
    writeApp(resolve(dir, source), service, apps[service] ?? {});
  const standIn = join(dir, 'functions-host.cjs');
  writeFileSync(standIn, STAND_IN);
  return Object.values(apps).some((app) => 'fixture' in app) ? REAL : standIn;
}

function writeApp(folder: string, service: string, app: AppFacts): void {
  if ('fixture' in app) {
    cpSync(join(ROOT, 'test/fixtures/apps', app.fixture), folder, { recursive: true });
    mkdirSync(join(folder, 'node_modules'), { recursive: true });
    writeFileSync(join(folder, 'host.json'), '{ "version": "2.0" }\n');
    return;
  }
  const { lock = true, missing = false, ...told } = app;
  mkdirSync(join(folder, 'node_modules'), { recursive: true });
  if (missing) return;
  const put = (name: string, data: object): void => {
    writeFileSync(join(folder, name), JSON.stringify(data));
    chmodSync(join(folder, name), 0o644);
  };
  put('package.json', { name: service, main: 'app.js' });
  if (lock) put('package-lock.json', { name: service, lockfileVersion: 3 });
  // Not part of a release, so that the hash of the source does not depend on it.
  put('node_modules/analysis.json', {
    app: { name: service, model: 'v4', main: 'app.js' },
    functions: [{ name: 'version', trigger: 'http', route: 'api/flow/version', methods: ['GET'] }],
    routes: [],
    settings: [],
    findings: [],
    loadErrors: [],
    ...told,
  });
}
