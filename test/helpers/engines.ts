/** Router engines that tests go over; one that this machine lacks is skipped, which CI counts as a failure. */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { FleetOptions } from './fleet.js';

const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
export const hasNginx = folders.some((folder) => existsSync(join(folder, 'nginx')));

export type Engine = 'embedded' | 'nginx';
export const engines: readonly Engine[] = ['embedded', 'nginx'];

/** Changes the fleet file to an engine. */
export const withEngine = (engine: Engine): Pick<FleetOptions, 'file'> => ({ file: (text) => text.replace('engine: embedded', `engine: ${engine}`) });
