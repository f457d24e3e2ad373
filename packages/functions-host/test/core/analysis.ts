import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readHost } from '../../src/analyse/app-findings.js';
import { givenSettings, type AppFacts } from '../../src/analyse/facts.js';
import { judge } from '../../src/analyse/judge.js';
import { readSources } from '../../src/analyse/sources.js';
import type { Analysis, Finding } from '../../src/analyse/types.js';
import { readLocalSettings } from '../../src/config/settings.js';
import { readAppPackage } from '../../src/core/package-json.js';
import { packageRoot } from '../helpers/host.js';
import { makeApp, scratch, writeApp, type Files } from './app.js';

const bundle = join(packageRoot, 'dist', 'bundle', 'functions-host.cjs');

/** What `--analyse --json` prints for a folder, with these settings in an `--env-file`. */
export function analysed(dir: string, settings: Record<string, string> = {}, args: string[] = []): Analysis {
  const envFile = join(scratch(), 'settings.env');
  writeFileSync(
    envFile,
    Object.entries(settings)
      .map(([name, value]) => `${name}='${value}'\n`)
      .join(''),
    { mode: 0o600 },
  );
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [bundle, '--analyse', '--json', '--root', dir, '--env-file', envFile, ...args],
    {
      encoding: 'utf8',
      timeout: 30_000,
      env: { PATH: process.env.PATH ?? '' },
    },
  );
  if (status !== 0) throw new Error(`--analyse ended with ${status}: ${stderr}`);
  return JSON.parse(stdout) as Analysis;
}

const fine = "const { app } = require('@azure/functions');\napp.http('fine', { handler: async () => ({}) });\n";

/** What the files and settings alone say of an app: it is not loaded, so this is quick. */
export async function judged(files: Files, settings: Record<string, string> = {}): Promise<Finding[]> {
  const root = writeApp(scratch(), { 'package.json': { name: 'planted', main: 'index.js' }, ...files });
  const findings: Finding[] = [];
  const local = await readLocalSettings(root);
  const facts: AppFacts = {
    root,
    functions: [],
    folders: [],
    env: { ...local, ...settings },
    pkg: await readAppPackage(root),
    host: await readHost(root, findings),
    sources: await readSources(root),
    settings: givenSettings(root, local, settings),
  };
  return [...findings, ...(await judge(facts)).findings];
}

/** Findings of an app with one HTTP function and what is planted beside it. */
export const findingsOf = (files: Files, settings?: Record<string, string>): Finding[] =>
  analysed(makeApp({ 'package.json': { name: 'planted', main: 'index.js' }, 'index.js': fine, ...files }), settings)
    .findings;

/** The source of an app: `code` from its second line on. */
export const source = (code: string): Files => ({
  'index.js': `const { app, input, output, trigger } = require('@azure/functions');\n${code}\n`,
});
