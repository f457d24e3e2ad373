import { LINES } from './own-files.js';
import { scriptTask, type BootstrapTask } from './task.js';

/**
 * The program of the router's engine, from a package of the distribution. The router runs one of its own, so the
 * service that came with the program is off. What was there before fanops may serve somebody, and stays as it is: only
 * what fanops installed is marked.
 */
export const engineProgram = (command: string, from: string): BootstrapTask => scriptTask('engine', [command, from]);

/** Ports below 1024 for the router, which is not root. */
export const lowPorts = (first: number): BootstrapTask => scriptTask('low-ports', [String(first), LINES.ports]);

/** The Docker engine, for hosts that build and run images. */
export const docker = (user: string): BootstrapTask => scriptTask('docker', [user]);
