import { BASE } from './layout.js';

/** Bytes that are set aside: for the few small files, PM2's own among them, that going back needs. */
const SIZE = 2 << 20;

/** Bytes that must be free beside: what is set aside for going back must not be what the change itself lacks. */
const BESIDE = 256 << 10;

const sh = (script: string, ...args: string[]): string[] => ['sh', '-c', script, 'fanops-reserve', ...args];

// Of random bytes: a file system that compresses would set nothing aside for zeros.
const KEEP = `
umask 077
file=$1/reserve draft=$1/.reserve.$$
mkdir -p "$1" || exit 1
[ -f "$file" ] && [ "$(wc -c < "$file")" -ge "$2" ] && exit 0
fill() { head -c "$1" /dev/urandom > "$2" && [ "$(wc -c < "$2")" -ge "$1" ]; }
fill "$2" "$draft" && fill "$3" "$draft.beside" && rm -f "$draft.beside" && mv -f "$draft" "$file" && exit 0
rm -f "$draft" "$draft.beside"
exit 1
`;

/**
 * Sets room aside on a host before something is changed there, so that it can be put back when the disk is full by
 * then. Fails when there is none.
 */
export const keepReserve = (): string[] => sh(KEEP, BASE, String(SIZE), String(BESIDE));

/** Gives that room to whoever writes next. */
export const freeReserve = (): string[] => sh('rm -f -- "$1/reserve"', BASE);
