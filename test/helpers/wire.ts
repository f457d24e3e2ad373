import type { RecordedRoute, ServiceRecord } from '#protocol';

/** A route as fanops writes it to the router host. */
export const recorded = (more: Partial<RecordedRoute> = {}): RecordedRoute => ({
  service: 'm1',
  version: 1,
  fence: 1,
  path: '/api',
  placements: [{ name: 'vm', url: 'http://10.0.0.4:3000', weight: 100 }],
  placement: 'vm',
  run: 'R0',
  at: '2026-11-21T00:00:00.000Z',
  ...more,
});

/** The record of a service as fanops writes it to an app host. */
export const serviceRecordOf = (more: Partial<ServiceRecord> = {}): ServiceRecord => ({
  service: 'm1',
  release: 'r1',
  background: false,
  port: 3000,
  run: 'R0',
  at: '2026-11-21T00:00:00.000Z',
  ...more,
});
