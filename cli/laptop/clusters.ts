import { readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import type { ConfiguredTarget } from '../../config/targets.ts';
import type { EksService } from '../../local/services/eks/module.ts';
import type { Place, Service } from '../../local/services/service.ts';
import { CliFailure } from '../failure.ts';

interface Clusters {
  service<T extends Service>(name: string, place: Place): T;
}

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

/** What `kubectl apply` does on a real cluster: the namespace of each target and what the group `slipway` may do in it. */
export const applyToClusters = async (
  cloud: Clusters,
  targets: readonly ConfiguredTarget[],
  file: string,
): Promise<void> => {
  const text = readFileSync(file, 'utf8');
  for (const target of targets) {
    const { cluster, namespace = target.service } = target.environmentSettings;
    const { kubernetes } = cloud.service<EksService>('eks', target).clusters.get(cluster);
    for (const manifest of manifestsFor(text, namespace)) {
      const url = new URL(
        `https://cluster.invalid${pathOf(manifest)}?fieldManager=kubectl&force=true`,
      );
      const answer = await kubernetes.request(
        url,
        {
          method: 'PATCH',
          headers: { 'content-type': 'application/apply-patch+yaml' },
          body: JSON.stringify(manifest),
        },
        'kubernetes-admin',
      );
      if (!answer.ok) {
        throw new CliFailure(`${cluster} refused ${manifest.kind} ${manifest.metadata.name}`, {
          details: [await answer.text()],
        });
      }
    }
  }
};

/** The sample's manifests with the namespace of a target in place of theirs. */
const manifestsFor = (text: string, namespace: string): Manifest[] =>
  parseAllDocuments(text).map((document) => {
    const manifest = document.toJS() as Manifest;
    return manifest.kind === 'Namespace'
      ? { ...manifest, metadata: { ...manifest.metadata, name: namespace } }
      : { ...manifest, metadata: { ...manifest.metadata, namespace } };
  });

const PLURALS: Readonly<Record<string, string>> = {
  Namespace: 'namespaces',
  Role: 'roles',
  RoleBinding: 'rolebindings',
};

const pathOf = ({ apiVersion, kind, metadata }: Manifest): string => {
  const plural = PLURALS[kind];
  if (plural === undefined)
    throw new CliFailure(`the cluster file has a ${kind}`, {
      solution: `keep to ${Object.keys(PLURALS).join(', ')}`,
    });
  const group = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const inNamespace = metadata.namespace === undefined ? '' : `/namespaces/${metadata.namespace}`;
  return `${group}${inNamespace}/${plural}/${metadata.name}`;
};
