import type { CloudContext, Place, Principal, Service } from '../service.ts';

/** Temporary credentials, as STS issues them. */
export interface SessionCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}

interface SecurityTokens extends Service {
  principalOf(accessKeyId: string): Principal | undefined;
  issue(roleArn: string, sessionName: string): SessionCredentials;
}

/** A role session: who calls, and with which credentials. */
export interface RoleSession {
  readonly principal: Principal;
  readonly credentials: SessionCredentials;
}

/** Sessions are renewed when they have less than this to live. */
const RENEW_BEFORE = 5 * 60_000;
/** STS's default, where a session doesn't say when it ends. */
const LIFETIME = 3_600_000;

/** Sessions that AWS services open with the roles they were given, kept until shortly before they expire. */
export class RoleSessions {
  readonly #cloud: CloudContext;
  readonly #place: Place;
  readonly #sessions = new Map<string, RoleSession & { readonly until: number }>();

  constructor(cloud: CloudContext, place: Place) {
    this.#cloud = cloud;
    this.#place = place;
  }

  open(roleArn: string, sessionName: string): RoleSession {
    const key = `${roleArn} ${sessionName}`;
    const now = this.#cloud.clock.now();
    const known = this.#sessions.get(key);
    if (known !== undefined && known.until - now > RENEW_BEFORE) return known;
    const account = roleArn.split(':')[4] || this.#place.account;
    const tokens = this.#cloud.service<SecurityTokens>('sts', { ...this.#place, account });
    const credentials = tokens.issue(roleArn, sessionName);
    const principal = tokens.principalOf(credentials.accessKeyId) ?? {
      arn: `arn:aws:sts::${account}:assumed-role/${roleArn.split('/').at(-1)}/${sessionName}`,
      account,
      roleArn,
    };
    const until = credentials.expiration?.getTime() ?? now + LIFETIME;
    const session = { principal, credentials, until };
    this.#sessions.set(key, session);
    return session;
  }

  /** Who an access key id belongs to. */
  principalOf(accessKeyId: string): Principal | undefined {
    return this.#cloud.service<SecurityTokens>('sts', this.#place).principalOf(accessKeyId);
  }
}
