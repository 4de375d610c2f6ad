import { digestOf } from './digest.ts';
import type { Registry } from './registry.ts';
import type { Repository } from './repository.ts';

const LIFETIME_SECONDS = 3600;

/** A cloud that can answer for addresses inside it. */
interface HttpCloud {
  serveHttp(
    matches: (url: URL) => boolean,
    handler: (url: URL) => Response | Promise<Response>,
  ): () => void;
}

/** Serves layers under the signed addresses that GetDownloadUrlForLayer gives. */
export class LayerHost {
  readonly #registry: Registry;
  readonly #host: string;
  #secret: string | undefined;

  constructor(registry: Registry) {
    this.#registry = registry;
    const { region } = registry.place;
    this.#host = `prod-${region}-starport-layer-bucket.s3.${region}.amazonaws.com`;
  }

  /** An address for one layer, good for an hour. */
  urlOf(repository: Repository, digest: string): string {
    const url = new URL(`https://${this.#host}/${this.#registry.id}/${repository.name}/${digest}`);
    url.searchParams.set('X-Amz-Date', String(this.#registry.cloud.clock.now()));
    url.searchParams.set('X-Amz-Expires', String(LIFETIME_SECONDS));
    url.searchParams.set('X-Amz-Signature', this.#signature(url));
    return url.href;
  }

  /** The secret is drawn, and the host served, with the first address: most registries never give one. */
  #signature(url: URL): string {
    if (this.#secret === undefined) {
      this.#secret = this.#registry.cloud.token(40);
      this.#serve();
    }
    return digestOf(`${this.#secret} ${url.pathname} ${url.searchParams.get('X-Amz-Date')}`).slice(
      7,
    );
  }

  #serve(): void {
    const { serveHttp } = this.#registry.cloud as Partial<HttpCloud>;
    serveHttp?.call(
      this.#registry.cloud,
      ({ host, pathname }) => host === this.#host && pathname.startsWith(`/${this.#registry.id}/`),
      (url) => this.answer(url),
    );
  }

  /** What the address gives. */
  answer(url: URL): Response {
    const signedAt = Number(url.searchParams.get('X-Amz-Date'));
    const age = this.#registry.cloud.clock.now() - signedAt;
    const valid =
      url.searchParams.get('X-Amz-Signature') === this.#signature(url) &&
      age <= LIFETIME_SECONDS * 1000;
    if (!valid) return new Response('AccessDenied', { status: 403 });
    const [, , ...path] = url.pathname.split('/');
    const digest = path.pop() ?? '';
    const blob = this.#registry.repositories.get(path.join('/'))?.blobs.get(digest);
    return blob === undefined
      ? new Response('NoSuchKey', { status: 404 })
      : new Response(new Uint8Array(blob), {
          headers: { 'content-type': 'application/octet-stream' },
        });
  }
}
