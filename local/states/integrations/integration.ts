import type { CallContext, CloudContext, Principal } from '../../services/service.ts';
import { StateFailure, StatesError } from '../errors.ts';
import type { Json } from '../json.ts';
import type { Resource } from '../resource.ts';

/** What a Task asks of a service, and as whom. */
export interface TaskRequest {
  readonly cloud: CloudContext;
  readonly region: string;
  /** The session of the machine's own role. */
  readonly principal: Principal;
  readonly executionArn: string;
  readonly stateMachineArn: string;
  readonly args: Json;
  /** The role that `Credentials` names: the request is made as a session of it. */
  readonly roleArn: string | undefined;
}

/** How a followed job ended. */
export interface JobEnd {
  succeeded(output: Json): void;
  failed(failure: StateFailure): void;
}

/** How Step Functions reaches one service. */
export interface Integration {
  /** Makes the request; rejects with a `StateFailure`. */
  request(request: TaskRequest): Promise<Json>;
  /** `.sync`: follows the job that the response names; the returned function ends following, and the job with it. */
  readonly follow?: (
    request: TaskRequest,
    response: Json,
    resource: Resource,
    end: JobEnd,
  ) => () => void;
}

/** The integration for a resource; nothing where there is none. */
export type Integrations = (resource: Resource) => Integration | undefined;

interface AssumedRole {
  readonly AssumedRoleUser?: { readonly Arn?: string };
}

/** The account of an ARN. */
export const accountOf = (arn: string): string => arn.split(':')[4] ?? '';

/** Who the request is made as, and where: the role's account, the machine's Region. */
export const contextOf = async (request: TaskRequest): Promise<CallContext> => {
  const { cloud, principal, region, roleArn } = request;
  if (roleArn === undefined) return { account: principal.account, region, principal };
  const account = accountOf(roleArn);
  try {
    const { AssumedRoleUser } = await cloud.call<AssumedRole>(
      'sts',
      'AssumeRole',
      { RoleArn: roleArn, RoleSessionName: cloud.token(32) },
      { account: principal.account, region, principal },
    );
    const arn = AssumedRoleUser?.Arn ?? roleArn;
    return { account, region, principal: { arn, account, roleArn } };
  } catch (error) {
    throw new StateFailure(
      StatesError.Permissions,
      `The role ${roleArn} could not be assumed: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
};

/** Seen so that a Task's caller gets numbers and text only: dates as `date` says, bytes as text. */
export const toJson = (value: unknown, date: (date: Date) => Json): Json => {
  if (value instanceof Date) return date(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8');
  if (Array.isArray(value)) return value.map((item) => toJson(item, date));
  if (typeof value === 'object' && value !== null) {
    const object: Record<string, Json> = {};
    for (const [key, member] of Object.entries(value)) {
      if (member !== undefined && key !== '$metadata') object[key] = toJson(member, date);
    }
    return object;
  }
  return value as Json;
};
