import { isDeepStrictEqual } from 'node:util';
import type { Kind } from './kinds.ts';
import type { KubeObject } from './objects.ts';
import { selects } from './selectors.ts';
import { type Cause, invalid } from './status.ts';

type Fields = Record<string, unknown>;

const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const label = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const labelValue = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;
const labelKey = /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/;

/** Collects what is wrong, field by field. */
class Findings {
  readonly causes: Cause[] = [];

  required(field: string, value: unknown, hint = ''): boolean {
    const absent =
      value === undefined ||
      value === null ||
      value === '' ||
      (Array.isArray(value) && value.length === 0);
    if (absent) {
      this.#add('FieldValueRequired', field, hint ? `Required value: ${hint}` : 'Required value');
    }
    return !absent;
  }

  invalid(field: string, value: unknown, why: string): void {
    this.#add('FieldValueInvalid', field, `Invalid value: ${JSON.stringify(value)}: ${why}`);
  }

  duplicate(field: string, value: unknown): void {
    this.#add('FieldValueDuplicate', field, `Duplicate value: ${JSON.stringify(value)}`);
  }

  unsupported(field: string, value: unknown, supported: readonly string[]): void {
    const words = supported.map((each) => `"${each}"`).join(', ');
    this.#add(
      'FieldValueNotSupported',
      field,
      `Unsupported value: ${JSON.stringify(value)}: supported values: ${words}`,
    );
  }

  range(field: string, value: unknown, min: number, max: number): void {
    if (value === undefined) return;
    if (typeof value !== 'number' || value < min || value > max) {
      this.invalid(
        field,
        value,
        max === Number.MAX_SAFE_INTEGER
          ? `must be greater than or equal to ${min}`
          : `must be between ${min} and ${max}, inclusive`,
      );
    }
  }

  #add(reason: string, field: string, message: string): void {
    this.causes.push({ reason, field, message });
  }
}

/** Refuses an object whose fields are well typed but wrong, with all that is wrong with it at once. */
export const validate = (object: KubeObject, kind: Kind, previous?: KubeObject): void => {
  const findings = new Findings();
  metadata(object, kind, findings);
  checks[kind.kind]?.((object.spec ?? {}) as Fields, object, findings);
  if (previous) {
    for (const field of immutable[kind.kind] ?? []) {
      const [before, after] = [at(previous.spec, field), at(object.spec, field)];
      if (before !== undefined && !isDeepStrictEqual(before, after)) {
        findings.invalid(`spec.${field}`, after, 'field is immutable');
      }
    }
  }
  if (findings.causes.length > 0) throw invalid(kind, object.metadata.name, findings.causes);
};

const immutable: Readonly<Record<string, readonly string[]>> = {
  Deployment: ['selector'],
  ReplicaSet: ['selector'],
  Job: ['selector', 'template', 'completions'],
  Service: ['clusterIP'],
};

const at = (spec: unknown, field: string): unknown => (spec as Fields | undefined)?.[field];

const metadata = (object: KubeObject, kind: Kind, findings: Findings): void => {
  const { name, labels } = object.metadata;
  const pattern = ['Service', 'Namespace'].includes(kind.kind) ? label : subdomain;
  const isRbac = kind.group === 'rbac.authorization.k8s.io';
  const longest = pattern === label ? 63 : 253;
  if (!isRbac && (name.length > longest || !pattern.test(name))) {
    findings.invalid(
      'metadata.name',
      name,
      `a lowercase RFC 1123 ${pattern === label ? 'label' : 'subdomain'} must consist of lower case alphanumeric characters${pattern === label ? '' : ", '-' or '.'"}, and must start and end with an alphanumeric character`,
    );
  }
  labelsOf(labels, 'metadata.labels', findings);
};

const labelsOf = (labels: unknown, field: string, findings: Findings): void => {
  for (const [key, value] of Object.entries((labels ?? {}) as Record<string, string>)) {
    if (!labelKey.test(key)) {
      findings.invalid(
        field,
        key,
        "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
      );
    }
    if (value.length > 63) findings.invalid(field, value, 'must be no more than 63 bytes');
    else if (!labelValue.test(value)) {
      findings.invalid(
        field,
        value,
        "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
      );
    }
  }
};

const containers = (value: unknown, field: string, findings: Findings): void => {
  if (!findings.required(field, value)) return;
  const names = new Set<unknown>();
  (value as Fields[]).forEach((container, index) => {
    const path = `${field}[${index}]`;
    const { name, image } = container;
    if (findings.required(`${path}.name`, name)) {
      if (names.has(name)) findings.duplicate(`${path}.name`, name);
      names.add(name);
      if (!label.test(String(name))) {
        findings.invalid(
          `${path}.name`,
          name,
          "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
        );
      }
    }
    if (findings.required(`${path}.image`, image) && String(image) !== String(image).trim()) {
      findings.invalid(`${path}.image`, image, 'must not have leading or trailing whitespace');
    }
    containerParts(container, path, findings);
  });
};

