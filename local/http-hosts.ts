/** Answers a request to a host that lives inside the cloud. */
export type HttpHandler = (url: URL, init: RequestInit) => Response | Promise<Response>;

/** Hosts that answer inside the cloud, without a network: the Kubernetes API, CloudFormation's response address. */
export class HttpHosts {
  readonly #hosts: { matches: (url: URL) => boolean; handler: HttpHandler }[] = [];

  /** Serves what `matches`; the newest registration wins. The function that it answers ends it. */
  serve(matches: (url: URL) => boolean, handler: HttpHandler): () => void {
    const host = { matches, handler };
    this.#hosts.unshift(host);
    return () => {
      const index = this.#hosts.indexOf(host);
      if (index >= 0) this.#hosts.splice(index, 1);
    };
  }

  /** The answer of the host inside, or `undefined` where the address is the outer world's. */
  request(address: string | URL, init: RequestInit = {}): Promise<Response> | undefined {
    const url = new URL(address);
    const host = this.#hosts.find(({ matches }) => matches(url));
    return host && (async () => host.handler(url, init))();
  }
}
