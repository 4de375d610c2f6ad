import { forwardToCluster } from '../../local/kubernetes/real-cluster.ts';
import { modules } from '../../local/modules.ts';
import { eksModuleWith } from '../../local/services/eks/module.ts';
import type { ServiceModule } from '../../local/services/service.ts';
import { ProcessRuntime } from '../../local/traffic/process-runtime.ts';

/** Every service, with pods that are processes of this machine, or a real cluster where `KUBECONFIG` names one. */
export const realModules = (): { modules: readonly ServiceModule[]; close(): void } => {
  const runtimes: ProcessRuntime[] = [];
  const kubeconfig = process.env['KUBECONFIG'];
  const eks = eksModuleWith({
    runtime: (cloud) => {
      const runtime = new ProcessRuntime({ clock: cloud.clock });
      runtimes.push(runtime);
      return runtime;
    },
    ...(kubeconfig === undefined ? {} : { forward: forwardToCluster(kubeconfig) }),
  });
  return {
    modules: modules.map((module) => (module.name === eks.name ? eks : module)),
    close: () => {
      for (const runtime of runtimes) runtime.close();
    },
  };
};
