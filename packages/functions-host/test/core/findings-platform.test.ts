import { describe, expect, test } from 'vitest';
import type { Finding } from '../../src/analyse/types.js';
import { findingsOf, judged, source } from './analysis.js';

const finding = (id: string, severity: string, file?: string, line?: number, more: object = {}): Finding =>
  expect.objectContaining({ id, severity, ...(file ? { where: { file, line } } : {}), ...more }) as Finding;
const lock = (packages: object): Record<string, object> => ({
  'package-lock.json': { lockfileVersion: 3, packages: { '': { name: 'planted' }, ...packages } },
});
const handler = 'handler: async () => undefined';

describe('kind of app and where it runs', () => {
  test('[9-16] a custom handler blocks', async () => {
    for (const key of ['customHandler', 'httpWorker']) {
      expect(await judged({ 'host.json': { version: '2.0', [key]: { description: {} } } })).toContainEqual(
        finding('custom-handler', 'blocks', 'host.json', 3),
      );
    }
  });

  test('[9-17] proxies.json blocks only with entries', async () => {
    expect(await judged({ 'proxies.json': { proxies: { one: {} } } })).toContainEqual(
      finding('proxies', 'blocks', 'proxies.json', 2),
    );
    expect(
      (await judged({ 'proxies.json': { $schema: 'x', proxies: {} } })).filter(({ id }) => id === 'proxies'),
    ).toEqual([]);
  });

  test('[9-18] extensions of the app block: extensions.csproj or bin', async () => {
    for (const file of ['extensions.csproj', 'bin/extensions.json', 'bin/Own.Extension.dll']) {
      expect(await judged({ [file]: '' })).toContainEqual(finding('own-extensions', 'blocks', file, 1));
    }
  });

  test('[9-19] Windows: zone names, drive paths, packages for win32 only', async () => {
    expect(await judged({}, { WEBSITE_TIME_ZONE: 'W. Europe Standard Time' })).toContainEqual(
      finding('windows-only', 'degrades', undefined, undefined, {
        message: expect.stringContaining('W. Europe') as string,
      }),
    );
    expect(
      (await judged({}, { WEBSITE_TIME_ZONE: 'Europe/Berlin' })).filter(({ id }) => id === 'windows-only'),
    ).toEqual([]);
    expect(await judged({ 'lib/w.js': "const p = 'C:\\\\temp\\\\x';\n" })).toContainEqual(
      finding('windows-only', 'degrades', 'lib/w.js', 1),
    );
    expect(await judged({}, { CACHE_DIR: 'D:\\local\\cache' })).toContainEqual(finding('windows-only', 'degrades'));
    const findings = await judged(
      lock({ 'node_modules/win-only': { os: ['win32'] }, 'node_modules/maybe': { os: ['win32'], optional: true } }),
    );
    expect(findings).toContainEqual(
      finding('windows-only', 'degrades', 'package-lock.json', 7, {
        message: expect.stringContaining('win-only') as string,
      }),
    );
  });

  test('[9-20] native modules, by the lock file or by what is installed', async () => {
    const packages = {
      'node_modules/sharp': { hasInstallScript: true },
      'node_modules/@img/sharp-linux-x64': { os: ['linux'], cpu: ['x64'], optional: true },
      'node_modules/tool': { hasInstallScript: true, dev: true },
    };
    const native = (await judged(lock(packages))).find(({ id }) => id === 'native-modules');
    expect(native).toEqual(finding('native-modules', 'degrades', 'package-lock.json', 7));
    expect([native?.message.includes('@img/sharp-linux-x64, sharp'), native?.message.includes('tool')]).toEqual([
      true,
      false,
    ]);
    expect(
      await judged({ 'node_modules/native/package.json': {}, 'node_modules/native/binding.gyp': '' }),
    ).toContainEqual(finding('native-modules', 'degrades', 'node_modules/native/package.json', 1));
  });

  test('[9-21] a Node version that does not fit: engines, WEBSITE_NODE_DEFAULT_VERSION, linuxFxVersion', async () => {
    const engines = (node: string): object => ({ main: 'index.js', engines: { node } });
    expect(await judged({ 'package.json': engines('^14') })).toContainEqual(
      finding('node-version', 'degrades', 'package.json', 4),
    );
    expect((await judged({ 'package.json': engines('>=20') })).filter(({ id }) => id === 'node-version')).toEqual([]);
    expect(await judged({ 'local.settings.json': { Values: { WEBSITE_NODE_DEFAULT_VERSION: '~18' } } })).toContainEqual(
      finding('node-version', 'degrades', 'local.settings.json', 3),
    );
    const bicep = await judged({
      'infra/app.bicep': "siteConfig: {\n  linuxFxVersion: 'NODE|16'\n}\n",
      'infra/main.tf': 'linux_fx_version = "NODE|12"\n',
    });
    expect(bicep).toContainEqual(finding('node-version', 'degrades', 'infra/app.bicep', 2));
    expect(bicep).toContainEqual(finding('node-version', 'degrades', 'infra/main.tf', 1));
    expect(
      await judged({ 'app.bicep': `linuxFxVersion: 'NODE|${process.versions.node.split('.')[0]}'\n` }),
    ).not.toContainEqual(finding('node-version', 'degrades'));
  });

  test('[9-22] Node arguments belong into the process manager', async () => {
    for (const name of ['languageWorkers__node__arguments', 'NODE_OPTIONS']) {
      const findings = await judged({ 'local.settings.json': { Values: { [name]: '--max-old-space-size=512' } } });
      expect(findings).toContainEqual(finding('node-arguments', 'degrades', 'local.settings.json', 3));
    }
  });

  test('[9-23] a private npm feed', async () => {
    const findings = await judged({ '.npmrc': 'always-auth=true\n@own:registry=https://feed.example.org/\n' });
    expect(findings).toContainEqual(finding('private-registry', 'degrades', '.npmrc', 2));
    expect((await judged({ '.npmrc': 'save-exact=true\n' })).filter(({ id }) => id === 'private-registry')).toEqual([]);
  });

  test('[9-24] a package that is no longer on the registry blocks the build', async () => {
    expect(
      await judged({ 'package.json': { main: 'index.js', dependencies: { 'parse-multipart': '1' } } }),
    ).toContainEqual(finding('package-gone', 'blocks', 'package.json', 4));
    expect(await judged(lock({ 'node_modules/parse-multipart': {} }))).toContainEqual(
      finding('package-gone', 'blocks', 'package-lock.json', 7),
    );
  });

  test('[9-25, 3.10-8] what only a comparison shows is information; CORS of the portal needs an answer', () => {
    const findings = findingsOf({});
    expect(findings).toContainEqual(
      finding('http-differences', 'info', 'index.js', 2, { message: expect.stringContaining('chunked') as string }),
    );
    expect(findings).toContainEqual(finding('portal-cors', 'question', 'index.js', 2));
    expect(
      findingsOf({}, { CORS_ALLOWED_ORIGINS: '["https://a.example"]' }).filter(({ id }) => id === 'portal-cors'),
    ).toEqual([]);
    const timers = findingsOf(source(`app.timer('t', { schedule: '0 0 0 * * *', ${handler} });`));
    expect(timers.filter(({ id }) => ['http-differences', 'portal-cors'].includes(id))).toEqual([]);
  });
});
