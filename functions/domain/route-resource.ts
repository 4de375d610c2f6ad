import { z } from 'zod';
import type { RuleCondition } from './fast-path-row.ts';

const list = z
  .string()
  .transform((text, context): unknown => {
    try {
      return JSON.parse(text);
    } catch {
      context.addIssue('must be a JSON array');
      return z.NEVER;
    }
  })
  .pipe(z.array(z.string()));

/** Properties of `Custom::SlipwayRoute`, as CloudFormation hands them over: all strings. */
export const RouteProperties = z.object({
  TargetId: z.string(),
  ListenerArn: z.string(),
  /** The first of three: test, override, weighted. */
  Priority: z.coerce.number().int().min(1).max(49_998),
  Hosts: list,
  Paths: list,
  BlueTargetGroupArn: z.string(),
  GreenTargetGroupArn: z.string(),
  PointerFunctionName: z.string(),
  FastPathTable: z.string(),
  LocksTable: z.string(),
  LocksRoleArn: z.string(),
  LocksExternalId: z.string(),
  PipelineRegion: z.string(),
});
export type RouteProperties = z.infer<typeof RouteProperties>;

/** The alias that CodeDeploy shifts. */
export const POINTER_ALIAS = 'live';

/** Three rules, their priorities in a row. */
export const ROLES = ['test', 'override', 'weighted'] as const;
export type RuleRole = (typeof ROLES)[number];

export const priorityOf = (first: number, role: RuleRole): number => first + ROLES.indexOf(role);

/** The three rules' ARNs as one physical id: CloudFormation gives it back at every later call. */
export const physicalIdOf = (arns: Readonly<Record<RuleRole, string>>): string =>
  ROLES.map((role) => arns[role]).join(' ');

/** The ARNs in a physical id; null for one that this resource did not give. */
export const arnsIn = (physicalId: string): Record<RuleRole, string> | null => {
  const [test, override, weighted, ...more] = physicalId.split(' ');
  if (test === undefined || override === undefined || weighted === undefined || more.length > 0) {
    return null;
  }
  return { test, override, weighted };
};

interface Condition {
  readonly Field: string;
  readonly [config: string]: unknown;
}

/** The weighted rule's conditions; the override takes the same when it is on. */
export const routeConditions = (route: {
  readonly Hosts: readonly string[];
  readonly Paths: readonly string[];
}): Condition[] => [
  ...(route.Hosts.length === 0
    ? []
    : [{ Field: 'host-header', HostHeaderConfig: { Values: [...route.Hosts] } }]),
  ...(route.Paths.length === 0
    ? []
    : [{ Field: 'path-pattern', PathPatternConfig: { Values: [...route.Paths] } }]),
];

const valuesOf = (condition: RuleCondition): string[] => {
  const { HostHeaderConfig, PathPatternConfig, Values } = condition as AwsForms;
  return [...(HostHeaderConfig?.Values ?? PathPatternConfig?.Values ?? Values ?? [])].sort();
};

interface AwsForms {
  readonly HostHeaderConfig?: { readonly Values?: readonly string[] };
  readonly PathPatternConfig?: { readonly Values?: readonly string[] };
  readonly Values?: readonly string[];
}

/** Whether two lists of conditions match the same requests, in whatever order and form they are written. */
export const sameConditions = (
  one: readonly RuleCondition[],
  other: readonly RuleCondition[],
): boolean => {
  const words = (conditions: readonly RuleCondition[]) =>
    JSON.stringify(conditions.map((each) => [each.Field, ...valuesOf(each)]).sort());
  return words(one) === words(other);
};

/** Whether a rule is one of a listener's; its ARN says so. */
export const standsOn = (ruleArn: string, listenerArn: string): boolean =>
  ruleArn.startsWith(`${listenerArn.replace(':listener/', ':listener-rule/')}/`);
