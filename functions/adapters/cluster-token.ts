import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import { HttpRequest } from '@smithy/core/protocols';
import { SignatureV4 } from '@smithy/signature-v4';
import { ConfigurationMissing } from '../domain/errors.ts';
import type { Runtime } from '../runtime/runtime.ts';

/** How long the presigned request is good for at STS; the cluster takes the token for 15 min from its date. */
const EXPIRES_SECONDS = 60;

type Data = string | ArrayBuffer | ArrayBufferView;

const bytesOf = (data: Data): Uint8Array => {
  if (typeof data === 'string') return Buffer.from(data, 'utf8');
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
};

/** SHA-256, keyed or not, in the form in which the signer asks for it. */
class Sha256 {
  readonly #hash: Hash | Hmac;
  constructor(secret?: Data) {
    this.#hash =
      secret === undefined ? createHash('sha256') : createHmac('sha256', bytesOf(secret));
  }
  update(data: Uint8Array): void {
    this.#hash.update(data);
  }
  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hash.digest());
  }
  reset(): void {}
}

const credentialsOf = (env: Runtime['env']) => {
  const accessKeyId = env['AWS_ACCESS_KEY_ID'];
  const secretAccessKey = env['AWS_SECRET_ACCESS_KEY'];
  const sessionToken = env['AWS_SESSION_TOKEN'];
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    throw new ConfigurationMissing(
      "the function has no credentials in its environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY), so it can't make a token for the cluster",
    );
  }
  return {
    accessKeyId,
    secretAccessKey,
    ...(sessionToken === undefined ? {} : { sessionToken }),
  };
};

/**
 * The bearer token of an EKS cluster: a presigned `sts:GetCallerIdentity` that only this cluster takes, in base64url.
 * Made here, from the function's own credentials: no call, so no way out of the network is needed.
 * https://github.com/kubernetes-sigs/aws-iam-authenticator/blob/master/pkg/token/token.go
 */
export const clusterToken = async (
  runtime: Pick<Runtime, 'env' | 'now'>,
  cluster: { readonly name: string; readonly region: string },
): Promise<string> => {
  const signer = new SignatureV4({
    service: 'sts',
    region: cluster.region,
    credentials: credentialsOf(runtime.env),
    sha256: Sha256,
    applyChecksum: false,
  });
  const hostname = `sts.${cluster.region}.amazonaws.com`;
  const request = new HttpRequest({
    method: 'GET',
    protocol: 'https:',
    hostname,
    path: '/',
    query: { Action: 'GetCallerIdentity', Version: '2011-06-15' },
    headers: { host: hostname, 'x-k8s-aws-id': cluster.name },
  });
  const signed = await signer.presign(request, {
    expiresIn: EXPIRES_SECONDS,
    signingDate: new Date(runtime.now()),
    unhoistableHeaders: new Set(['x-k8s-aws-id']),
    signableHeaders: new Set(['host', 'x-k8s-aws-id']),
  });
  const query = Object.entries(signed.query ?? {})
    .map(([key, value]) => `${encodeURIComponent(key)}=${encodeURIComponent(String(value))}`)
    .join('&');
  const url = `https://${hostname}/?${query}`;
  return `k8s-aws-v1.${Buffer.from(url, 'utf8').toString('base64url')}`;
};
