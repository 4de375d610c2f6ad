import { lambdaRuntime } from './lambda-runtime.ts';
import { RUNTIME, type Runtime } from './runtime.ts';

interface Provider {
  current(): Runtime;
}

/** The runtime of the invocation that asks: the provider's where there is one, else Lambda's own. */
export const currentRuntime = (): Runtime => {
  const provider = (globalThis as { [RUNTIME]?: Provider })[RUNTIME];
  return provider?.current() ?? lambdaRuntime();
};
