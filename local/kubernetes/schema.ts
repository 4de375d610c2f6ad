import * as models from '@kubernetes/client-node/dist/gen/models/all.js';
import type { Kind } from './kinds.ts';

interface Attribute {
  readonly baseName: string;
  readonly type: string;
}

/** What of an object does not fit its type. */
export interface SchemaFault {
  /** `.spec.template.spec.containers[0].imagee` */
  readonly path: string;
  readonly problem: 'unknown' | 'type';
  readonly expected?: string;
  readonly got?: string;
}

/** Custom resource: the AWS Load Balancer Controller's published schema, in the models' form. */
const custom: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  TargetGroupBinding: {
    apiVersion: 'string',
    kind: 'string',
    metadata: 'V1ObjectMeta',
    spec: 'TargetGroupBindingSpec',
    status: 'any',
  },
  TargetGroupBindingSpec: {
    serviceRef: 'TargetGroupBindingServiceRef',
    targetGroupARN: 'string',
    targetGroupName: 'string',
    targetGroupProtocol: 'string',
    targetType: 'string',
    ipAddressType: 'string',
    vpcID: 'string',
    multiClusterTargetGroup: 'boolean',
    iamRoleArnToAssume: 'string',
    assumeRoleExternalId: 'string',
    nodeSelector: 'V1LabelSelector',
    networking: 'TargetGroupBindingNetworking',
  },
  TargetGroupBindingServiceRef: { name: 'string', port: 'IntOrString' },
  TargetGroupBindingNetworking: { ingress: 'Array<TargetGroupBindingIngress>' },
  TargetGroupBindingIngress: {
    from: 'Array<TargetGroupBindingPeer>',
    ports: 'Array<TargetGroupBindingPort>',
  },
  TargetGroupBindingPeer: {
    ipBlock: 'TargetGroupBindingIpBlock',
    securityGroup: 'TargetGroupBindingSecurityGroup',
  },
  TargetGroupBindingIpBlock: { cidr: 'string' },
  TargetGroupBindingSecurityGroup: { groupID: 'string' },
  TargetGroupBindingPort: { protocol: 'string', port: 'IntOrString' },
};

const fieldsByModel = new Map<string, ReadonlyMap<string, string>>();

const fieldsOf = (model: string): ReadonlyMap<string, string> | undefined => {
  const known = fieldsByModel.get(model);
  if (known) return known;
  const generated = (
    models as unknown as Record<string, { getAttributeTypeMap?: () => Attribute[] } | undefined>
  )[model];
  const attributes = generated?.getAttributeTypeMap?.();
  const fields = custom[model]
    ? new Map(Object.entries(custom[model]))
    : attributes && new Map(attributes.map(({ baseName, type }) => [baseName, type]));
  if (fields) fieldsByModel.set(model, fields);
  return fields;
};

/** Finds fields that the type does not have, and values of another type. `null` stands for absent. */
export const schemaFaults = (object: unknown, kind: Kind): SchemaFault[] => {
  const faults: SchemaFault[] = [];
  visit(object, kind.model ?? 'any', '', faults);
  return faults;
};

const visit = (value: unknown, type: string, path: string, faults: SchemaFault[]): void => {
  if (value === null || value === undefined || type === 'any') return;
  const array = /^Array<(.+)>$/.exec(type);
  if (array?.[1]) {
    if (!Array.isArray(value)) {
      mismatch(faults, path, 'list', value);
      return;
    }
    const item = array[1];
    value.forEach((each, index) => {
      visit(each, item, `${path}[${index}]`, faults);
    });
    return;
  }
  const map = /^\{ \[key: string\]: (.+); \}$/.exec(type);
  if (map?.[1]) {
    if (!isRecord(value)) {
      mismatch(faults, path, 'map', value);
      return;
    }
    for (const [key, each] of Object.entries(value)) visit(each, map[1], `${path}.${key}`, faults);
    return;
  }
  if (isScalar(type)) {
    if (!fits(value, type)) mismatch(faults, path, type, value);
    return;
  }
  const fields = fieldsOf(type);
  if (fields === undefined) return;
  if (!isRecord(value)) {
    mismatch(faults, path, 'map', value);
    return;
  }
  for (const [key, each] of Object.entries(value)) {
    const field = fields.get(key);
    if (field === undefined) faults.push({ path: `${path}.${key}`, problem: 'unknown' });
    else visit(each, field, `${path}.${key}`, faults);
  }
};

const mismatch = (faults: SchemaFault[], path: string, expected: string, value: unknown): void => {
  const got = Array.isArray(value) ? 'list' : isRecord(value) ? 'map' : typeof value;
  faults.push({ path, problem: 'type', expected, got });
};

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isScalar = (type: string): boolean =>
  ['string', 'number', 'boolean', 'Date', 'IntOrString'].includes(type);

const fits = (value: unknown, type: string): boolean => {
  if (type === 'Date') return typeof value === 'string';
  if (type === 'IntOrString') return typeof value === 'string' || Number.isInteger(value);
  return typeof value === type;
};
