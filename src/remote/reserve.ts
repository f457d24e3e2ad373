import { runScript } from '../core/host-script.js';
import { BASE } from './layout.js';

/** Bytes that are set aside: for the few small files, PM2's own among them, that going back needs. */
const SIZE = 2 << 20;

/** Bytes that must be free beside: what is set aside for going back must not be what the change itself lacks. */
const BESIDE = 256 << 10;

/**
 * Sets room aside on a host before something is changed there, so that it can be put back when the disk is full by
 * then. Fails when there is none.
 */
export const keepReserve = (): string[] =>
  runScript('reserve-keep', 'fanops-reserve', BASE, String(SIZE), String(BESIDE));

/** Gives that room to whoever writes next. */
export const freeReserve = (): string[] => ['rm', '-f', '--', `${BASE}/reserve`];
