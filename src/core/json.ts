/** Anything that survives a trip through JSON: inputs, outputs and inverses of steps are made of it. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };
