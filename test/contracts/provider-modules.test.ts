import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import Init from '../../src/commands/init.js';
import { systemClock } from '../../src/core/clock.js';
import type { Capabilities } from '../../src/providers/contracts/provider.js';
import { makeProvider, PROVIDERS } from '../../src/providers/index.js';
import { MODULES } from '../helpers/modules.js';

/** The names of all capabilities: a missing one does not compile. */
const CAPABILITIES: Record<keyof Capabilities, true> = {
  instances: true,
  networks: true,
  addresses: true,
  images: true,
  pricing: true,
  shared: true,
};
const SOURCES = join(import.meta.dirname, '..', '..', 'src', 'providers');

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'modules-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

describe.each([...MODULES.providers])('provider %s', (name, module) => {
  const schema = MODULES.schemas.provider.get(name)!;
  const { properties = {}, required = [] } = z.toJSONSchema(schema, { io: 'input' }) as {
    properties?: Record<string, unknown>;
    required?: string[];
  };
  const keys = Object.keys(properties);
  /** A section with answers to its questions. */
  const section = Object.fromEntries(
    module.questions.map(({ key }) => [key, module.examples[key as 'zone'] ?? 'north']),
  );

  test('its name is that of its line in the table and of its folder', () => {
    expect(module.name).toBe(name);
    expect(existsSync(join(SOURCES, name, 'config.ts'))).toBe(true);
    expect(Object.keys(PROVIDERS)).toContain(name);
  });

  test('what it says of itself is read without zod and without its code', () => {
    const text = readFileSync(join(SOURCES, name, 'config.ts'), 'utf8');
    const imports = [...text.matchAll(/^import (?!type )[^;]*? from '(.*)';$/gms)].map(([, from]) => from);
    expect(imports.filter((from) => !from?.startsWith('../contracts/') && from !== './endpoints.js')).toEqual([]);
  });

  test('plain settings, addresses and questions are keys of its section', () => {
    const named = [...module.plainSettings, ...[...module.endpoints, ...module.questions].map(({ key }) => key)];
    expect(named.filter((key) => !keys.includes(key))).toEqual([]);
  });

  test('no address to which logins are sent is plain', () => {
    expect(module.endpoints.filter(({ key }) => module.plainSettings.includes(key))).toEqual([]);
  });

  test('init asks for all that its section must have, and the answers are a right section', () => {
    const asked = module.questions.filter((question) => question.required).map(({ key }) => key);
    expect(asked.sort()).toEqual([...required].sort());
    for (const { key, check } of module.questions) expect(check?.(String(section[key])) ?? true).toBe(true);
    expect(schema.safeParse(section)).toMatchObject({ success: true });
    const flags: Record<string, { description?: string } | undefined> = Init.flags;
    for (const { key, description } of module.questions) expect(flags[key]?.description).toContain(description);
  });

  test('it has the capabilities that it says, and no others', async () => {
    const provider = await makeProvider(name, {
      fleet: 'test',
      dir,
      config: section,
      hosts: {},
      env: { HOME: dir },
      stateDir: async () => dir,
      clock: systemClock,
      templates: dir,
    });
    expect(provider.name).toBe(name);
    const has = Object.keys(CAPABILITIES).filter((each) => provider[each as keyof Capabilities] !== undefined);
    expect(has.sort()).toEqual([...module.capabilities].sort());
  });

  test('its traits go together', () => {
    const { network, rootless, bootstrap, firstBoot } = module.traits;
    const { capabilities, hostFields } = module;
    // Nothing is installed on a part of this machine, nor where nobody becomes root.
    if (network === 'loopback' || rootless) expect([bootstrap, firstBoot]).toEqual([false, undefined]);
    // Who may reach SSH is for a firewall to say.
    expect(hostFields.includes('sshFrom')).toBe(capabilities.includes('networks'));
    for (const field of Object.keys(module.examples)) expect(hostFields).toContain(field);
  });

  test('a host with the zone that it gives as an example is right', () => {
    const { zone } = module.examples;
    expect(module.hostProblems?.({ zone: zone?.replaceAll('"', '') }) ?? []).toEqual([]);
  });
});
