import { expect, test } from 'vitest';
import { architectureOf as azure } from '../../../src/providers/azure/images.js';
import { architectureOf as gcp } from '../../../src/providers/gcp/images.js';

test.each([
  ['Standard_B1s', 'x64'],
  ['Standard_D2s_v5', 'x64'],
  ['Standard_NP10s', 'x64'],
  ['Standard_PB6s', 'x64'],
  ['Standard_E4-2ds_v5', 'x64'],
  ['Standard_D2ps_v5', 'arm64'],
  ['Standard_B2pts_v2', 'arm64'],
  ['Standard_E96pds_v5', 'arm64'],
  ['Standard_D2plds_v6', 'arm64'],
  ['standard_d2ps_v5', 'arm64'],
])('Azure: %s is %s', (size, architecture) => {
  expect(azure(size)).toBe(architecture);
});

test.each([
  ['e2-micro', 'x64'],
  ['t2d-standard-1', 'x64'],
  ['c4-standard-2', 'x64'],
  ['t2a-standard-1', 'arm64'],
  ['c4a-highcpu-1', 'arm64'],
  ['n4a-standard-1', 'arm64'],
])('Compute Engine: %s is %s', (size, architecture) => {
  expect(gcp(size)).toBe(architecture);
});
