import type { Known } from './processes.mjs';

export interface StoragePorts {
  blob: number;
  queue: number;
  table: number;
}
export function connectionString(ports: StoragePorts): string;
export function answers(port: number): Promise<boolean>;
export function startAzurite(options: { dir: string; ports: StoragePorts }): Promise<Known>;
export function startStandIn(options: {
  dir: string;
  app: string;
  port: number;
  settings: Record<string, string>;
}): Promise<Known>;
export function gateEvent(gate: string, queueLength: number): Record<string, unknown>;
