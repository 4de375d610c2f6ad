import { beforeEach, describe, expect, it } from 'vitest';
import { dynamodbWorld, THINGS } from './dynamodb-world.ts';

const ITEM = {
  pk: { S: 'p' },
  sk: { S: 's' },
  n: { N: '10' },
  big: { N: '12345678901234567890123456789012345678' },
  txt: { S: 'release-7' },
  flag: { BOOL: true },
  nothing: { NULL: true },
  bytes: { B: new Uint8Array([1, 2, 3]) },
  tags: { SS: ['a', 'b'] },
  numbers: { NS: ['1', '2.5'] },
  seq: { L: [{ S: 'x' }, { N: '1' }, { M: { deep: { S: 'yes' } } }] },
  doc: { M: { a: { N: '1' }, b: { M: { c: { S: 'd' } } } } },
  n2: { N: '10.0' },
};

type Values = Record<string, unknown> | undefined;
const cases: readonly (readonly [string, boolean, Values?, Record<string, string>?])[] = [
  ['attribute_exists(pk)', true],
  ['attribute_exists(absent)', false],
  ['attribute_not_exists(absent)', true],
  ['attribute_not_exists(n)', false],
  ['attribute_exists(doc.b.c)', true],
  ['attribute_exists(doc.b.x)', false],
  ['attribute_exists(seq[2].deep)', true],
  ['attribute_exists(seq[3])', false],
  ['attribute_exists(txt.a)', false],
  ['attribute_exists(#a.#b)', true, undefined, { '#a': 'doc', '#b': 'b' }],
  ['n = :v', true, { ':v': { N: '10' } }],
  ['n = :v', true, { ':v': { N: '1e1' } }],
  ['n = :v', true, { ':v': { N: '10.000' } }],
  ['n = :v', false, { ':v': { S: '10' } }],
  ['n = n2', true],
  ['n <> :v', true, { ':v': { N: '11' } }],
  ['n <> :v', true, { ':v': { S: '10' } }],
  ['n <> :v', false, { ':v': { N: '10' } }],
  ['absent <> :v', true, { ':v': { N: '10' } }],
  ['absent = :v', false, { ':v': { N: '10' } }],
  ['n < :v', true, { ':v': { N: '10.5' } }],
  ['n < :v', false, { ':v': { N: '9' } }],
  ['n > :v', true, { ':v': { N: '9' } }],
  ['n > :v', true, { ':v': { N: '-1e100' } }],
  ['n >= :v', true, { ':v': { N: '10' } }],
  ['n <= :v', true, { ':v': { N: '10' } }],
  ['absent < :v', false, { ':v': { N: '10' } }],
  ['n < :v', false, { ':v': { S: 'z' } }],
  ['big > :v', true, { ':v': { N: '12345678901234567890123456789012345677' } }],
  ['big < :v', true, { ':v': { N: '12345678901234567890123456789012345679' } }],
  ['txt < :v', true, { ':v': { S: 'release-8' } }],
  ['txt < :v', false, { ':v': { S: 'Release-8' } }],
  ['bytes > :v', true, { ':v': { B: new Uint8Array([1, 2]) } }],
  ['bytes = :v', true, { ':v': { B: new Uint8Array([1, 2, 3]) } }],
  ['flag = :v', true, { ':v': { BOOL: true } }],
  ['flag = :v', false, { ':v': { BOOL: false } }],
  ['nothing = :v', true, { ':v': { NULL: true } }],
  ['tags = :v', true, { ':v': { SS: ['b', 'a'] } }],
  ['numbers = :v', true, { ':v': { NS: ['2.50', '1.0'] } }],
  ['seq[1] = :v', true, { ':v': { N: '1' } }],
  ['doc = :v', true, { ':v': { M: { b: { M: { c: { S: 'd' } } }, a: { N: '1.0' } } } }],
  ['doc = :v', false, { ':v': { M: { a: { N: '1' } } } }],
  ['n BETWEEN :a AND :b', true, { ':a': { N: '10' }, ':b': { N: '12' } }],
  ['n BETWEEN :a AND :b', true, { ':a': { N: '1' }, ':b': { N: '10' } }],
  ['n BETWEEN :a AND :b', false, { ':a': { N: '10.1' }, ':b': { N: '12' } }],
  ['txt BETWEEN :a AND :b', true, { ':a': { S: 'a' }, ':b': { S: 's' } }],
  ['absent BETWEEN :a AND :b', false, { ':a': { N: '1' }, ':b': { N: '2' } }],
  ['n IN (:a, :b)', true, { ':a': { N: '3' }, ':b': { N: '10' } }],
  ['n IN (:a)', false, { ':a': { S: '10' } }],
  ['absent IN (:a)', false, { ':a': { S: '10' } }],
  ['begins_with(txt, :v)', true, { ':v': { S: 'rel' } }],
  ['begins_with(txt, :v)', false, { ':v': { S: 'xel' } }],
  ['begins_with(bytes, :v)', true, { ':v': { B: new Uint8Array([1, 2]) } }],
  ['begins_with(absent, :v)', false, { ':v': { S: 'rel' } }],
  ['begins_with(n, :v)', false, { ':v': { S: '1' } }],
  ['contains(txt, :v)', true, { ':v': { S: 'ase-' } }],
  ['contains(txt, :v)', false, { ':v': { N: '7' } }],
  ['contains(tags, :v)', true, { ':v': { S: 'a' } }],
  ['contains(tags, :v)', false, { ':v': { S: 'ab' } }],
  ['contains(numbers, :v)', true, { ':v': { N: '2.50' } }],
  ['contains(seq, :v)', true, { ':v': { S: 'x' } }],
  ['contains(seq, :v)', true, { ':v': { M: { deep: { S: 'yes' } } } }],
  ['contains(seq, :v)', false, { ':v': { S: 'deep' } }],
  ['contains(absent, :v)', false, { ':v': { S: 'x' } }],
  ['attribute_type(n, :v)', true, { ':v': { S: 'N' } }],
  ['attribute_type(n, :v)', false, { ':v': { S: 'S' } }],
  ['attribute_type(doc.b, :v)', true, { ':v': { S: 'M' } }],
  ['attribute_type(absent, :v)', false, { ':v': { S: 'S' } }],
  ['size(txt) = :v', true, { ':v': { N: '9' } }],
  ['size(seq) = :v', true, { ':v': { N: '3' } }],
  ['size(doc) > :v', true, { ':v': { N: '1' } }],
  ['size(tags) BETWEEN :a AND :b', true, { ':a': { N: '2' }, ':b': { N: '2' } }],
  ['size(bytes) = :v', true, { ':v': { N: '3' } }],
  ['size(absent) = :v', false, { ':v': { N: '0' } }],
  ['size(n) = :v', false, { ':v': { N: '2' } }],
  ['NOT n = :v', false, { ':v': { N: '10' } }],
  ['NOT n = :v AND attribute_exists(pk)', false, { ':v': { N: '10' } }],
  ['NOT (n = :v AND attribute_exists(absent))', true, { ':v': { N: '10' } }],
  ['not attribute_exists(absent)', true],
  ['n = :x OR n = :v AND attribute_exists(absent)', false, { ':x': { N: '1' }, ':v': { N: '10' } }],
  ['n = :v OR n = :x AND attribute_exists(absent)', true, { ':x': { N: '1' }, ':v': { N: '10' } }],
  [
    '(n = :v OR n = :x) AND attribute_exists(absent)',
    false,
    { ':x': { N: '1' }, ':v': { N: '10' } },
  ],
  [
    '((n = :v) OR (n = :x)) and attribute_exists(pk)',
    true,
    { ':x': { N: '1' }, ':v': { N: '10' } },
  ],
  [':v = n', true, { ':v': { N: '10' } }],
  [':v IN (n, absent)', true, { ':v': { N: '10' } }],
  ['(n) = (:v)', true, { ':v': { N: '10' } }],
  ['n=:v', true, { ':v': { N: '10' } }],
  ['constructor_ = :v OR attribute_exists(toString)', false, { ':v': { N: '10' } }],
  ['#s = :v', true, { ':v': { S: 'release-7' } }, { '#s': 'txt' }],
];

