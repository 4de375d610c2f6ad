import {
  type HttpLibrary,
  IsomorphicFetchHttpLibrary,
  KubeConfig,
  type KubernetesObject,
  KubernetesObjectApi,
  PatchStrategy,
  ResponseContext,
  ServerConfiguration,
  wrapHttpLibrary,
} from '@kubernetes/client-node';
import type { ClusterAccess } from '../domain/cluster-inputs.ts';
import {
  CandidateRefused,
  ConfigurationMissing,
  DriftFound,
  isNamed,
  TransientFailure,
} from '../domain/errors.ts';
import type { Manifest } from '../domain/manifests.ts';
import { AutoscalerView, DeploymentView, PodView } from '../domain/workload-status.ts';
import type { Cluster } from '../ports/cluster.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { clusterToken } from './cluster-token.ts';

interface Of {
  readonly apiVersion: string;
  readonly kind: string;
}
const DEPLOYMENT: Of = { apiVersion: 'apps/v1', kind: 'Deployment' };
const AUTOSCALER: Of = { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler' };

const POD: Of = { apiVersion: 'v1', kind: 'Pod' };
/** The client library's words for a kind that discovery does not list. */
const UNKNOWN_KIND = /^(Error: )?Unrecognized API version and kind/;

const FIELD_MANAGER = 'slipway';
/** Scaling is nobody's claim on a field: another manager, so that the next apply does not take a Deployment's number away. */
const SCALE_MANAGER = 'slipway-scale';

/**
 * The library's HTTP layer over the runtime's fetch. In Lambda the library's own is used, because it brings the cluster's CA in a
 * dispatcher of its own undici, which the process's built-in fetch refuses ("invalid onRequestStart method").
 */
const httpLayer = (runtime: Runtime): HttpLibrary => {
  if (runtime.env['AWS_LAMBDA_RUNTIME_API'] !== undefined) return new IsomorphicFetchHttpLibrary();
  return wrapHttpLibrary({
    send: async (request) => {
      const body = request.getBody();
      const response = await runtime.fetch(request.getUrl(), {
        method: request.getHttpMethod().toString(),
        headers: request.getHeaders(),
        ...(typeof body === 'string' ? { body } : {}),
      });
      const text = await response.text();
      return new ResponseContext(response.status, Object.fromEntries(response.headers), {
        text: () => Promise.resolve(text),
        binary: () => Promise.resolve(Buffer.from(text)),
        stream: () => null,
      });
    },
  });
};

/** Errors that a call inside another has put into words already. */
const SAID = ['TransientFailure', 'ConfigurationMissing', 'CandidateRefused'];

interface ApiError {
  readonly code?: unknown;
  readonly body?: unknown;
}

const statusOf = (error: unknown): number => {
  const code = (error as ApiError | null)?.code;
  return typeof code === 'number' ? code : 0;
};

/** The API server's own words: its Status object's message. */
const wordsOf = (error: unknown): string => {
  const body = (error as ApiError | null)?.body;
  if (typeof body === 'string') {
    try {
      const { message } = JSON.parse(body) as { message?: unknown };
      return typeof message === 'string' ? message : body.slice(0, 500);
    } catch {
      return body.slice(0, 500);
    }
  }
  const message = (body as { message?: unknown } | undefined)?.message;
  if (typeof message === 'string') return message;
  return error instanceof Error ? error.message : String(error);
};

/** `a=b,c=d` */
const selectorOf = (labels: Readonly<Record<string, string>>): string =>
  Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');

/** An apply may take back what Slipway's own scaling holds (an autoscaler's limits), and nothing from anybody else. */
const onlyScalingHolds = (words: string): boolean => {
  const holders = [...words.matchAll(/conflicts? with "([^"]*)"/g)].map(([, manager]) => manager);
  return holders.length > 0 && holders.every((manager) => manager === SCALE_MANAGER);
};

/** Kubernetes through its own client library, as the function's role. */
export const cluster = async (runtime: Runtime, access: ClusterAccess): Promise<Cluster> => {
  const config = new KubeConfig();
  config.loadFromClusterAndUser(
    {
      name: access.name,
      server: access.endpoint,
      caData: access.certificateAuthority,
      skipTLSVerify: false,
    },
    { name: 'slipway', token: await clusterToken(runtime, access) },
  );
  const api = new KubernetesObjectApi({
    baseServer: new ServerConfiguration(access.endpoint, {}),
    httpApi: httpLayer(runtime),
    middleware: [],
    authMethods: { default: config },
  });
  const { namespace } = access;

  /** What passes by itself is retried; a missing permission or an unreachable server is nobody's bad manifest. */
  const refused = (error: unknown, doing: string): Error => {
    if (SAID.some((name) => isNamed(error, name))) return error as Error;
    const status = statusOf(error);
    if (status === 0 || status === 429 || status >= 500) {
      return new TransientFailure(`${doing}: ${wordsOf(error)}`, { cause: error });
    }
    if (status === 401 || status === 403) {
      return new ConfigurationMissing(
        `${doing}: ${wordsOf(error)}; look whether ${access.name} has the namespace ${namespace} with a RoleBinding that allows this, and an access entry that gives the cluster function's role its group`,
        { cause: error },
      );
    }
    if (status === 409) {
      return new DriftFound(
        `${doing}: ${wordsOf(error)}; somebody else has written these fields (kubectl get --show-managed-fields names who): take that back, or delete the object`,
        { cause: error },
      );
    }
    return new CandidateRefused(`${doing}: ${wordsOf(error)}`, { cause: error });
  };

  const call = async <T>(doing: string, make: () => Promise<T>): Promise<T> => {
    try {
      return await make();
    } catch (error) {
      throw refused(error, doing);
    }
  };

  const read = <T>(of: Of, name: string, parse: (found: unknown) => T): Promise<T | null> =>
    call(`reading ${of.kind} ${namespace}/${name}`, async () => {
      try {
        return parse(await api.read({ ...of, metadata: { name, namespace } }));
      } catch (error) {
        if (statusOf(error) === 404) return null;
        throw error;
      }
    });
  const readDeployment = (name: string) =>
    read(DEPLOYMENT, name, (found) => DeploymentView.parse(found));

  const list = async (of: Of, labelSelector: string): Promise<KubernetesObject[]> => {
    const none = undefined;
    const { apiVersion, kind } = of;
    return (await api.list(apiVersion, kind, namespace, none, none, none, none, labelSelector))
      .items;
  };
  /** There are no objects of a kind whose definition is not installed, and of one that may not be listed none is Slipway's. */
  const listOfOurs = async (of: Of, labelSelector: string): Promise<KubernetesObject[]> => {
    try {
      return await list(of, labelSelector);
    } catch (error) {
      if ([403, 404].includes(statusOf(error)) || UNKNOWN_KIND.test(wordsOf(error))) return [];
      throw error;
    }
  };
  /** What is gone already is removed. */
  const removeOne = async (of: Of, name: string): Promise<void> => {
    try {
      await api.delete({ ...of, metadata: { name, namespace } });
    } catch (error) {
      if (statusOf(error) !== 404) throw error;
    }
  };

  /** A merge patch by Slipway's scaling; with a resource version it is refused once the object has changed. */
  const merge = (of: Of, name: string, resourceVersion: string | undefined, spec: object) =>
    api.patch(
      {
        ...of,
        metadata: {
          name,
          namespace,
          ...(resourceVersion === undefined ? {} : { resourceVersion }),
        },
        spec,
      } as KubernetesObject,
      undefined,
      undefined,
      SCALE_MANAGER,
      undefined,
      PatchStrategy.MergePatch,
    );
  const applyOnce = (manifest: Manifest, force: boolean) =>
    api.patch(
      manifest as unknown as KubernetesObject,
      undefined,
      undefined,
      FIELD_MANAGER,
      force,
      PatchStrategy.ServerSideApply,
    );

  return {
    apply: async (manifest: Manifest) => {
      const what = `${manifest.kind} ${namespace}/${manifest.metadata.name}`;
      try {
        try {
          await applyOnce(manifest, false);
        } catch (error) {
          if (statusOf(error) !== 409 || !onlyScalingHolds(wordsOf(error))) throw error;
          await applyOnce(manifest, true);
        }
      } catch (error) {
        const words = wordsOf(error);
        if (statusOf(error) === 404 && /namespaces? .*not found/i.test(words)) {
          throw new ConfigurationMissing(
            `the namespace ${namespace} does not exist in ${access.name}; create it, with the label elbv2.k8s.aws/pod-readiness-gate-inject=enabled`,
            { cause: error },
          );
        }
        if (UNKNOWN_KIND.test(words)) {
          throw new ConfigurationMissing(
            `${access.name} does not know ${manifest.apiVersion} ${manifest.kind}; install what defines it (a TargetGroupBinding comes with the AWS Load Balancer Controller)`,
            { cause: error },
          );
        }
        throw refused(error, `the cluster refused ${what}`);
      }
    },
    deployment: readDeployment,
    deployments: (labels) =>
      call(`listing Deployments in ${namespace}`, async () =>
        (await list(DEPLOYMENT, selectorOf(labels))).map((found) => DeploymentView.parse(found)),
      ),
    pods: (selector) =>
      call(`listing pods in ${namespace}`, async () =>
        (await list(POD, selectorOf(selector))).map((pod) => PodView.parse(pod)),
      ),
    remove: (of, labelSelector) =>
      call(`removing ${of.kind} of ${labelSelector} in ${namespace}`, async () => {
        const names = (await listOfOurs(of, labelSelector)).map(
          ({ metadata }) => metadata?.name ?? '',
        );
        for (const name of names) await removeOne(of, name);
        return names;
      }),
    autoscaler: (name) => read(AUTOSCALER, name, (found) => AutoscalerView.parse(found)),
    scale: (name, replicas, seen) =>
      call(`scaling Deployment ${namespace}/${name} to ${replicas}`, async () => {
        if (seen === undefined && (await readDeployment(name)) === null) return false;
        await merge(DEPLOYMENT, name, seen?.metadata.resourceVersion, { replicas });
        return true;
      }),
    limit: (name, { min, max }, seen) =>
      call(`limiting HorizontalPodAutoscaler ${namespace}/${name} to ${min}–${max}`, async () => {
        const limits = { minReplicas: min, maxReplicas: max };
        await merge(AUTOSCALER, name, seen?.metadata.resourceVersion, limits);
      }),
  };
};
