import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { keyPlace, placeOf, readLines, type AppFacts } from './facts.js';
import type { Finding } from './types.js';

/** Packages that apps still name but that the public registry no longer has. */
const gone = ['parse-multipart'];

interface Known {
  pattern: RegExp;
  finding: Omit<Finding, 'where' | 'message'>;
  message: (name: string) => string;
}

const known: Known[] = [
  {
    pattern: /^durable-functions$/,
    message: (name) => `The app depends on ${name}, which needs Azure's Durable extension.`,
    finding: { id: 'durable-functions', severity: 'blocks', hint: 'Leave the orchestrations on Azure.' },
  },
  {
    pattern: /^@azure\/functions-extensions-(?!base$)/,
    message: (name) => `The app depends on ${name}: SDK-type bindings need Azure's extensions.`,
    finding: { id: 'sdk-binding', severity: 'blocks', hint: 'Make the clients from the SDK packages instead.' },
  },
  {
    pattern: /^@azure\/identity$/,
    message: (name) => `The app depends on ${name}, which may use a managed identity: that only exists on Azure.`,
    finding: {
      id: 'managed-identity',
      severity: 'degrades',
      hint: 'Set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET of a service principal, or use Azure Arc.',
    },
  },
  {
    pattern: /^(applicationinsights|@azure\/monitor-opentelemetry)$/,
    message: (name) =>
      `The app depends on ${name}; what the platform collects for Application Insights by itself is gone.`,
    finding: {
      id: 'application-insights',
      severity: 'info',
      hint: 'Start the SDK in the app, with APPLICATIONINSIGHTS_CONNECTION_STRING set.',
    },
  },
  {
    pattern: new RegExp(`^(${gone.join('|')})$`),
    message: (name) => `The app depends on ${name}, which is no longer on the public registry: a new install fails.`,
    finding: { id: 'package-gone', severity: 'blocks', hint: 'Replace it; for forms the request has formData().' },
  },
];

/** Findings from package.json, the lock file and .npmrc (specification 9). */
export function dependencyFindings({ root, pkg }: AppFacts): Finding[] {
  const signsOf = (name: string): Known[] => known.filter(({ pattern }) => pattern.test(name));
  const named = pkg.dependencies.flatMap((name) =>
    signsOf(name).map(({ finding, message }): Finding => ({
      ...finding,
      message: message(name),
      where: keyPlace(root, 'package.json', name),
    })),
  );
  return [...named, ...goneInLock(root, pkg.dependencies), ...needsBuild(root, pkg.main), ...privateFeed(root)];
}

function goneInLock(root: string, direct: string[]): Finding[] {
  return gone
    .filter((name) => !direct.includes(name))
    .flatMap((name) => {
      const where = placeOf(root, 'package-lock.json', `"node_modules/${name}"`);
      if (where.line === 1) return [];
      const message = `The lock file names ${name}, which is no longer on the public registry: a new install fails.`;
      return [
        { id: 'package-gone', severity: 'blocks' as const, message, where, hint: 'Update the package that needs it.' },
      ];
    });
}

function privateFeed(root: string): Finding[] {
  const npmrc = readLines(root, '.npmrc');
  const at = npmrc?.lines.findIndex((line) => /^\s*(@[^:]+:)?registry\s*=/.test(line)) ?? -1;
  if (at < 0) return [];
  const message = '.npmrc names a registry of its own: the build fails without access to it.';
  return [
    {
      id: 'private-registry',
      severity: 'degrades',
      message,
      where: { file: '.npmrc', line: at + 1 },
      hint: 'Give the host a token for it, or install before the upload.',
    },
  ];
}

/** `main` points at what the app's build makes, and nothing is there yet. */
function needsBuild(root: string, main: string | undefined): Finding[] {
  const folder = main?.replace(/^\.\//, '').split('/')[0] ?? '';
  const builds = readLines(root, 'package.json')?.lines.some((line) => /"build"\s*:/.test(line));
  if (!builds || !main?.includes('/') || /[*{[?]/.test(folder) || existsSync(join(root, folder))) return [];
  const message =
    `"main": "${main}" is made by the build of the app, which has not run: there is no ` + `folder "${folder}".`;
  return [
    {
      id: 'not-built',
      severity: 'blocks',
      message,
      where: keyPlace(root, 'package.json', 'main'),
      hint: 'Run npm run build first.',
    },
  ];
}
