import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { readLocalSettings } from '../config/settings.js';
import { readAppPackage, type AppPackage } from '../core/package-json.js';
import { triggerOf, triggerWord } from '../functions/binding-kinds.js';
import { compareNames } from '../functions/names.js';
import { scrub } from '../log.js';
import { appFindings, v3Functions } from './app-findings.js';
import { functionFindings, type RecordedFunction } from './function-findings.js';
import { recordApp, type RecordingResult } from './record.js';
import { collectSettings } from './settings.js';
import { findSigns } from './signs.js';
import { findEnvReads, readSources } from './sources.js';
import type { AnalyseOptions, AnalysedFunction, Analysis, Finding } from './types.js';

/**
 * Says what an app needs and what stands in the way of running it here. The app's entry points are loaded in a child
 * process with a deadline; no function is called. Never rejects for what is wrong with the app: that is a finding.
 */
export async function analyse(dir: string, options: AnalyseOptions = {}): Promise<Analysis> {
  const root = resolve(dir);
  const deadlineMs = options.deadlineMs ?? 30_000;
  const pkg = await readAppPackage(root);
  const base: Analysis['app'] = { name: pkg.name ?? basename(root), model: 'unknown', main: pkg.main ?? null, nodeEngine: pkg.nodeEngine };
  const missing = missingSigns(root, pkg);
  const folders = await v3Functions(root);
  if (missing.length > 0 && folders.length === 0) return notAnApp(base, `${missing.join(' and ')}.`);

  const findings = await appFindings(root, pkg);
  const sources = await readSources(root);
  const recording = pkg.main ? await record(root, options, deadlineMs, findings) : undefined;
  const functions = recording && 'functions' in recording ? recording.functions : [];
  const loadErrors = recording && 'loadErrors' in recording ? recording.loadErrors : [];
  const model = functions.length > 0 ? 'v4' : folders.length > 0 ? 'v3' : 'unknown';
  const failed = findings.some(({ id }) => id === 'load-deadline' || id === 'load-died');
  if (functions.length === 0 && folders.length === 0 && loadErrors.length === 0 && !failed) {
    return notAnApp(base, pkg.main ? `The files of "main": "${pkg.main}" register no function.` : 'package.json has no "main".');
  }
  findings.push(...loadErrors.map(loadFinding), ...functionFindings(functions), ...modelFindings(model, folders), ...findSigns(sources));
  return {
    app: { ...base, model },
    functions: functions.map(analysedFunction).sort((a, b) => compareNames(a.name, b.name)),
    settings: collectSettings(functions.map(({ metadata }) => metadata), findEnvReads(sources)),
    findings,
    loadErrors,
  };
}

function missingSigns(root: string, pkg: AppPackage): string[] {
  const missing: string[] = [];
  if (!existsSync(join(root, 'host.json'))) missing.push('There is no host.json');
  else if (!pkg.main && !pkg.dependencies.includes('@azure/functions')) {
    missing.push('package.json names neither "main" nor @azure/functions');
  }
  return missing;
}

function notAnApp(app: Analysis['app'], why: string): Analysis {
  const finding: Finding = {
    id: 'not-a-functions-app', severity: 'blocks', message: `This folder is no Azure Functions Node.js app: ${why}`,
    hint: 'Give the folder that holds host.json and package.json, after the app was built.',
  };
  return { app, functions: [], settings: [], findings: [finding], loadErrors: [] };
}

async function record(root: string, options: AnalyseOptions, deadlineMs: number, findings: Finding[]): Promise<RecordingResult> {
  let local: Record<string, string> = {};
  try {
    local = await readLocalSettings(root);
  } catch (error) {
    const where = { file: 'local.settings.json', line: 1 };
    findings.push({ id: 'bad-local-settings', severity: 'info', message: (error as Error).message, where });
  }
  const env = { ...local, ...options.env };
  const result = await recordApp(root, env, deadlineMs);
  if ('failed' in result) {
    const late = result.failed === 'deadline';
    findings.push({
      id: late ? 'load-deadline' : 'load-died', severity: 'blocks',
      message: late
        ? `Loading the app took longer than ${deadlineMs / 1000} s.`
        : `The app ended its process while it loaded. ${scrub(result.output.trim(), env)}`,
      hint: late ? 'Top-level code may wait for something that is not there; give its settings, or a longer deadline.' : undefined,
    });
    return result;
  }
  const loadErrors = result.loadErrors.map(({ file, message }) => ({ file, message: scrub(message, env) }));
  return { ...result, loadErrors };
}

function loadFinding({ file, message }: Analysis['loadErrors'][number]): Finding {
  const [first = ''] = message.split('\n');
  const line = Number(/:(\d+):\d+/.exec(message.split('\n').find((text) => text.includes(file)) ?? '')?.[1] ?? 1);
  return {
    id: 'load-error', severity: 'blocks', message: `${file} fails to load: ${first}`, where: { file, line },
    hint: /Cannot find (module|package)/.test(first)
      ? 'Install the app\'s dependencies and build it first.'
      : 'A missing setting is the usual reason.',
  };
}

function modelFindings(model: Analysis['app']['model'], folders: string[]): Finding[] {
  if (model === 'v3') return folders.map((name) => ({
    id: 'v3-model', severity: 'blocks' as const, function: name, where: { file: `${name}/function.json`, line: 1 },
    message: `${name} is written for the v3 model (function.json), which this version does not run.`,
    hint: 'Move it to the v4 model: app.http(), app.timer(), ...',
  }));
  if (model === 'v4' && folders.length > 0) return [{
    id: 'mixed-models', severity: 'info', message: `Functions with a function.json are ignored beside the v4 model: ${folders.join(', ')}.`,
  }];
  return [];
}

function analysedFunction({ metadata, where }: RecordedFunction): AnalysedFunction {
  const trigger = triggerOf(metadata);
  const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
  const word = trigger ? triggerWord(trigger) : 'unknown';
  const http = word === 'http' && trigger
    ? {
      route: text(trigger.route) || metadata.name,
      methods: trigger.methods as string[] | undefined,
      authLevel: text(trigger.authLevel) ?? 'function',
    }
    : {};
  const [schedule, queue] = [text(trigger?.schedule), text(trigger?.queueName)];
  return { name: metadata.name, trigger: word, ...http, schedule, queue, file: where?.file };
}
