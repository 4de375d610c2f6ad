import type { ResourceContext, ResourceProvider, ResourceState } from '../services/service.ts';
import { isObject, type Json, type JsonObject } from './json.ts';
import type { TemplateCloud } from './stack.ts';
import { TemplateError } from './template.ts';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-cloudformation-customresource.html */
const DEFAULT_TIMEOUT_SECONDS = 3600;
const LONGEST_RESPONSE = 4096;

/** A custom resource whose handler said FAILED, or nothing. What it had made by then can be removed. */
export class CustomResourceFailed extends Error {
  override readonly name = 'CustomResourceFailed';
  readonly made: ResourceState | undefined;

  constructor(reason: string, made: ResourceState | undefined) {
    super(reason);
    this.made = made;
  }
}

export const isCustom = (type: string): boolean =>
  type === 'AWS::CloudFormation::CustomResource' || type.startsWith('Custom::');

/** CloudFormation hands all numbers and booleans over as text. */
const asText = (value: Json): Json => {
  if (Array.isArray(value)) return value.map(asText);
  if (isObject(value)) {
    return Object.fromEntries(Object.entries(value).map(([name, child]) => [name, asText(child)]));
  }
  return value === null ? '' : String(value);
};

interface Answer {
  readonly Status: string;
  readonly Reason?: string;
  readonly PhysicalResourceId?: string;
  readonly Data?: JsonObject;
}

interface Request {
  readonly kind: 'Create' | 'Update' | 'Delete';
  readonly type: string;
  readonly properties: JsonObject;
  readonly physicalId?: string;
  readonly oldProperties?: JsonObject;
}

const readAnswer = async (body: RequestInit['body']): Promise<Answer | string> => {
  const text = await new Response(body ?? '').text();
  if (text.length > LONGEST_RESPONSE) return 'Response object is too long.';
  try {
    const answer: unknown = JSON.parse(text);
    if (isObject(answer) && typeof answer['Status'] === 'string')
      return answer as unknown as Answer;
  } catch {
    // Said below, in CloudFormation's words.
  }
  return 'Invalid response object: it must be JSON with a Status';
};

/** Waits for the answer that the handler puts to its ResponseURL. */
const expectAnswer = (cloud: TemplateCloud, region: string, seconds: number) => {
  const host = `cloudformation-custom-resource-response-${region.replaceAll('-', '')}.s3.${region}.amazonaws.com`;
  const url = `https://${host}/${cloud.uuid()}?X-Amz-Signature=${cloud.token(64)}`;
  let settle: (answer: Answer | string) => void = () => {};
  const answer = new Promise<Answer | string>((resolve) => {
    settle = resolve;
  });
  const stop = cloud.serveHttp(
    (asked) => asked.href === url,
    async (_, init) => {
      if ((init.method ?? 'GET').toUpperCase() !== 'PUT')
        return new Response(null, { status: 403 });
      settle(await readAnswer(init.body));
      return new Response(null, { status: 200 });
    },
  );
  const timeout = cloud.clock.at(cloud.clock.now() + seconds * 1000, () =>
    settle('CloudFormation did not receive a response from your Custom Resource.'),
  );
  return {
    url,
    answer,
    /** The handler broke: nobody will answer any more. */
    fail: settle,
    end: () => {
      stop();
      timeout.cancel();
    },
  };
};

const regionOf = (serviceToken: string): string => {
  const [, , service, region = ''] = serviceToken.split(':');
  if (service !== 'lambda') {
    throw new TemplateError(
      `ServiceToken must be the ARN of a Lambda function, got ${serviceToken}; the local cloud does no topics here`,
    );
  }
  return region;
};

const ask = async (
  cloud: TemplateCloud,
  request: Request,
  context: ResourceContext,
): Promise<ResourceState> => {
  const token = String(request.properties['ServiceToken']);
  const region = regionOf(token);
  const seconds = Number(request.properties['ServiceTimeout'] ?? DEFAULT_TIMEOUT_SECONDS);
  const expected = expectAnswer(cloud, context.region, seconds);
  const event = {
    RequestType: request.kind,
    ServiceToken: token,
    ResponseURL: expected.url,
    StackId: context.stackId,
    RequestId: cloud.uuid(),
    LogicalResourceId: context.logicalId,
    ResourceType: request.type,
    ...(request.physicalId !== undefined && { PhysicalResourceId: request.physicalId }),
    ResourceProperties: asText(request.properties),
    ...(request.oldProperties && { OldResourceProperties: asText(request.oldProperties) }),
  };
  try {
    // CloudFormation invokes asynchronously and waits out the hour when a handler breaks; here it is told at once.
    const invoked = await cloud.call<{ FunctionError?: string; Payload?: Uint8Array }>(
      'lambda',
      'Invoke',
      { FunctionName: token, Payload: new TextEncoder().encode(JSON.stringify(event)) },
      { account: token.split(':')[4] ?? context.account, region, principal: context.principal },
    );
    if (invoked.FunctionError) {
      expected.fail(`${token} failed: ${new TextDecoder().decode(invoked.Payload)}`);
    }
    const answer = await expected.answer;
    if (typeof answer === 'string') throw new CustomResourceFailed(answer, undefined);
    const physicalId = answer.PhysicalResourceId ?? request.physicalId;
    const made = physicalId ? { physicalId, attributes: answer.Data ?? {} } : undefined;
    if (answer.Status !== 'SUCCESS') {
      const reason = answer.Reason ?? 'the handler answered FAILED without a Reason';
      throw new CustomResourceFailed(
        `Received response status [FAILED] from custom resource. Message returned: ${reason}`,
        made,
      );
    }
    if (made === undefined) throw new CustomResourceFailed('Invalid PhysicalResourceId', made);
    return made;
  } finally {
    expected.end();
  }
};

/** Makes a custom resource by asking its Lambda function, as CloudFormation does. */
export const customResource = (cloud: TemplateCloud, type: string): ResourceProvider => ({
  create: (properties: JsonObject, context) =>
    ask(cloud, { kind: 'Create', type, properties }, context),
  update: (properties: JsonObject, previous, context) =>
    ask(
      cloud,
      {
        kind: 'Update',
        type,
        properties,
        physicalId: previous.physicalId,
        oldProperties: previous.properties as JsonObject,
      },
      context,
    ),
  remove: async (previous, context) => {
    const properties = previous.properties as JsonObject;
    await ask(
      cloud,
      { kind: 'Delete', type, properties, physicalId: previous.physicalId },
      context,
    );
  },
});
