import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { asObject, parseJsonWithComments } from '../config/json.js';
import { placeOf, readLines } from './facts.js';
import type { Finding, Place } from './types.js';

interface NativePackage {
  name: string;
  where: Place;
  /** Only for these systems; undefined = all. */
  os?: string[];
  cpu?: string[];
  /** Left out where it does not fit. */
  optional: boolean;
}

/** Packages that bring native code, from the lock file, else from what is installed (specification 9). */
export function nativeFindings(root: string): Finding[] {
  const packages = readLines(root, 'package-lock.json') ? fromLock(root) : fromInstalled(root);
  const required = packages.filter(({ optional }) => !optional);
  const wrongSystem = required.filter(({ os }) => os && !os.includes('linux'));
  const native = packages.filter((pkg) => !wrongSystem.includes(pkg));
  return [
    ...wrongSystem.map((pkg): Finding => ({
      id: 'windows-only',
      severity: 'degrades',
      where: pkg.where,
      message: `${pkg.name} is made for ${pkg.os!.join(', ')} only: it cannot be installed on Linux.`,
      hint: 'Take it away or make it an optional dependency.',
    })),
    ...(native.length === 0 ? [] : [nativeFinding(native)]),
  ];
}

function nativeFinding(packages: NativePackage[]): Finding {
  const names = [...new Set(packages.map(({ name }) => name))].sort();
  const shown = names.length > 8 ? `${names.slice(0, 8).join(', ')} and ${names.length - 8} more` : names.join(', ');
  return {
    id: 'native-modules',
    severity: 'degrades',
    where: packages[0]!.where,
    message: `Native code, which is bound to system and processor: ${shown}.`,
    hint:
      'Install on the host itself, from the lock file, not by a copy of node_modules. A ' +
      'compiler may be needed there.',
  };
}

function fromLock(root: string): NativePackage[] {
  let lock: Record<string, unknown> | undefined;
  try {
    lock = asObject(parseJsonWithComments(readFileSync(join(root, 'package-lock.json'), 'utf8')));
  } catch {
    return []; // npm itself says what is wrong with it
  }
  return Object.entries(asObject(lock?.packages) ?? {}).flatMap(([path, value]) => {
    const entry = asObject(value) ?? {};
    if (path === '' || entry.dev === true) return [];
    const { os, cpu } = { os: texts(entry.os), cpu: texts(entry.cpu) };
    if (!os && !cpu && entry.hasInstallScript !== true) return [];
    const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
    return [
      { name, os, cpu, optional: entry.optional === true, where: placeOf(root, 'package-lock.json', `"${path}"`) },
    ];
  });
}

function fromInstalled(root: string): NativePackage[] {
  const modules = join(root, 'node_modules');
  if (!existsSync(modules)) return [];
  const inScope = (scope: string): string[] => readdirSync(join(modules, scope)).map((name) => `${scope}/${name}`);
  const names = readdirSync(modules).flatMap((name) => (name.startsWith('@') ? inScope(name) : [name]));
  return names.flatMap((name) => {
    const folder = join(modules, name);
    const manifest = join(folder, 'package.json');
    if (!existsSync(manifest)) return [];
    const text = readFileSync(manifest, 'utf8');
    const signs =
      existsSync(join(folder, 'binding.gyp')) ||
      existsSync(join(folder, 'prebuilds')) ||
      /"(gypfile|cpu)"\s*:/.test(text);
    return signs ? [{ name, optional: true, where: { file: `node_modules/${name}/package.json`, line: 1 } }] : [];
  });
}

function texts(value: unknown): string[] | undefined {
  return Array.isArray(value) ? value.map(String) : undefined;
}
