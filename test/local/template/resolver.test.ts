// biome-ignore-all lint/suspicious/noTemplateCurlyInString: CloudFormation writes its own placeholders so
import { describe, expect, test } from 'vitest';
import type { Json } from '../../../local/template/json.ts';
import { Resolver } from '../../../local/template/resolver.ts';
import { readTemplate } from '../../../local/template/template.ts';

const template = readTemplate({
  Mappings: { Regions: { 'eu-west-1': { zone: 'a', zones: ['a', 'b'] } } },
  Conditions: {
    IsProd: { 'Fn::Equals': [{ Ref: 'Stage' }, 'prod'] },
    IsDev: { 'Fn::Not': [{ Condition: 'IsProd' }] },
    Both: { 'Fn::And': [{ Condition: 'IsProd' }, { Condition: 'IsDev' }] },
    Either: { 'Fn::Or': [{ Condition: 'IsProd' }, { Condition: 'IsDev' }] },
    Loop: { 'Fn::Not': [{ Condition: 'Loop' }] },
    Typed: { 'Fn::Equals': [{ Ref: 'Count' }, 3] },
  },
  Resources: {
    Queue: { Type: 'AWS::SQS::Queue' },
    Absent: { Type: 'AWS::SQS::Queue', Condition: 'IsDev' },
  },
});

const imported: string[] = [];
const resolver = () =>
  new Resolver({
    template,
    place: { account: '111111111111', region: 'eu-west-1' },
    stackName: 'S',
    stackId: 'arn:aws:cloudformation:eu-west-1:111111111111:stack/S/1',
    parameters: { Stage: 'prod', Count: '3', Names: ['a', 'b'] },
    resource: (name) =>
      name === 'Queue'
        ? {
            type: 'AWS::SQS::Queue',
            physicalId: 'https://queue',
            attributes: { Arn: 'arn:queue', 'Endpoint.Address': 'host', Port: 80 },
          }
        : undefined,
    importValue: (name) => {
      imported.push(name);
      return name === 'A:Export' ? 'exported' : undefined;
    },
  });

const cases: [string, Json, Json][] = [
  ['Ref: resource', { Ref: 'Queue' }, 'https://queue'],
  ['Ref: parameter', { Ref: 'Stage' }, 'prod'],
  ['Ref: list parameter', { Ref: 'Names' }, ['a', 'b']],
  ['Ref: region', { Ref: 'AWS::Region' }, 'eu-west-1'],
  ['Ref: account', { Ref: 'AWS::AccountId' }, '111111111111'],
  ['Ref: partition', { Ref: 'AWS::Partition' }, 'aws'],
  ['Ref: url suffix', { Ref: 'AWS::URLSuffix' }, 'amazonaws.com'],
  ['Ref: stack name', { Ref: 'AWS::StackName' }, 'S'],
  ['GetAtt: list', { 'Fn::GetAtt': ['Queue', 'Arn'] }, 'arn:queue'],
  ['GetAtt: text with a dotted attribute', { 'Fn::GetAtt': 'Queue.Endpoint.Address' }, 'host'],
  ['GetAtt: keeps its type', { 'Fn::GetAtt': ['Queue', 'Port'] }, 80],
  ['Join', { 'Fn::Join': ['/', ['a', { Ref: 'Stage' }, 3]] }, 'a/prod/3'],
  ['Join: over a list parameter', { 'Fn::Join': [',', { Ref: 'Names' }] }, 'a,b'],
  ['Join: drops no value', { 'Fn::Join': [',', ['a', { Ref: 'AWS::NoValue' }]] }, 'a'],
  [
    'Sub: text',
    { 'Fn::Sub': '${Queue}:${Queue.Arn}:${AWS::Region}:${Queue.Port}' },
    'https://queue:arn:queue:eu-west-1:80',
  ],
  [
    'Sub: own names first',
    { 'Fn::Sub': ['${Stage}-${Own}', { Own: { Ref: 'Stage' }, Stage: 'x' }] },
    'x-prod',
  ],
  ['Sub: literal', { 'Fn::Sub': '${!Literal} $5 ${Stage}' }, '${Literal} $5 prod'],
  ['Select', { 'Fn::Select': [1, ['a', 'b']] }, 'b'],
  ['Select: index as text', { 'Fn::Select': ['0', { 'Fn::Split': [':', 'x:y'] }] }, 'x'],
  ['Split', { 'Fn::Split': ['|', 'a|b|'] }, ['a', 'b', '']],
  ['FindInMap', { 'Fn::FindInMap': ['Regions', { Ref: 'AWS::Region' }, 'zones'] }, ['a', 'b']],
  ['FindInMap: default', { 'Fn::FindInMap': ['Regions', 'x', 'y', { DefaultValue: 'd' }] }, 'd'],
  ['If: true', { 'Fn::If': ['IsProd', 'yes', { Ref: 'Nowhere' }] }, 'yes'],
  ['If: false', { 'Fn::If': ['IsDev', { Ref: 'Nowhere' }, 'no'] }, 'no'],
  [
    'If: no value in an object',
    { a: { 'Fn::If': ['IsDev', 1, { Ref: 'AWS::NoValue' }] }, b: 2 },
    { b: 2 },
  ],
  ['If: no value in a list', [{ 'Fn::If': ['IsDev', 1, { Ref: 'AWS::NoValue' }] }, 2], [2]],
  ['And, Or', [{ Condition: 'Both' }, { Condition: 'Either' }], [false, true]],
  ['Equals: numbers and text compare as text', { Condition: 'Typed' }, true],
  [
    'Condition of a policy statement is no intrinsic',
    { Condition: { StringEquals: { a: { Ref: 'Stage' } } } },
    { Condition: { StringEquals: { a: 'prod' } } },
  ],
  ['ImportValue', { 'Fn::ImportValue': { 'Fn::Sub': 'A:Export' } }, 'exported'],
  ['Base64', { 'Fn::Base64': 'ä' }, 'w6Q='],
  ['Cidr', { 'Fn::Cidr': ['10.0.0.0/16', 3, 8] }, ['10.0.0.0/24', '10.0.1.0/24', '10.0.2.0/24']],
  [
    'Cidr: from the start of the block',
    { 'Fn::Cidr': ['10.0.5.9/16', 2, '12'] },
    ['10.0.0.0/20', '10.0.16.0/20'],
  ],
  ['GetAZs', { 'Fn::GetAZs': '' }, ['eu-west-1a', 'eu-west-1b', 'eu-west-1c']],
  ['GetAZs: other Region', { 'Fn::Select': [0, { 'Fn::GetAZs': 'us-east-1' }] }, 'us-east-1a'],
  ['ToJsonString', { 'Fn::ToJsonString': { a: { Ref: 'Stage' } } }, '{"a":"prod"}'],
  ['Length', { 'Fn::Length': { Ref: 'Names' } }, 2],
  ['Contains', { 'Fn::Contains': [['1', '2'], { Ref: 'Count' }] }, false],
  ['EachMemberIn', { 'Fn::EachMemberIn': [{ Ref: 'Names' }, ['a', 'b', 'c']] }, true],
  ['EachMemberEquals', { 'Fn::EachMemberEquals': [['a', 'a'], 'a'] }, true],
  [
    'plain values stay',
    { n: null, b: false, s: '', l: [[]] },
    { n: null, b: false, s: '', l: [[]] },
  ],
  ['two members are no intrinsic', { Ref: 'x', other: 1 }, { Ref: 'x', other: 1 }],
];

