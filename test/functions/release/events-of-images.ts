import { readFileSync } from 'node:fs';
import { ACCOUNT, REGION } from '../pipeline-world.ts';

/** A documented sample, with its source beside it in the file. */
export const sample = (name: string): Record<string, unknown> =>
  JSON.parse(readFileSync(new URL(`../../fixtures/events/${name}.json`, import.meta.url), 'utf8'))
    .event;

const event = (name: string, detail: Record<string, unknown>) => {
  const base = sample(name);
  return {
    ...base,
    account: ACCOUNT,
    region: REGION,
    detail: { ...(base['detail'] as object), ...detail },
  };
};

export const pushed = (digest: string, tag: string, repository = 'shop/checkout') =>
  event('image-pushed', {
    'repository-name': repository,
    'image-digest': digest,
    'image-tag': tag,
  });

export const buildEnded = (id: string, status = 'SUCCEEDED', project = 'checkout') =>
  event('build-ended', { 'build-id': id, 'build-status': status, 'project-name': project });

/** An SQS batch of these events; text stays as it is. */
export const batch = (...events: unknown[]) => ({
  Records: events.map((one, index) => ({
    messageId: `message-${index}`,
    body: typeof one === 'string' ? one : JSON.stringify(one),
  })),
});
