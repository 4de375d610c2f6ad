import { z } from 'zod';
import { envelope } from './envelope.ts';

/** `CodeBuild Build State Change` of a run that has ended. Only its id is used: the rest is asked of CodeBuild. */
export const BuildEnded = z.object({
  ...envelope,
  source: z.literal('aws.codebuild'),
  'detail-type': z.literal('CodeBuild Build State Change'),
  detail: z.object({
    'build-status': z.enum(['SUCCEEDED', 'FAILED', 'FAULT', 'STOPPED', 'TIMED_OUT', 'IN_PROGRESS']),
    'project-name': z.string().min(1),
    /** An ARN, `…:build/<project>:<uuid>`. */
    'build-id': z.string().startsWith('arn:'),
  }),
});
export type BuildEnded = z.infer<typeof BuildEnded>;
