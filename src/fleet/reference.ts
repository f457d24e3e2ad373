/** How a value that is kept elsewhere is written. */
export const REFERENCE = /^(env:[A-Za-z_][A-Za-z0-9_]*|file:.+|cmd:.+)$/;

/** True for a value such as `env:NAME` that stands for something kept elsewhere. */
export const isReference = (value: string): boolean => REFERENCE.test(value);
