import type {
  AssumeRoleCommandInput,
  AssumeRoleCommandOutput,
  GetCallerIdentityCommandOutput,
} from '@aws-sdk/client-sts';
import { isTrusted } from '../../iam/trust.ts';
import { AwsError, notImplemented } from '../aws-error.ts';
import type { IamService } from '../iam/iam.ts';
import type {
  CallContext,
  CloudContext,
  Operation,
  Place,
  Principal,
  Service,
} from '../service.ts';
import { type Credentials, sessionsOf } from './sessions.ts';

export type { Credentials } from './sessions.ts';

/** STS as its neighbours use it. */
export interface StsService extends Service {
  /** Who an access key id belongs to, wherever it was issued. Fails with ExpiredTokenException when it is over. */
  principalOf(accessKeyId: string): Principal | undefined;
  /** A session of a role for an AWS service that was given it; nobody is asked. */
  issue(roleArn: string, sessionName: string, seconds?: number): Credentials;
}

const DEFAULT_SECONDS = 3600;
const SUPPORTED = ['RoleArn', 'RoleSessionName', 'DurationSeconds', 'ExternalId'];

const validation = (message: string): AwsError => new AwsError('ValidationError', message);

/** STS of one account and Region. */
export class Sts implements StsService {
  readonly operations: Readonly<Record<string, Operation>>;
  readonly #cloud: CloudContext;
  readonly #place: Place;

  constructor(cloud: CloudContext, place: Place) {
    this.#cloud = cloud;
    this.#place = place;
    this.operations = {
      AssumeRole: (input: AssumeRoleCommandInput, context) => this.#assumeRole(input, context),
      GetCallerIdentity: (_input, context) => this.#identity(context.principal),
    };
  }

  principalOf(accessKeyId: string): Principal | undefined {
    return sessionsOf(this.#cloud).principalOf(accessKeyId);
  }

  issue(roleArn: string, sessionName: string, seconds = DEFAULT_SECONDS): Credentials {
    return sessionsOf(this.#cloud).issue(roleArn, sessionName, seconds);
  }

  #iam(account: string): IamService {
    return this.#cloud.service<IamService>('iam', { account, region: this.#place.region });
  }

  #assumeRole(
    input: AssumeRoleCommandInput,
    { principal }: CallContext,
  ): Omit<AssumeRoleCommandOutput, '$metadata'> {
    for (const [name, value] of Object.entries(input)) {
      const empty = value === undefined || (Array.isArray(value) && value.length === 0);
      if (!SUPPORTED.includes(name) && !empty) throw notImplemented('sts', `AssumeRole.${name}`);
    }
    const roleArn = input.RoleArn ?? '';
    const sessionName = input.RoleSessionName ?? '';
    if (!/^[\w+=,.@-]{2,64}$/.test(sessionName)) {
      throw validation(
        `1 validation error detected: Value '${sessionName}' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]* with a length of 2 to 64`,
      );
    }
    const account = roleArn.split(':')[4] ?? '';
    const role = /^arn:aws:iam::\d{12}:role\/.+$/.test(roleArn)
      ? this.#iam(account).roleByArn(roleArn)
      : undefined;
    const trusted =
      role !== undefined &&
      isTrusted(role.trust, principal, 'sts:AssumeRole', {
        'sts:ExternalId': input.ExternalId,
        'sts:RoleSessionName': sessionName,
      });
    if (!trusted) {
      throw new AwsError(
        'AccessDenied',
        `User: ${principal.arn} is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`,
        { status: 403 },
      );
    }
    const seconds = this.#seconds(input.DurationSeconds, role.maxSessionSeconds, principal);
    const issued = this.issue(roleArn, sessionName, seconds);
    return {
      Credentials: {
        AccessKeyId: issued.accessKeyId,
        SecretAccessKey: issued.secretAccessKey,
        SessionToken: issued.sessionToken,
        Expiration: issued.expiration,
      },
      AssumedRoleUser: {
        AssumedRoleId: `${role.id}:${sessionName}`,
        Arn: `arn:aws:sts::${account}:assumed-role/${role.name}/${sessionName}`,
      },
    };
  }

  #seconds(asked: number | undefined, longest: number, principal: Principal): number {
    const seconds = asked ?? DEFAULT_SECONDS;
    if (seconds < 900) {
      throw validation(
        `1 validation error detected: Value '${seconds}' at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to 900`,
      );
    }
    if (principal.roleArn !== undefined && seconds > 3600) {
      throw validation(
        'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.',
      );
    }
    if (seconds > longest) {
      throw validation(
        'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
      );
    }
    return seconds;
  }

  #identity({
    arn,
    account,
    roleArn,
  }: Principal): Omit<GetCallerIdentityCommandOutput, '$metadata'> {
    const role = roleArn === undefined ? undefined : this.#iam(account).roleByArn(roleArn);
    const UserId = role === undefined ? account : `${role.id}:${arn.split('/').at(-1)}`;
    return { UserId, Account: account, Arn: arn };
  }
}
