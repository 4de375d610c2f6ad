import { type App, type CfnResource, Stack, Validations } from 'aws-cdk-lib';
import { CfnFunction } from 'aws-cdk-lib/aws-lambda';
import type { Configuration } from '../../config/schema.ts';
import { targetsOf } from '../../config/targets.ts';

/** What cdk-nag finds and we keep, each with its reason. A finding that is not in here fails the synthesis. */
export const accepted = (
  configuration: Configuration,
): { readonly id: string; readonly reason: string }[] => {
  const { account } = configuration.pipeline;
  const region = configuration.regions.primary;
  const accounts = [
    ...new Set(Object.values(configuration.environments).map((one) => one.account)),
  ];
  return [
    {
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason:
        'Only the actions of infra/rules/any-resource.ts, for which AWS offers no resource; a test holds it.',
    },
    {
      id: 'AwsSolutions-SQS3',
      reason:
        'It is a dead-letter queue itself: of a rule or a function, which cdk-nag does not see.',
    },
    ...accounts.flatMap((one) => [
      resource(
        `arn:aws:iam::${one}:role/slipway-*-target`,
        'Services are read from the ledger: adding one must not change the pipeline. The account and the end of the name are fixed; each role trusts named roles only.',
      ),
      resource(
        `arn:aws:iam::${one}:role/slipway-*-invoke`,
        'As above: each role trusts the two machines only.',
      ),
    ]),
    ...['release', 'rollout', 'rollback'].map((noun) =>
      resource(
        `arn:aws:states:${region}:${account}:execution:slipway-${noun}:*`,
        'The executions of one machine; their names are made at run time.',
      ),
    ),
    resource(
      `arn:aws:codebuild:${region}:${account}:report-group/*`,
      'Report groups are named by each build; reading only.',
    ),
    ...targetsOf(configuration).flatMap((target) =>
      ['listener', 'listener-rule'].map((kind) =>
        resource(
          `arn:aws:elasticloadbalancing:${target.region}:${target.account}:${kind}/app/*`,
          'The custom resource makes the rules, so their ARNs do not exist before; every later writer names them exactly.',
        ),
      ),
    ),
  ];
};

const resource = (arn: string, reason: string): { id: string; reason: string } => ({
  id: `AwsSolutions-IAM5[Resource::${arn}]`,
  reason,
});

/** Records the reasons on every stack. */
export const acceptWithReasons = (app: App, configuration: Configuration): void => {
  for (const child of app.node.children) {
    if (!(child instanceof Stack)) continue;
    for (const one of accepted(configuration)) Validations.of(child).acknowledge(one);
    for (const found of child.node.findAll()) {
      if (!(found instanceof CfnFunction)) continue;
      Validations.of(child).acknowledge({
        id: `AwsSolutions-IAM5[Resource::<${logicalId(child, found)}.Arn>:*]`,
        reason: 'Versions and alias of one function: their numbers are made at run time.',
      });
    }
  }
};

const logicalId = (stack: Stack, of: CfnResource): string => String(stack.resolve(of.logicalId));
