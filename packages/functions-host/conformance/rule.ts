/**
 * How sure a rule is: T asserted by a test or an issue of Microsoft's, R read in source, P proved by running code,
 * D deduced from several pieces of source, K general knowledge of the platform.
 */
export type Confidence = 'T' | 'R' | 'P' | 'D' | 'K';

/** One behaviour of the Azure Functions host that this package promises. */
export interface Rule {
  /** Section of the specification and the rule's place in it: `3.1-4`. Tests name it at the start of their titles. */
  id: string;
  /** One sentence. */
  rule: string;
  confidence: Confidence;
  /** Why no test is possible here. */
  reason?: string;
}
