import { z } from 'zod';
import { Digest } from '../domain/release.ts';
import { envelope } from './envelope.ts';

/** `ECR Image Action` of a tagged push. AWS's documented sample has no 64-digit digest; real events do. */
export const ImagePushed = z.object({
  ...envelope,
  source: z.literal('aws.ecr'),
  'detail-type': z.literal('ECR Image Action'),
  detail: z.object({
    'action-type': z.literal('PUSH'),
    result: z.literal('SUCCESS'),
    'repository-name': z.string().min(1),
    'image-digest': Digest,
    'image-tag': z.string().optional(),
  }),
});
export type ImagePushed = z.infer<typeof ImagePushed>;
