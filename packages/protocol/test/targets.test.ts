import { expect, test } from 'vitest';
import { decode, hasSeveralTargets, parseRoute, recordedRoute, targetsOf } from '../src/index.js';

const url = 'http://10.0.0.4:3000';

test('a placement of a route file of the version before is one target, called by the host and port of its URL', () => {
  expect(targetsOf({ url })).toEqual([{ name: '10.0.0.4:3000', url, down: false }]);
  expect(hasSeveralTargets({ url })).toBe(false);
});

test('a target takes over from its placement what it does not say itself', () => {
  const placement = {
    url,
    hostHeader: 'upstream' as const,
    serverName: 'm1.internal',
    verify: false,
    targets: [
      { name: 'app-1', url },
      { name: 'app-2', url: 'https://10.0.0.5', serverName: 'other.internal', verify: true, trusted: 'ca/a.pem' },
      { name: 'app-3', url: 'http://10.0.0.6', down: true },
    ],
  };
  expect(targetsOf(placement)).toEqual([
    { name: 'app-1', url, hostHeader: 'upstream', serverName: 'm1.internal', verify: false, down: false },
    {
      name: 'app-2',
      url: 'https://10.0.0.5',
      hostHeader: 'upstream',
      serverName: 'other.internal',
      verify: true,
      trusted: 'ca/a.pem',
      down: false,
    },
    {
      name: 'app-3',
      url: 'http://10.0.0.6',
      hostHeader: 'upstream',
      serverName: 'm1.internal',
      verify: false,
      down: true,
    },
  ]);
  expect(hasSeveralTargets(placement)).toBe(true);
});

test('a placement without weight may have all of its targets down; what a later version adds to a target is kept', () => {
  const targets = [{ name: 'app-1', url, down: true }];
  const route = {
    service: 'm1',
    version: 1,
    fence: 1,
    path: '/',
    placements: [{ name: 'vm', url, weight: 0, targets }],
  };
  expect(parseRoute(JSON.stringify(route)).placements[0]?.targets).toEqual(targets);
  const later = [{ ...targets[0], zone: 'a' }];
  const file = {
    ...route,
    placement: 'vm',
    run: 'R1',
    at: '',
    placements: [{ ...route.placements[0], targets: later }],
  };
  expect(decode(recordedRoute, JSON.stringify(file))).toEqual(file);
});
