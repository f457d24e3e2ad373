import { expect, test } from 'vitest';
import {
  ageOf,
  decode,
  health,
  probeReply,
  PROTOCOL_VERSION,
  protocolOf,
  recordedRoute,
  routerStats,
} from '../src/index.js';

test('a program that names no revision is of the versions before revisions, and older than this one', () => {
  for (const told of [undefined, null, 'text', 42, {}, { protocol: '2' }, { protocol: 0 }, { protocol: 1.5 }])
    expect([told, protocolOf(told), ageOf(protocolOf(told))]).toEqual([told, 1, 'older']);
});

test('a revision that is higher is newer, the own one is current', () => {
  expect([ageOf(PROTOCOL_VERSION), ageOf(PROTOCOL_VERSION + 1), ageOf(PROTOCOL_VERSION - 1)]).toEqual([
    'current',
    'newer',
    'older',
  ]);
  expect([ageOf(4, 4), ageOf(5, 4), ageOf(3, 4)]).toEqual(['current', 'newer', 'older']);
});

test('answers of older programs, which tell less, are read', () => {
  const placement = { requests: 3, errors: 0, clientErrors: 1, latencyMs: null };
  const stats = { since: '2026-11-21T00:00:00.000Z', until: '2026-11-21T00:10:00.000Z', complete: true };
  const older = { ...stats, services: { m1: { placements: { vm: placement } } } };
  expect(decode(routerStats, JSON.stringify(older))).toEqual(older);
  const first = {
    status: 'ok',
    app: 'm1',
    functions: [],
    pid: 1,
    startedAt: '2026-11-21T00:00:00.000Z',
    version: '0.1.0',
  };
  expect(decode(health, JSON.stringify(first))).toEqual(first);
});

test('answers of newer programs, which tell more, are read, and what is new stays with them', () => {
  const probe = { service: 'm1', placement: 'vm', request: 'GET http://10.0.0.4/', ok: true, zone: 'a' };
  const newer = { protocol: PROTOCOL_VERSION + 1, probes: [probe], more: { told: true } };
  expect(decode(probeReply, JSON.stringify(newer))).toEqual(newer);
  const route = {
    ...{ service: 'm1', version: 3, fence: 2, path: '/', placement: 'vm', run: 'R1', at: '2026-11-21T00:00:00.000Z' },
    placements: [{ name: 'vm', url: 'http://10.0.0.4:3000', weight: 100, zone: 'a' }],
    owner: 'somebody',
  };
  expect(decode(recordedRoute, JSON.stringify(route))).toEqual(route);
});
