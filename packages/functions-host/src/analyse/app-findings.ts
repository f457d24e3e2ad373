import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readHostConfig, type HostConfig } from '../config/host-json.js';
import type { AppPackage } from '../core/package-json.js';
import { hasProxies } from '../models/proxies.js';
import { keyPlace, placeOf, type AppFacts } from './facts.js';
import type { Finding } from './types.js';

/** Reads host.json; what is wrong with it is a finding. */
export async function readHost(root: string, findings: Finding[]): Promise<HostConfig | undefined> {
  try {
    return await readHostConfig(root, {});
  } catch (error) {
    findings.push({
      id: 'bad-host-json',
      severity: 'blocks',
      message: (error as Error).message,
      where: { file: 'host.json', line: 1 },
    });
    return undefined;
  }
}

/** Findings from files other than sources, package.json and its lock file (specification 9). */
export function appFindings({ root, pkg, host, folders, functions }: AppFacts): Finding[] {
  const findings: Finding[] = [...hostFindings(root, host), ...packageWarning(pkg), ...extensionFindings(root)];
  if (hasProxies(root))
    findings.push({
      id: 'proxies',
      severity: 'blocks',
      message: 'proxies.json has entries, which no current host serves.',
      where: placeOf(root, 'proxies.json', '"proxies"'),
      hint: 'Turn them into rules of the router, then take the file away.',
    });
  if (existsSync(join(root, 'staticwebapp.config.json')))
    findings.push({
      id: 'static-web-app',
      severity: 'question',
      where: { file: 'staticwebapp.config.json', line: 1 },
      message: 'The app belongs to a Static Web App, which signs users in and passes their identity in headers.',
      hint: 'Put an authenticating proxy in front, and have the router strip x-ms-client-principal from clients.',
    });
  const inCode = functions.some(({ where }) => !where?.file.endsWith('/function.json'));
  if (inCode && folders.length > 0)
    findings.push({
      id: 'mixed-models',
      severity: 'info',
      where: { file: `${folders[0]}/function.json`, line: 1 },
      message:
        'Mixed function app: functions are registered in code, so folders with a ' +
        `function.json are ignored: ${folders.join(', ')}.`,
    });
  return findings;
}

function hostFindings(root: string, host: HostConfig | undefined): Finding[] {
  if (!host) return [];
  const at = (key: string): Finding['where'] => keyPlace(root, 'host.json', key);
  const findings: Finding[] = [];
  const custom = ['customHandler', 'httpWorker'].find((key) =>
    host.keys.some((present) => present.toLowerCase() === key.toLowerCase()),
  );
  if (host.customHandler)
    findings.push({
      id: 'custom-handler',
      severity: 'blocks',
      where: at(custom ?? 'customHandler'),
      message: 'host.json declares a custom handler: the app is a web server of its own, no Node.js worker app.',
      hint: 'Run that server under PM2 directly.',
    });
  if (placeOf(root, 'host.json', /"mcp"\s*:/i).line > 1)
    findings.push({
      id: 'mcp-trigger',
      severity: 'blocks',
      where: at('mcp'),
      message: 'host.json configures the MCP extension, which this host does not have.',
      hint: 'Serve MCP by a server of its own.',
    });
  for (const message of host.notices) {
    const key = /^host\.json: ([\w.]+)/.exec(message)?.[1]?.split('.').at(-1) ?? '';
    const insights = /applicationInsights|telemetryMode/i.test(key);
    findings.push({
      id: insights ? 'application-insights' : 'host-json-no-effect',
      severity: 'info',
      message,
      where: at(key),
    });
  }
  return findings;
}

function packageWarning({ warning }: AppPackage): Finding[] {
  if (!warning) return [];
  return [{ id: 'bad-package-json', severity: 'blocks', message: warning, where: { file: 'package.json', line: 1 } }];
}

function extensionFindings(root: string): Finding[] {
  const marks = ['extensions.csproj', 'bin/extensions.json', 'bin/function.deps.json'];
  const file = marks.find((name) => existsSync(join(root, name))) ?? libraryIn(root);
  if (!file) return [];
  return [
    {
      id: 'own-extensions',
      severity: 'blocks',
      where: { file, line: 1 },
      message: `${file} brings .NET binding extensions of the app's own, which only Azure's host loads.`,
      hint: 'Do in the functions what they do, by an SDK.',
    },
  ];
}

function libraryIn(root: string): string | undefined {
  if (!existsSync(join(root, 'bin'))) return undefined;
  const name = readdirSync(join(root, 'bin')).find((entry) => /\.dll$/i.test(entry));
  return name && `bin/${name}`;
}
