import { request as plainRequest } from 'node:http';
import { type RequestOptions, request as secureRequest } from 'node:https';
import { KubeConfig } from '@kubernetes/client-node';
import type { HostHandler } from '../traffic/hosting.ts';

/** The kubeconfig does not lead to a cluster. */
export class RealClusterError extends Error {
  override readonly name = 'RealClusterError';
}

/** Forwards to the current context's API server, as the kubeconfig's user. */
export const forwardToCluster = (kubeconfigPath: string): HostHandler => {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfigPath);
  const server = config.getCurrentCluster()?.server;
  if (server === undefined) {
    throw new RealClusterError(
      `${kubeconfigPath} has no current cluster; set one with kubectl config use-context <name>`,
    );
  }
  return async (url, init) => {
    const target = new URL(`${url.pathname}${url.search}`, server);
    const options: RequestOptions = {};
    await config.applyToHTTPSOptions(options);
    const headers = new Headers(init.headers);
    // The caller's token is for EKS; the kubeconfig's own credentials stand in its place.
    headers.delete('authorization');
    const body = init.body ? Buffer.from(await new Response(init.body).arrayBuffer()) : undefined;
    return new Promise((resolve, reject) => {
      // `kubectl proxy` is plain HTTP.
      const send = target.protocol === 'http:' ? plainRequest : secureRequest;
      const forwarded = send(
        target,
        {
          ...options,
          method: init.method ?? 'GET',
          headers: { ...Object.fromEntries(headers), ...(options.headers as object) },
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', reject);
          response.on('end', () => {
            const type = response.headers['content-type'] ?? 'application/json';
            resolve(
              new Response(Buffer.concat(chunks), {
                status: response.statusCode ?? 502,
                headers: { 'content-type': type },
              }),
            );
          });
        },
      );
      forwarded.on('error', (cause) =>
        reject(
          new RealClusterError(`${target.origin} did not answer: ${cause.message}`, { cause }),
        ),
      );
      forwarded.end(body);
    });
  };
};
