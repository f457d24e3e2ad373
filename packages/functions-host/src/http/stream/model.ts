import type { InvocationModel, ProgrammingModel } from '../../core/contract.js';
import type { Flow } from './flow.js';
import { paced } from './paced.js';

/** The calls under way whose answer streams, by invocation id. */
export type Flows = Map<string, Flow>;

/** The app's programming model, with answers that do not run ahead of their clients (specification 1.7). */
export function pacedModel(model: ProgrammingModel, flows: Flows): ProgrammingModel {
  return {
    name: model.name,
    version: model.version,
    async getInvocationModel(core) {
      const invocation = await model.getInvocationModel(core);
      const flow = flows.get(core.invocationId);
      return flow ? pacedInvocation(invocation, flow) : invocation;
    },
  };
}

function pacedInvocation(invocation: InvocationModel, flow: Flow): InvocationModel {
  return {
    async getArguments() {
      const args = await invocation.getArguments();
      flow.onArguments?.();
      flow.answerBy((status) => invocation.getResponse(args.context, { status }));
      return args;
    },
    invokeFunction: (context, inputs, callback) => invocation.invokeFunction(context, inputs, callback),
    getResponse(context, result) {
      if (result !== undefined && result !== null) flow.answerBy(undefined);
      return invocation.getResponse(context, paced(result, flow));
    },
  };
}
