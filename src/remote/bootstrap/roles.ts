import { LINES } from './own-files.js';
import { scriptTask, type BootstrapTask } from './task.js';

/**
 * The program of the router's engine. The router runs one of its own, so the service that came with the program is off.
 * What was there before fanops
 * may serve somebody, and stays as it is: only what fanops installed is marked.
 */
const engineProgram = (name: 'nginx' | 'haproxy', from: string): BootstrapTask => scriptTask('engine', [name, from]);

export const nginx = (): BootstrapTask => engineProgram('nginx', 'nginx-light');
export const haproxy = (): BootstrapTask => engineProgram('haproxy', 'haproxy');

/** Ports below 1024 for the router, which is not root. */
export const lowPorts = (first: number): BootstrapTask => scriptTask('low-ports', [String(first), LINES.ports]);

/** The Docker engine, for hosts that build and run images. */
export const docker = (user: string): BootstrapTask => scriptTask('docker', [user]);
