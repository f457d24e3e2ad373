/** Exit code by which the server says that its port belongs to somebody else. */
export const EXIT_PORT_TAKEN = 98;

/** Exit code by which the server says that it cannot write its own files, since the disk is full. */
export const EXIT_DISK_FULL = 97;
