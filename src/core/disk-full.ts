const FULL = /No space left on device|Disk quota exceeded|ENOSPC|EDQUOT/;

/** Whether a program that failed says that its disk is full; commands run with LC_ALL=C, so the text is the same everywhere. */
export const saysDiskFull = (stderr: string): boolean => FULL.test(stderr);
