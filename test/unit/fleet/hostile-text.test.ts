import { expect, test } from 'vitest';
import { parseFleet } from '../../helpers/modules.js';

const failure = (text: string): { message: string; code: string } => {
  try {
    parseFleet(text, '/f/fanops.yaml');
  } catch (error) {
    return error as { message: string; code: string };
  }
  throw new Error('it was taken');
};
const host = '{ address: h, roles: [app] }';

test.each([
  [`fleet: x\nhosts:\n  __proto__: ${host}\n`, '3:3', '__proto__'],
  [`fleet: x\nhosts:\n  "constructor": ${host}\n`, '3:3', 'constructor'],
  [`fleet: x\nhosts: { a: ${host} }\nservices:\n  prototype: {}\n`, '4:3', 'prototype'],
  [`fleet: x\nhosts: { a: ${host} }\nservices:\n  s:\n    settings: { __proto__: "1" }\n`, '5:17', '__proto__'],
  [`fleet: x\nhooks:\n  constructor: "true"\n`, '3:3', 'constructor'],
  [`fleet: x\nx-n: &n __proto__\nhosts:\n  *n : ${host}\n`, '4:3', '__proto__'],
])('a name that objects have is refused with its place, not dropped: %#', (text, place, name) => {
  expect(failure(text)).toMatchObject({
    code: 'FLEET_FILE',
    message: `/f/fanops.yaml:${place}: nothing can be called "${name}".`,
  });
});

test('a bomb of aliases, a file without end and lists without end are errors that name the file', () => {
  const bomb = [
    'x-0: &a0 [1,1,1,1,1,1,1,1,1]',
    ...Array.from({ length: 8 }, (_, at) => `x-${at + 1}: &a${at + 1} [${Array<string>(9).fill(`*a${at}`).join(',')}]`),
  ].join('\n');
  expect(failure(`fleet: x\n${bomb}\nhosts: {}\n`)).toMatchObject({
    code: 'FLEET_FILE',
    message: expect.stringContaining('/f/fanops.yaml cannot be read as YAML: Excessive alias count') as string,
  });
  expect(failure(`fleet: x\nx-a: ${'y'.repeat(1 << 20)}\n`)).toMatchObject({
    code: 'FLEET_FILE',
    message: expect.stringContaining('/f/fanops.yaml has') as string,
  });
  expect(failure(`fleet: x\nx-a: ${'['.repeat(50_000)}\n`)).toMatchObject({
    code: 'FLEET_FILE',
    message: expect.stringContaining('/f/fanops.yaml') as string,
  });
});

test('some aliases are fine', () => {
  expect(
    parseFleet(
      `fleet: x\nx-a: &a [app]\nhosts:\n  a: { address: h, roles: *a }\n  b: { address: i, roles: *a }\n`,
      '/f/fanops.yaml',
    ).hostNames(),
  ).toEqual(['a', 'b']);
});

test('an alias within what it stands for is an error with its place', () => {
  expect(failure(`fleet: x\nhosts: &h\n  a: ${host}\n  b: *h\n`)).toMatchObject({
    code: 'FLEET_FILE',
    message: '/f/fanops.yaml:4:6: *h stands within what it stands for.',
  });
  expect(failure(`fleet: x\nhosts: { a: ${host} }\nx-a: &a [1, [*a]]\n`)).toMatchObject({ code: 'FLEET_FILE' });
});

test.each(['constructor', 'toString', '__proto__', 'hasOwnProperty'])(
  'a host that is called %s only where it is named does not exist',
  (name) => {
    expect(
      failure(`fleet: x\nhosts: { a: { address: h, roles: [router] } }\nrouter: { host: ${name}, listen: 80 }\n`)
        .message,
    ).toContain(`there is no host "${name}"`);
    expect(failure(`fleet: x\nhosts: { a: { address: h, roles: [app], jump: [${name}] } }\n`).message).toContain(
      `"${name}"`,
    );
  },
);
