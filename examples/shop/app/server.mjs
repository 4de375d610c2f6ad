// The sample service: a small shop. How a version behaves stands in behaviour.json beside it, as part of its image.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

const behaviour = JSON.parse(readFileSync(new URL('./behaviour.json', import.meta.url), 'utf8'));
const currency = process.env.SHOP_CURRENCY ?? 'EUR';

const catalog = [
  { id: 'mug', name: 'Mug', price: 12 },
  { id: 'lamp', name: 'Desk lamp', price: 48 },
  { id: 'chair', name: 'Chair', price: 129 },
];
const carts = new Map();
let requests = 0;

const page = {
  'GET /': () => ({ shop: 'open', version: behaviour.version }),
  'GET /catalog': () => ({ currency, items: catalog }),
  'GET /cart': (cart) => ({ items: cart }),
  'POST /cart': (cart, item) => {
    const known = catalog.find(({ id }) => id === item?.id);
    if (known === undefined) return { status: 422, error: `no item '${item?.id}'; see /catalog` };
    cart.push(known);
    return { items: cart };
  },
  'GET /checkout': () => ({ ready: true, currency }),
  'POST /checkout': (cart) => {
    const total = cart.reduce((sum, { price }) => sum + price, 0);
    cart.length = 0;
    return { order: `order-${requests}`, total, currency };
  },
};

const answer = (response, status, body) => {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    'x-version': behaviour.version,
  });
  response.end(text);
};

/** The share that fails or is slow is spread evenly: of 100 requests at 5 % every twentieth. */
const falls = (share, number) => Math.floor(number * share) > Math.floor((number - 1) * share);

const cartOf = (request) => {
  const id = request.headers['x-cart'] ?? 'anonymous';
  if (carts.size > 1000) carts.clear();
  if (!carts.has(id)) carts.set(id, []);
  return carts.get(id);
};

const bodyOf = async (request) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString('utf8');
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const serve = async (request, response) => {
  const path = (request.url ?? '/').split('?')[0];
  if (path === '/healthz') {
    answer(response, behaviour.ready ? 200 : 503, { ready: behaviour.ready });
    return;
  }
  const run = page[`${request.method} ${path}`];
  if (run === undefined) {
    answer(response, 404, { error: `nothing at ${request.method} ${path}` });
    return;
  }
  requests += 1;
  const number = requests;
  if (falls(behaviour.errors, number)) {
    answer(response, 500, { error: 'the price service did not answer' });
    return;
  }
  const { status = 200, ...body } = run(cartOf(request), await bodyOf(request));
  const { after, share, milliseconds } = behaviour.slow;
  if (share > 0 && number > after && falls(share, number)) {
    // It gets worse bit by bit: the full delay is reached as many requests later as it took to begin.
    const grown = Math.min(1, (number - after) / Math.max(1, after));
    setTimeout(() => answer(response, status, body), milliseconds * grown);
    return;
  }
  answer(response, status, body);
};

const server = createServer({ keepAliveTimeout: 75_000 }, (request, response) => {
  serve(request, response).catch((error) => answer(response, 500, { error: String(error) }));
});

server.listen(Number(process.env.PORT ?? 8080), process.env.HOST ?? '0.0.0.0', () => {
  console.log(`shop ${behaviour.version} listens on ${process.env.PORT ?? 8080}`);
});

process.on('SIGTERM', () => {
  server.close(() => process.exit(0));
  server.closeIdleConnections();
});
