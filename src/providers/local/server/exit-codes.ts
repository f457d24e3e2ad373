/** Exit code by which the server says that its port belongs to somebody else. */
export const EXIT_PORT_TAKEN = 98;
