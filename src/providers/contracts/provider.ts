import type { InstanceProvider } from './instances.js';

/** The capabilities that a provider may have; more come with the providers that need them. */
export interface Capabilities {
  instances: InstanceProvider;
}

/** An adapter to something that owns machines. A capability that is absent is not supported. */
export interface Provider extends Partial<Capabilities> {
  readonly name: string;
}
