import { expect, test } from 'vitest';
import { parse } from 'yaml';
import type { Json } from '../../../../src/core/json.js';
import type { ConfigShow } from '../../../../src/operations/config/show.js';
import { renderConfig } from '../../../../src/ui/render/config.js';
import { plain } from '../../../helpers/plain-style.js';

const parity: Json = [{ path: '/a' }, { path: '/b', method: 'POST', body: { text: 'x: y', list: [1, 2] } }];
const shown: ConfigShow = {
  file: '/f/fanops.yaml',
  environment: 'prod',
  values: [
    { path: ['fleet'], value: 'f', source: 'fanops.yaml:1' },
    { path: ['hosts', 'app-1', 'roles'], value: ['app', 'router'], source: 'fanops.prod.yaml:3' },
    {
      path: ['services', 'm1', 'settings', 'CONNECTION'],
      value: 'file:a/long/path/to/a/file',
      source: 'fanops.yaml:9',
    },
    { path: ['services', 'm1', 'parity'], value: parity, source: 'fanops.yaml:12' },
  ],
};

test('the source of each value stands behind it', () => {
  expect(renderConfig(shown, plain)).toMatchInlineSnapshot(`
    "# /f/fanops.yaml, environment prod
    fleet: f                                                                    # fanops.yaml:1
    hosts:
      app-1:
        roles: [ app, router ]                                                  # fanops.prod.yaml:3
    services:
      m1:
        settings:
          CONNECTION: file:a/long/path/to/a/file                                # fanops.yaml:9
        parity:                                                                 # fanops.yaml:12
          - { path: /a }
          - { path: /b, method: POST, body: { text: "x: y", list: [ 1, 2 ] } }"
  `);
});

test('or above it where the terminal is too narrow', () => {
  expect(renderConfig(shown, plain, 50)).toMatchInlineSnapshot(`
    "# /f/fanops.yaml, environment prod
    fleet: f                      # fanops.yaml:1
    hosts:
      app-1:
        roles: [ app, router ]    # fanops.prod.yaml:3
    services:
      m1:
        settings:
          # fanops.yaml:9
          CONNECTION: file:a/long/path/to/a/file
        parity:                   # fanops.yaml:12
          - { path: /a }
          - { path: /b, method: POST, body: { text: "x: y", list: [ 1, 2 ] } }"
  `);
});

test.each([40, 60, Number.POSITIVE_INFINITY])('what is printed for %d columns is the same file', (width) => {
  expect(parse(renderConfig(shown, plain, width))).toEqual({
    fleet: 'f',
    hosts: { 'app-1': { roles: ['app', 'router'] } },
    services: { m1: { settings: { CONNECTION: 'file:a/long/path/to/a/file' }, parity } },
  });
});
