import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { RESERVED_NAMES } from '../../../src/fleet/reserved-names.js';
import { ROOT } from '../../helpers/cli.js';
import { parseFleet } from '../../helpers/modules.js';

const { commands } = JSON.parse(readFileSync(join(ROOT, 'oclif.manifest.json'), 'utf8')) as {
  commands: Record<string, { args: Record<string, unknown> }>;
};

test('every word that a command takes in the place of a service is reserved', () => {
  const words = Object.keys(commands).flatMap((id) => {
    const [topic = '', word] = id.split(':');
    return word !== undefined && commands[topic]?.args.service ? [word] : [];
  });
  expect(words).toEqual(expect.arrayContaining(['rollback', 'finish', 'status']));
  expect(words.filter((word) => !RESERVED_NAMES.includes(word))).toEqual([]);
});

test('the words of commands that are to come are reserved too', () => {
  const words =
    'verify continue import explain sync list show status rollback finish logs run start stop restart scale';
  expect(words.split(' ').filter((word) => !RESERVED_NAMES.includes(word))).toEqual([]);
});

test.each(RESERVED_NAMES)('a service called %s is refused with its place and the way out', (name) => {
  const text = `fleet: shop
hosts: { app-1: { provider: local, roles: [app] } }
services:
  ${name}:
    source: ./m1
    placements: { vm: { platform: pm2, host: app-1, port: 3000 } }
`;
  expect(() => parseFleet(text, '/f/fanops.yaml')).toThrow(
    `/f/fanops.yaml:5:5 services.${name}: "${name}" is a word of fanops. Choose another name.`,
  );
  expect(parseFleet(text.replace(`${name}:`, `${name}-api:`), '/f/fanops.yaml').serviceNames()).toEqual([
    `${name}-api`,
  ]);
});
