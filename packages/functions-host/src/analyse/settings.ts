import { defaultConnection } from '../config/storage-connection.js';
import { referencedSettings } from '../config/settings.js';
import type { Binding, FunctionMetadata } from '../core/contract.js';
import type { EnvRead } from './sources.js';
import type { AnalysedSetting } from './types.js';

/** Set by the system, the process manager or this host. */
const system = [
  'NODE_ENV',
  'PATH',
  'HOME',
  'PORT',
  'TZ',
  'USER',
  'PWD',
  'TMPDIR',
  'HOSTNAME',
  'NODE_APP_INSTANCE',
  'AZURE_FUNCTIONS_ENVIRONMENT',
];
const isProvided = (name: string): boolean => system.includes(name) || /^(FANOPS|FUNCTIONS|WEBSITE)_/.test(name);
const storageTypes = /^(queue|blob|table)(trigger)?$/i;

/** Settings that bindings and sources refer to, by name; each with who uses it. */
export function collectSettings(functions: FunctionMetadata[], reads: EnvRead[]): AnalysedSetting[] {
  const settings = new Map<string, AnalysedSetting>();
  const use = (name: string, usedBy: string, required: boolean): void => {
    const setting = settings.get(name) ?? { name, usedBy: [], required: false };
    if (!setting.usedBy.includes(usedBy)) setting.usedBy.push(usedBy);
    setting.required ||= required;
    settings.set(name, setting);
  };
  for (const { name, bindings } of functions) {
    for (const binding of Object.values(bindings))
      for (const setting of bindingSettings(binding)) use(setting, name, true);
  }
  for (const { name, file, line, hasFallback } of reads)
    use(name, `${file}:${line}`, !hasFallback && !isProvided(name));
  return [...settings.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function bindingSettings(binding: Binding): string[] {
  const texts = Object.entries(binding)
    .filter(([key]) => key !== 'connection')
    .map(([, value]) => value);
  const references = texts.flatMap((value) => (typeof value === 'string' ? referencedSettings(value) : []));
  if (typeof binding.connection === 'string' && binding.connection) {
    const inConnection = referencedSettings(binding.connection);
    return [...references, ...(inConnection.length > 0 ? inConnection : [binding.connection])];
  }
  return storageTypes.test(binding.type) ? [...references, defaultConnection] : references;
}
