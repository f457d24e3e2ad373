import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { readLocalSettings } from '../config/settings.js';
import { readAppPackage, type AppPackage } from '../core/package-json.js';
import { isDisabled } from '../functions/disabled.js';
import { functionFolders } from '../models/function-json.js';
import { readHost } from './app-findings.js';
import { givenSettings, type AppFacts } from './facts.js';
import { analysedFunctions } from './functions.js';
import { judge } from './judge.js';
import { loadFindings, type Loaded } from './load-findings.js';
import { recordApp } from './record.js';
import { collectSettings } from './settings.js';
import { findEnvReads, readSources } from './sources.js';
import type { AnalyseOptions, Analysis, Finding, Severity } from './types.js';

/**
 * Says what an app needs and what stands in the way of running it here. The app's entry points are loaded in a child
 * process with a deadline; no function is called. Never rejects for what is wrong with the app: that is a finding.
 */
export async function analyse(dir: string, options: AnalyseOptions = {}): Promise<Analysis> {
  const root = resolve(dir);
  const pkg = await readAppPackage(root);
  const base: Analysis['app'] = {
    name: pkg.name ?? basename(root),
    model: 'unknown',
    main: pkg.main ?? null,
    nodeEngine: pkg.nodeEngine,
  };
  const folders = existsSync(root) ? functionFolders(root) : [];
  const missing = missingSigns(root, pkg);
  if (missing && folders.length === 0) return notAnApp(base, missing);

  const findings: Finding[] = [];
  const local = await localSettings(root, findings);
  const env = { ...local, ...options.env };
  const loads = pkg.main !== undefined || folders.length > 0;
  const recorded = loads ? await load(root, env, options.deadlineMs ?? 30_000) : undefined;
  const functions = recorded?.functions ?? [];
  const loadErrors = recorded?.loadErrors ?? [];
  if (functions.length === 0 && !recorded?.findings.length) {
    return notAnApp(
      base,
      pkg.main ? `the files of "main": "${pkg.main}" register no function` : 'package.json has no "main"',
    );
  }
  const settings = givenSettings(root, local, options.env ?? {});
  const [host, sources] = [await readHost(root, findings), await readSources(root)];
  const facts: AppFacts = { root, pkg, functions, folders, env, settings, host, sources };
  const judged = await judge(facts);
  const v3 = functions.some(({ where }) => where?.file.endsWith('/function.json'));
  return {
    app: { ...base, model: functions.length === 0 ? 'unknown' : v3 ? 'v3' : 'v4' },
    functions: analysedFunctions(functions),
    routes: judged.routes,
    settings: collectSettings(
      functions.map(({ metadata }) => metadata),
      findEnvReads(facts.sources),
    ),
    findings: inOrder(
      [...findings, ...(recorded?.findings ?? []), ...judged.findings].map((finding) => outOfService(finding, facts)),
    ),
    loadErrors: loadErrors.map(({ file, message }) => ({ file, message })),
  };
}

async function load(root: string, env: Record<string, string | undefined>, deadlineMs: number): Promise<Loaded> {
  return loadFindings(root, await recordApp(root, env, deadlineMs), env, deadlineMs);
}

function missingSigns(root: string, pkg: AppPackage): string | undefined {
  if (!existsSync(join(root, 'host.json'))) return 'there is no host.json';
  if (!pkg.main && !pkg.dependencies.includes('@azure/functions'))
    return 'package.json names neither "main" nor @azure/functions';
  return undefined;
}

function notAnApp(app: Analysis['app'], why: string): Analysis {
  const finding: Finding = {
    id: 'not-a-functions-app',
    severity: 'blocks',
    message: `This folder is no Azure Functions Node.js app: ${why}.`,
    hint: 'Give the folder that holds host.json and package.json, after the app was built.',
  };
  return { app, functions: [], routes: [], settings: [], findings: [finding], loadErrors: [] };
}

async function localSettings(root: string, findings: Finding[]): Promise<Record<string, string>> {
  try {
    return await readLocalSettings(root);
  } catch (error) {
    const where = { file: 'local.settings.json', line: 1 };
    findings.push({ id: 'bad-local-settings', severity: 'info', message: (error as Error).message, where });
    return {};
  }
}

/** What blocks a function only blocks nothing when that function is switched off here. */
function outOfService(finding: Finding, { env, host }: AppFacts): Finding {
  const { function: name, severity, message } = finding;
  if (!name || severity !== 'blocks') return finding;
  const left = isDisabled(name, env) || (host?.functions && !host.functions.includes(name.toLowerCase()));
  return left
    ? { ...finding, severity: 'degrades', message: `${message} It is switched off here, so it stays out of service.` }
    : finding;
}

const order: Severity[] = ['blocks', 'question', 'degrades', 'info'];

function inOrder(findings: Finding[]): Finding[] {
  return findings.sort((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity));
}
