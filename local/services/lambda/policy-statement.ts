import type { PolicyStatement } from './function-record.ts';

/** What AddPermission and AWS::Lambda::Permission say. */
export interface PermissionInput {
  readonly statementId: string;
  readonly action: string;
  readonly principal: string;
  readonly sourceArn?: string | undefined;
  readonly sourceAccount?: string | undefined;
  readonly principalOrgId?: string | undefined;
  readonly eventSourceToken?: string | undefined;
}

const principalOf = (principal: string): unknown => {
  if (principal === '*') return '*';
  if (/^\d{12}$/.test(principal)) return { AWS: `arn:aws:iam::${principal}:root` };
  if (principal.startsWith('arn:')) return { AWS: principal };
  return { Service: principal };
};

/** The statement that Lambda writes into a function's policy for a permission. */
export const policyStatement = (input: PermissionInput, resource: string): PolicyStatement => {
  const equals = {
    ...(input.sourceAccount === undefined ? {} : { 'AWS:SourceAccount': input.sourceAccount }),
    ...(input.principalOrgId === undefined ? {} : { 'aws:PrincipalOrgID': input.principalOrgId }),
    ...(input.eventSourceToken === undefined
      ? {}
      : { 'lambda:EventSourceToken': input.eventSourceToken }),
  };
  const condition = {
    ...(Object.keys(equals).length === 0 ? {} : { StringEquals: equals }),
    ...(input.sourceArn === undefined ? {} : { ArnLike: { 'AWS:SourceArn': input.sourceArn } }),
  };
  return {
    Sid: input.statementId,
    Effect: 'Allow',
    Principal: principalOf(input.principal),
    Action: input.action,
    Resource: resource,
    ...(Object.keys(condition).length === 0 ? {} : { Condition: condition }),
  };
};

/** A copy that nobody else holds. */
export const cloneStatement = (statement: PolicyStatement): PolicyStatement =>
  structuredClone(statement);
