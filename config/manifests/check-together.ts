import type { Problem } from '../problem.ts';
import type { Bounds, Checked } from './check-object.ts';
import { at, itemsOf, labelsAt, podSpecOf, textAt } from './fields.ts';
import { type Referred, referencesIn } from './references.ts';
import { hasAll, selects } from './selectors.ts';

/** Made by every cluster in every namespace. */
const ALWAYS_THERE = ['kube-root-ca.crt'];

/** What only shows when a folder's objects are seen beside each other. */
export const checkTogether = (objects: readonly Checked[], bounds: Bounds): Problem[] => [
  ...namedTwice(objects),
  ...configMapsMissing(objects, bounds),
  ...selectsNothing(objects),
  ...scalesNothing(objects),
];

/** Objects of one kind. */
export const ofKind = (objects: readonly Checked[], kind: string): readonly Checked[] =>
  objects.filter(({ object }) => object.kind === kind);

const namedTwice = (objects: readonly Checked[]): Problem[] => {
  const places = new Map<string, string>();
  return objects.flatMap(({ place, object }) => {
    const name = `${object.kind} ${object.metadata.name}`;
    const first = places.get(name);
    places.set(name, first ?? place);
    return first === undefined
      ? []
      : [{ path: place, found: `a second ${name}`, expected: `one: the first is in ${first}` }];
  });
};

/** A ConfigMap that is not of the folder would not go back with its image. */
const configMapsMissing = (objects: readonly Checked[], bounds: Bounds): Problem[] => {
  const there = new Map<Referred, readonly string[]>([
    [
      'ConfigMap',
      [
        ...ofKind(objects, 'ConfigMap').map(({ object }) => object.metadata.name),
        ...bounds.platformConfigMaps,
        ...ALWAYS_THERE,
      ],
    ],
  ]);
  return ofKind(objects, 'Deployment').flatMap(({ place, object }) =>
    referencesIn(podSpecOf(object)).flatMap(({ kind, name, optional }) =>
      optional || (there.get(kind)?.includes(name) ?? true)
        ? []
        : [
            {
              path: `${place}, spec.template.spec`,
              found: `a reference to ${kind} ${name}`,
              expected: `a ${kind} of this folder, which goes back with its image; one that the platform keeps is named in manifests.configMaps`,
            },
          ],
    ),
  );
};

/** What is there for pods, but for none of these. */
const selectsNothing = (objects: readonly Checked[]): Problem[] => {
  const pods = ofKind(objects, 'Deployment').map(({ object }) =>
    labelsAt(object, 'spec', 'template', 'metadata', 'labels'),
  );
  const told = (
    { place, object }: Checked,
    path: string,
    any: boolean,
    expected = 'labels of pods of this folder',
  ): Problem[] => {
    const found = JSON.stringify(at(object, ...path.split('.'))) ?? 'nothing';
    return any ? [] : [{ path: `${place}, ${path}`, found, expected }];
  };
  const services = ofKind(objects, 'Service').flatMap((one) => {
    const selector = labelsAt(one.object, 'spec', 'selector');
    const selected = pods.filter((labels) => hasAll(selector, labels));
    if (selected.length <= 1 || selected.length === pods.length)
      return told(one, 'spec.selector', selected.length > 0);
    return [
      {
        path: `${one.place}, spec.selector`,
        found: `${selected.length} of ${pods.length} Deployments`,
        expected: 'one Deployment, or all of them: a Service can’t name a choice of pods',
      },
    ];
  });
  const others = [
    ['PodDisruptionBudget', 'spec.selector'],
    ['NetworkPolicy', 'spec.podSelector'],
    ['PodMonitor', 'spec.selector'],
  ].flatMap(([kind = '', path = '']) =>
    ofKind(objects, kind).flatMap((one) =>
      told(
        one,
        path,
        pods.some((labels) => selects(at(one.object, ...path.split('.')), labels)),
      ),
    ),
  );
  const scraped = ofKind(objects, 'ServiceMonitor').flatMap((one) =>
    ofKind(objects, 'Service').some(({ object }) =>
      selects(at(one.object, 'spec', 'selector'), object.metadata.labels ?? {}),
    )
      ? []
      : told(one, 'spec.selector', false, 'labels of a Service of this folder'),
  );
  return [...services, ...others, ...scraped];
};

const scalesNothing = (objects: readonly Checked[]): Problem[] => {
  const deployments = ofKind(objects, 'Deployment').map(({ object }) => object.metadata.name);
  const scaled = new Map<string, string>();
  return ofKind(objects, 'HorizontalPodAutoscaler').flatMap(({ place, object }) => {
    const kind = textAt(object, 'spec', 'scaleTargetRef', 'kind') ?? 'nothing';
    const name = textAt(object, 'spec', 'scaleTargetRef', 'name') ?? '';
    const path = `${place}, spec.scaleTargetRef`;
    if (kind !== 'Deployment' || !deployments.includes(name)) {
      const expected = `a Deployment of this folder: ${deployments.join(', ') || 'there is none'}`;
      return [{ path, found: `${kind} ${name}`, expected }];
    }
    const other = scaled.get(name);
    scaled.set(name, place);
    return other === undefined
      ? []
      : [{ path, found: `a second one for ${name}`, expected: `one: the first is in ${other}` }];
  });
};

/** The autoscaler of a Deployment. */
export const autoscalerOf = (objects: readonly Checked[], deployment: string) =>
  ofKind(objects, 'HorizontalPodAutoscaler').find(
    ({ object }) => textAt(object, 'spec', 'scaleTargetRef', 'name') === deployment,
  )?.object;

/** The ports of a Service. */
export const portsOf = (service: unknown): readonly unknown[] =>
  itemsOf(at(service, 'spec', 'ports'));
