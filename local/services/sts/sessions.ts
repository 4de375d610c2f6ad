import { AwsError } from '../aws-error.ts';
import type { CloudContext, Principal } from '../service.ts';

/** Temporary credentials of a role session. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiration: Date;
}

interface Session {
  readonly principal: Principal;
  readonly expiresAt: number;
}

/** How long an expired key is still told from one that never was. */
const REMEMBERED = 12 * 3_600_000;

/** Role sessions of one cloud: a key that STS issues anywhere is known everywhere. */
export class Sessions {
  readonly #cloud: CloudContext;
  readonly #sessions = new Map<string, Session>();

  constructor(cloud: CloudContext) {
    this.#cloud = cloud;
  }

  issue(roleArn: string, sessionName: string, seconds: number): Credentials {
    this.#forget();
    const account = roleArn.split(':')[4] ?? '';
    const accessKeyId = `ASIA${this.#cloud.token(16).toUpperCase()}`;
    const expiresAt = this.#cloud.clock.now() + seconds * 1000;
    const role = roleArn.split('/').at(-1) ?? '';
    const arn = `arn:aws:sts::${account}:assumed-role/${role}/${sessionName}`;
    this.#sessions.set(accessKeyId, { principal: { arn, account, roleArn }, expiresAt });
    return {
      accessKeyId,
      secretAccessKey: this.#cloud.token(40),
      sessionToken: this.#cloud.token(120),
      expiration: new Date(expiresAt),
    };
  }

  principalOf(accessKeyId: string): Principal | undefined {
    const session = this.#sessions.get(accessKeyId);
    if (session && session.expiresAt <= this.#cloud.clock.now()) {
      throw new AwsError(
        'ExpiredTokenException',
        'The security token included in the request is expired',
        { status: 403 },
      );
    }
    return session?.principal;
  }

  #forget(): void {
    const before = this.#cloud.clock.now() - REMEMBERED;
    for (const [key, { expiresAt }] of this.#sessions) {
      if (expiresAt > before) return;
      this.#sessions.delete(key);
    }
  }
}

const ofClouds = new WeakMap<CloudContext, Sessions>();

/** The sessions of a cloud, whatever account and Region asks. */
export const sessionsOf = (cloud: CloudContext): Sessions => {
  const known = ofClouds.get(cloud);
  if (known) return known;
  const sessions = new Sessions(cloud);
  ofClouds.set(cloud, sessions);
  return sessions;
};