describe('dynamodb: conditions:', () => {
  let world: ReturnType<typeof dynamodbWorld>;
  beforeEach(async () => {
    world = dynamodbWorld();
    world.service().tables.create(THINGS);
    await world.call('PutItem', { TableName: 'things', Item: ITEM });
  });

  it.each(cases)('%s is %s', async (expression, expected, values, names) => {
    const input = {
      TableName: 'things',
      Key: { pk: ITEM.pk, sk: ITEM.sk },
      ConditionExpression: expression,
      ...(values && { ExpressionAttributeValues: values }),
      ...(names && { ExpressionAttributeNames: names }),
    };
    const outcome = await world.call('DeleteItem', input).then(
      () => 'held',
      ({ name, message }: Error) => `${name}: ${message}`,
    );
    expect(outcome).toBe(
      expected ? 'held' : 'ConditionalCheckFailedException: The conditional request failed',
    );
    const left = await world.call('GetItem', {
      TableName: 'things',
      Key: { pk: ITEM.pk, sk: ITEM.sk },
    });
    expect(left.Item === undefined).toBe(expected);
  });
});

const refused: readonly (readonly [string, string, Values?, Record<string, string>?])[] = [
  ['', 'Invalid ConditionExpression: The expression can not be empty;'],
  ['n =', 'Invalid ConditionExpression: Syntax error; token: "<EOF>", near: "="'],
  [
    'n = = :v',
    'Invalid ConditionExpression: Syntax error; token: "=", near: "= = :v"',
    { ':v': { N: '1' } },
  ],
  ['n', 'Invalid ConditionExpression: Syntax error; token: "<EOF>", near: "n"'],
  [
    'n ! :v',
    'Invalid ConditionExpression: Syntax error; token: "!", near: "n ! "',
    { ':v': { N: '1' } },
  ],
  [
    'status = :v',
    'Invalid ConditionExpression: Attribute name is a reserved keyword; reserved keyword: status',
    { ':v': { N: '1' } },
  ],
  [
    'a.Name = :v',
    'Invalid ConditionExpression: Attribute name is a reserved keyword; reserved keyword: Name',
    { ':v': { N: '1' } },
  ],
  [
    '#n = :v',
    'Invalid ConditionExpression: An expression attribute name used in the document path is not defined; attribute name: #n',
    { ':v': { N: '1' } },
  ],
  [
    'n = :w',
    'Invalid ConditionExpression: An expression attribute value used in expression is not defined; attribute value: :w',
    { ':v': { N: '1' } },
  ],
  [
    'n = :v',
    'Value provided in ExpressionAttributeValues unused in expressions: keys: {:x}',
    { ':v': { N: '1' }, ':x': { N: '1' } },
  ],
  [
    'n = :v',
    'Value provided in ExpressionAttributeNames unused in expressions: keys: {#x}',
    { ':v': { N: '1' } },
    { '#x': 'x' },
  ],
  [
    'n = :v',
    'ExpressionAttributeValues contains invalid key: Syntax error; key: "v"',
    { v: { N: '1' } },
  ],
  ['n = :v', 'ExpressionAttributeValues must not be empty', {}],
  [
    'n = :v',
    'ExpressionAttributeNames contains invalid key: Syntax error; key: "x"',
    { ':v': { N: '1' } },
    { x: 'x' },
  ],
  [
    'n = :v',
    'ExpressionAttributeValues contains invalid value: The parameter cannot be converted to a numeric value: ten for key :v',
    { ':v': { N: 'ten' } },
  ],
  [
    'n = :v',
    'ExpressionAttributeValues contains invalid value: Supplied AttributeValue is empty, must contain exactly one of the supported datatypes for key :v',
    { ':v': {} },
  ],
  ['exists(n)', 'Invalid ConditionExpression: Invalid function name; function: exists'],
  [
    'begins_with(n)',
    'Invalid ConditionExpression: Incorrect number of operands for operator or function; operator or function: begins_with, number of operands: 1',
  ],
  [
    'attribute_exists(:v)',
    'Invalid ConditionExpression: Operator or function requires a document path; operator or function: attribute_exists',
    { ':v': { S: 'n' } },
  ],
  [
    'size(n)',
    'Invalid ConditionExpression: The function is not allowed to be used this way in an expression; function: size',
  ],
  [
    'contains(n, :v) = :v',
    'Invalid ConditionExpression: The function is not allowed to be used this way in an expression; function: contains',
    { ':v': { S: 'n' } },
  ],
  [
    '((n = :v))',
    'Invalid ConditionExpression: The expression has redundant parentheses;',
    { ':v': { N: '1' } },
  ],
  [
    'n = n',
    'Invalid ConditionExpression: The first operand must be distinct from the remaining operands for this operator or function; operator: =, first operand: [n]',
  ],
  [
    'n < :v',
    'Invalid ConditionExpression: Incorrect operand type for operator or function; operator: <, operand type: BOOL',
    { ':v': { BOOL: true } },
  ],
  [
    'begins_with(n, :v)',
    'Invalid ConditionExpression: Incorrect operand type for operator or function; operator or function: begins_with, operand type: N',
    { ':v': { N: '1' } },
  ],
  [
    'attribute_type(n, :v)',
    'Invalid ConditionExpression: Invalid attribute type name found; type: NUMBER, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}',
    { ':v': { S: 'NUMBER' } },
  ],
  [
    'n BETWEEN :a AND :b',
    'Invalid ConditionExpression: The BETWEEN operator requires upper bound to be greater than or equal to lower bound; lower bound operand: AttributeValue: {N:2}, upper bound operand: AttributeValue: {N:1}',
    { ':a': { N: '2' }, ':b': { N: '1' } },
  ],
  [
    'n BETWEEN :a AND :b',
    'Invalid ConditionExpression: The BETWEEN operator requires same data type for lower and upper bounds; lower bound operand: AttributeValue: {N:2}, upper bound operand: AttributeValue: {S:3}',
    { ':a': { N: '2' }, ':b': { S: '3' } },
  ],
];

describe('dynamodb: conditions: refused:', () => {
  it.each(refused)('%s', async (expression, message, values, names) => {
    const world = dynamodbWorld();
    world.service().tables.create(THINGS);
    const error = await world.failure('PutItem', {
      TableName: 'things',
      Item: ITEM,
      ConditionExpression: expression,
      ...(values && { ExpressionAttributeValues: values }),
      ...(names && { ExpressionAttributeNames: names }),
    });
    expect({ name: error.name, message: error.message }).toEqual({
      name: 'ValidationException',
      message,
    });
  });
});
