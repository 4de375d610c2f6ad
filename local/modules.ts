import { applicationSignalsModule } from './services/application-signals/module.ts';
import { cloudformationModule } from './services/cloudformation/module.ts';
import { cloudwatchModule } from './services/cloudwatch/module.ts';
import { cloudwatchlogsModule } from './services/cloudwatchlogs/module.ts';
import { codebuildModule } from './services/codebuild/module.ts';
import { codedeployModule } from './services/codedeploy/module.ts';
import { dynamodbModule } from './services/dynamodb/module.ts';
import { ec2Module } from './services/ec2/module.ts';
import { ecrModule } from './services/ecr/module.ts';
import { eksModule } from './services/eks/module.ts';
import { elasticloadbalancingv2Module } from './services/elasticloadbalancingv2/module.ts';
import { eventbridgeModule } from './services/eventbridge/module.ts';
import { iamModule } from './services/iam/module.ts';
import { inspector2Module } from './services/inspector2/module.ts';
import { kmsModule } from './services/kms/module.ts';
import { lambdaModule } from './services/lambda/module.ts';
import { s3Module } from './services/s3/module.ts';
import { schedulerModule } from './services/scheduler/module.ts';
import type { ServiceModule } from './services/service.ts';
import { sfnModule } from './services/sfn/module.ts';
import { snsModule } from './services/sns/module.ts';
import { sqsModule } from './services/sqs/module.ts';
import { ssmModule } from './services/ssm/module.ts';
import { stsModule } from './services/sts/module.ts';
import { xrayModule } from './services/xray/module.ts';

/** Every service of the local cloud. A test or a world may put its own in the place of one of them. */
export const modules: readonly ServiceModule[] = [
  applicationSignalsModule,
  cloudformationModule,
  cloudwatchModule,
  cloudwatchlogsModule,
  codebuildModule,
  codedeployModule,
  dynamodbModule,
  ec2Module,
  ecrModule,
  eksModule,
  elasticloadbalancingv2Module,
  eventbridgeModule,
  iamModule,
  inspector2Module,
  kmsModule,
  lambdaModule,
  s3Module,
  schedulerModule,
  sfnModule,
  snsModule,
  sqsModule,
  ssmModule,
  stsModule,
  xrayModule,
];