const containerParts = (container: Fields, path: string, findings: Findings): void => {
  ((container['ports'] ?? []) as Fields[]).forEach((port, index) => {
    const field = `${path}.ports[${index}].containerPort`;
    if (findings.required(field, port['containerPort'])) {
      findings.range(field, port['containerPort'], 1, 65_535);
    }
  });
  ((container['env'] ?? []) as Fields[]).forEach((variable, index) => {
    findings.required(`${path}.env[${index}].name`, variable['name']);
    if (variable['value'] && variable['valueFrom']) {
      findings.invalid(
        `${path}.env[${index}].valueFrom`,
        '',
        'may not be specified when `value` is not empty',
      );
    }
  });
  const probe = container['readinessProbe'] as Fields | undefined;
  if (probe) {
    const handlers = ['httpGet', 'tcpSocket', 'exec', 'grpc'].filter((handler) => probe[handler]);
    if (handlers.length === 0) {
      findings.required(`${path}.readinessProbe`, undefined, 'must specify a handler type');
    }
    const httpGet = probe['httpGet'] as Fields | undefined;
    if (httpGet) findings.required(`${path}.readinessProbe.httpGet.port`, httpGet['port']);
  }
};

const podSpec = (
  spec: unknown,
  field: string,
  findings: Findings,
  policies: readonly string[],
): void => {
  const given = (spec ?? {}) as Fields;
  containers(given['containers'], `${field}.containers`, findings);
  const policy = String(given['restartPolicy'] ?? 'Always');
  if (!policies.includes(policy)) findings.unsupported(`${field}.restartPolicy`, policy, policies);
};

const workload = (spec: Fields, findings: Findings): void => {
  const { selector, template } = spec as { selector?: Fields; template?: Fields };
  const given = findings.required('spec.selector', selector);
  const labels = (template?.['metadata'] as Fields | undefined)?.['labels'] as
    | Record<string, string>
    | undefined;
  if (given && Object.keys(selector ?? {}).length === 0) {
    findings.invalid('spec.selector', {}, 'empty selector is invalid for deployment');
  } else if (given && !selects(selector, labels)) {
    findings.invalid(
      'spec.template.metadata.labels',
      labels ?? {},
      '`selector` does not match template `labels`',
    );
  }
  labelsOf(labels, 'spec.template.metadata.labels', findings);
  findings.range('spec.replicas', spec['replicas'], 0, Number.MAX_SAFE_INTEGER);
  podSpec(template?.['spec'], 'spec.template.spec', findings, ['Always']);
};

const checks: Readonly<
  Record<string, (spec: Fields, object: KubeObject, findings: Findings) => void>
> = {
  Deployment: (spec, _, findings) => {
    workload(spec, findings);
    const { type, rollingUpdate } = (spec['strategy'] ?? {}) as {
      type?: string;
      rollingUpdate?: Fields;
    };
    if (type !== undefined && !['Recreate', 'RollingUpdate'].includes(type)) {
      findings.unsupported('spec.strategy.type', type, ['Recreate', 'RollingUpdate']);
    }
    const zero = (value: unknown) => value === 0 || value === '0%';
    if (zero(rollingUpdate?.['maxSurge']) && zero(rollingUpdate?.['maxUnavailable'])) {
      findings.invalid(
        'spec.strategy.rollingUpdate.maxUnavailable',
        0,
        'may not be 0 when `maxSurge` is 0',
      );
    }
  },
  ReplicaSet: (spec, _, findings) => workload(spec, findings),
  Pod: (spec, _, findings) => podSpec(spec, 'spec', findings, ['Always', 'OnFailure', 'Never']),
  Job: (spec, _, findings) =>
    podSpec((spec['template'] as Fields | undefined)?.['spec'], 'spec.template.spec', findings, [
      'OnFailure',
      'Never',
    ]),
  Service: (spec, _, findings) => {
    if (spec['type'] !== 'ExternalName') findings.required('spec.ports', spec['ports']);
    ((spec['ports'] ?? []) as Fields[]).forEach((port, index) => {
      findings.range(`spec.ports[${index}].port`, port['port'] ?? 0, 1, 65_535);
    });
  },
  HorizontalPodAutoscaler: (spec, _, findings) => {
    const target = (spec['scaleTargetRef'] ?? {}) as Fields;
    findings.required('spec.scaleTargetRef.kind', target['kind']);
    findings.required('spec.scaleTargetRef.name', target['name']);
    findings.range('spec.maxReplicas', spec['maxReplicas'] ?? 0, 1, Number.MAX_SAFE_INTEGER);
    if (Number(spec['maxReplicas']) < Number(spec['minReplicas'])) {
      findings.invalid(
        'spec.maxReplicas',
        spec['maxReplicas'],
        'must be greater than or equal to `minReplicas`',
      );
    }
  },
  PodDisruptionBudget: (spec, _, findings) => {
    if (spec['minAvailable'] !== undefined && spec['maxUnavailable'] !== undefined) {
      findings.invalid('spec', spec, 'minAvailable and maxUnavailable cannot be both set');
    }
  },
  TargetGroupBinding: (spec, _, findings) => {
    const reference = (spec['serviceRef'] ?? {}) as Fields;
    findings.required('spec.serviceRef.name', reference['name']);
    findings.required('spec.serviceRef.port', reference['port']);
    if (!spec['targetGroupARN'] && !spec['targetGroupName'])
      findings.required('spec.targetGroupARN', undefined);
  },
};