describe('template: resolver', () => {
  test.each(cases)('template: resolver: %s', (_, value, expected) => {
    expect(resolver().value(value, 'P')).toEqual(expected);
  });

  const refusals: [string, Json, string][] = [
    [
      'an unknown reference',
      { Ref: 'Nowhere' },
      'P.Ref: the template has no resource, parameter or pseudo parameter Nowhere',
    ],
    [
      'a resource whose condition is false',
      { Ref: 'Absent' },
      'Absent does not exist: its condition is false',
    ],
    [
      'an unknown attribute, naming those there are',
      { a: [{ 'Fn::GetAtt': ['Queue', 'Url'] }] },
      'P.a[0].Fn::GetAtt: Queue (AWS::SQS::Queue) has no attribute Url; it has Arn, Endpoint.Address, Port',
    ],
    ['an unknown function', { 'Fn::Transform': {} }, 'does not do Fn::Transform'],
    ['an index beyond the list', { 'Fn::Select': [2, ['a']] }, 'no item 2 in a list of 1'],
    [
      'a missing map entry',
      { 'Fn::FindInMap': ['Regions', 'a', 'b'] },
      'Mappings have no Regions.a.b',
    ],
    [
      'an export that is not there',
      { 'Fn::ImportValue': 'B:X' },
      'no stack of 111111111111 in eu-west-1 exports B:X',
    ],
    ['a list in a join', { 'Fn::Join': [',', [['a']]] }, 'must be text'],
    ['a list in a sub', { 'Fn::Sub': '${Names}' }, '${Names} is not text'],
    ['a condition that is not there', { 'Fn::If': ['Nope', 1, 2] }, 'no condition Nope'],
    [
      'a condition that depends on itself',
      { Condition: 'Loop' },
      'Conditions.Loop depends on itself',
    ],
    [
      'more blocks than there is room for',
      { 'Fn::Cidr': ['10.0.0.0/24', 2, 8] },
      'cannot take 2 blocks',
    ],
    [
      'no value where one is needed',
      { 'Fn::Length': { Ref: 'AWS::NoValue' } },
      'AWS::NoValue is no value here',
    ],
  ];
  test.each(refusals)('template: resolver: refuses %s', (_, value, message) => {
    expect(() => resolver().value(value, 'P')).toThrow(message);
  });
});
