import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as ssm from 'aws-cdk-lib/aws-ssm';
import { afterAll, describe, expect, test } from 'vitest';
import { VirtualClock } from '../../../local/clock/virtual-clock.ts';
import { Cloud, operatorOf } from '../../../local/cloud.ts';
import { cloudformationModule } from '../../../local/services/cloudformation/module.ts';
import { ec2Module } from '../../../local/services/ec2/module.ts';
import { iamModule } from '../../../local/services/iam/module.ts';
import { kmsModule } from '../../../local/services/kms/module.ts';
import { s3Module } from '../../../local/services/s3/module.ts';
import { snsModule } from '../../../local/services/sns/module.ts';
import { ssmModule } from '../../../local/services/ssm/module.ts';

// Goal: what CDK really synthesizes comes to be, over two stacks, and again without a change.

const env = { account: '111111111111', region: 'eu-west-1' };
const directory = mkdtempSync(join(tmpdir(), 'synthesized-'));
afterAll(() => rmSync(directory, { recursive: true }));

class Network extends Stack {
  readonly vpc: ec2.Vpc;
  readonly topic: sns.Topic;

  constructor(scope: App, id: string, props: StackProps) {
    super(scope, id, props);
    this.vpc = new ec2.Vpc(this, 'Vpc', { maxAzs: 2, natGateways: 1 });
    this.vpc.addInterfaceEndpoint('Endpoint', { service: ec2.InterfaceVpcEndpointAwsService.ECR });
    this.topic = new sns.Topic(this, 'Topic', {
      masterKey: new kms.Key(this, 'Key', { alias: 'topics', enableKeyRotation: true }),
    });
  }
}

class Users extends Stack {
  constructor(scope: App, id: string, { network, ...props }: StackProps & { network: Network }) {
    super(scope, id, props);
    const role = new iam.Role(this, 'Role', { assumedBy: new iam.AccountRootPrincipal() });
    network.topic.grantPublish(role);
    const bucket = new s3.Bucket(this, 'Bucket', { enforceSSL: true });
    bucket.grantRead(role);
    const group = new ec2.SecurityGroup(this, 'Group', {
      // CDK's own types disagree under exactOptionalPropertyTypes.
      vpc: network.vpc as ec2.IVpc,
    });
    group.connections.allowFrom(ec2.Peer.ipv4('10.0.0.0/8'), ec2.Port.tcp(443));
    new ssm.StringParameter(this, 'Parameter', {
      parameterName: '/bucket',
      stringValue: bucket.bucketName,
    });
    new CfnOutput(this, 'RoleArn', { value: role.roleArn });
  }
}

describe('cloud: synthesized', () => {
  test('cloud: synthesized: two stacks of ordinary constructs, twice', async () => {
    const app = new App({ outdir: directory });
    const network = new Network(app, 'Network', { env });
    new Users(app, 'Users', { env, network });
    app.synth();
    const cloud = new Cloud({
      clock: new VirtualClock(0),
      seed: 1,
      modules: [
        cloudformationModule,
        ec2Module,
        iamModule,
        kmsModule,
        s3Module,
        snsModule,
        ssmModule,
      ],
    });
    const [first, second] = await cloud.deploy(directory);
    expect([first?.outcome, second?.outcome]).toEqual(['created', 'created']);
    const call = <T>(service: string, operation: string, input: unknown) =>
      cloud.call<T>(service, operation, input, { ...env, principal: operatorOf(env.account) });

    const { Subnets } = await call<{ Subnets: { CidrBlock: string }[] }>(
      'ec2',
      'DescribeSubnets',
      {},
    );
    expect(Subnets.map(({ CidrBlock }) => CidrBlock).sort()).toEqual([
      '10.0.0.0/18',
      '10.0.128.0/18',
      '10.0.192.0/18',
      '10.0.64.0/18',
    ]);
    const { SecurityGroups } = await call<{ SecurityGroups: object[] }>(
      'ec2',
      'DescribeSecurityGroups',
      {},
    );
    expect(SecurityGroups).toContainEqual(
      expect.objectContaining({
        IpPermissions: [
          expect.objectContaining({
            FromPort: 443,
            IpRanges: [expect.objectContaining({ CidrIp: '10.0.0.0/8' })],
          }),
        ],
      }),
    );
    const { Parameter } = await call<{ Parameter: { Value: string } }>('ssm', 'GetParameter', {
      Name: '/bucket',
    });
    expect(Parameter.Value).toMatch(/^users-bucket[a-z0-9]+-[a-z0-9]{12}$/);
    const roleArn = second?.stack.outputs[0]?.value ?? '';
    const documents = cloud
      .service<{ operations: never; documentsOf(arn: string): object[] }>('iam', env)
      .documentsOf(roleArn);
    expect(JSON.stringify(documents)).toContain(`arn:aws:s3:::${Parameter.Value}`);
    expect(JSON.stringify(documents)).toContain('arn:aws:sns:eu-west-1:111111111111:Network-Topic');

    const again = await cloud.deploy(directory);
    expect(again.map(({ outcome }) => outcome)).toEqual(['unchanged', 'unchanged']);
  });
});
